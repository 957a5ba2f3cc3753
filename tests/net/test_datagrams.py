"""Bursts of datagrams: both kinds behave alike, on every kind of socket."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from enumd.net import datagrams
from enumd.net.datagrams import BURST, Burst, KernelBurst, PortableBurst, kernel_calls, open_burst


def bound(host: str) -> socket.socket:
    """Return a non-blocking UDP socket bound to *host* and a free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind((host, 0))
    sock.setblocking(False)
    return sock


def kernel(sock: socket.socket) -> Burst:
    """Return the burst of the kernel's own calls."""
    calls = kernel_calls()
    if calls is None:
        pytest.skip("recvmmsg and sendmmsg are missing in this C library")
    return KernelBurst(sock, calls)


@pytest.fixture(params=[kernel, PortableBurst], ids=["kernel", "portable"])
def kind(request: pytest.FixtureRequest):
    """Each way to read and write a burst."""
    return request.param


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server socket on IPv4 loopback."""
    with bound("127.0.0.1") as sock:
        yield sock


@pytest.fixture
def client(server) -> Iterator[socket.socket]:
    """A client connected to the server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.connect(server.getsockname())
        yield sock


def test_a_burst_is_answered_in_order_and_silence_is_kept(kind, server, client):
    """Each reply goes to the sender of its datagram; None sends nothing."""
    burst = kind(server)
    for place in range(5):
        client.send(b"q%d" % place)

    queries = burst.receive()
    sent = burst.send([None, b"r1", None, b"r3", None])

    assert queries == [b"q0", b"q1", b"q2", b"q3", b"q4"]
    assert sent == 2
    assert [client.recv(100), client.recv(100)] == [b"r1", b"r3"]


def test_a_burst_is_bounded(kind, server, client):
    """More datagrams than a burst holds wait for the next one."""
    burst = kind(server)
    for place in range(BURST + 3):
        client.send(b"%d" % place)

    assert len(burst.receive()) == BURST
    assert burst.receive() == [b"64", b"65", b"66"]
    assert burst.receive() == []
    assert burst.send([]) == 0


def test_an_empty_datagram_is_a_datagram(kind, server, client):
    """A datagram of no octets is received like any other."""
    client.send(b"")

    assert kind(server).receive() == [b""]


@pytest.mark.parametrize(
    ("bind", "asked"),
    [("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.0.0.7"), ("::", "::1"), ("::", "127.0.0.9")],
)
def test_the_reply_leaves_from_the_address_asked(kind, bind, asked):
    """A socket on a wildcard address replies from the query's destination (RFC 2181 section 4)."""
    family = socket.AF_INET6 if ":" in asked else socket.AF_INET
    with bound(bind) as sock, socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        burst = kind(sock)
        asker.sendto(b"q", (asked, sock.getsockname()[1]))

        burst.receive()
        burst.send([b"r"])
        reply, address = asker.recvfrom(10)

        assert (b"r", asked) == (reply, address[0])


def test_senders_of_one_burst_are_told_apart(kind, server):
    """Two clients in one burst get their own replies."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second,
    ):
        for name, sock in ((b"first", first), (b"second", second)):
            sock.settimeout(2)
            sock.sendto(name, server.getsockname())
        burst = kind(server)

        burst.send([query.upper() for query in burst.receive()])

        assert first.recv(10) == b"FIRST"
        assert second.recv(10) == b"SECOND"


def test_a_client_that_went_away_hides_nobody(kind, server, client):
    """The error a closed peer port leaves behind fails neither the next read nor the next reply."""
    burst = kind(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.sendto(b"bye", server.getsockname())
    client.send(b"here")

    queries = burst.receive()
    burst.send([b"1", b"2"])
    client.send(b"again")

    assert queries == [b"bye", b"here"]
    assert client.recv(10) == b"2"
    assert burst.receive() == [b"again"]


def test_what_the_kernel_will_not_send_is_skipped(kind, server, client):
    """One reply that cannot leave costs itself only."""
    burst = kind(server)
    for _ in range(3):
        client.send(b"q")
    burst.receive()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"port 0", server.getsockname())

    sent = burst.send([b"1", None, b"3"])

    assert sent == 2


class FailingCalls:
    """Stand-ins for the kernel's calls that fail as told: a fault that cannot be made on demand."""

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)

    def __call__(self, *_: object) -> int:
        """Fail with the next error; without one, do nothing and say so."""
        if not self.errors:
            return 0
        datagrams.ctypes.set_errno(self.errors.pop(0))
        return -1


def test_an_icmp_error_hides_no_datagram(server):
    """A read that fails for a past send is tried again at once; nothing to read is not."""
    receive = FailingCalls(errno.ECONNREFUSED, errno.EINTR, errno.EAGAIN, *[errno.EIO] * 4)
    burst = KernelBurst(server, (receive, FailingCalls()))

    assert burst.receive() == []
    assert receive.errors == [errno.EIO] * 4


def test_a_socket_that_only_fails_does_not_hold_the_process(server):
    """After three errors in a row the burst is empty; the reactor asks again."""
    receive = FailingCalls(*[errno.EIO] * 4)
    burst = KernelBurst(server, (receive, FailingCalls()))

    assert burst.receive() == []
    assert receive.errors == [errno.EIO]


def test_a_send_error_drops_one_reply(server):
    """Where sendmmsg fails on the first reply of a run, the others are still tried."""
    send = FailingCalls(errno.EPERM, errno.EPERM, errno.EPERM)
    burst = KernelBurst(server, (FailingCalls(), send))

    assert burst.send([b"1", b"2", b"3"]) == 0
    assert send.errors == []


def test_without_the_calls_for_many_the_portable_burst_serves(server, monkeypatch):
    """A system that is no Linux, or whose C library lacks the calls, reads one datagram a call."""
    monkeypatch.setattr(datagrams.sys, "platform", "darwin")
    assert isinstance(open_burst(server), PortableBurst)

    monkeypatch.setattr(datagrams.sys, "platform", "linux")
    monkeypatch.setattr(datagrams.ctypes, "CDLL", lambda *_, **__: object())
    assert isinstance(open_burst(server), PortableBurst)


def test_the_kernel_burst_serves_where_it_can(server):
    """On Linux the calls for many are used."""
    if kernel_calls() is None:
        pytest.skip("recvmmsg and sendmmsg are missing in this C library")

    assert isinstance(open_burst(server), KernelBurst)


def test_a_reply_that_cannot_leave_costs_itself_in_the_portable_burst(server, client):
    """A reply too long for a datagram is dropped and the next one sent."""
    burst = PortableBurst(server)
    client.send(b"q")
    client.send(b"q")
    burst.receive()

    assert burst.send([b"x" * 70_000, b"r"]) == 1
    assert client.recv(10) == b"r"
