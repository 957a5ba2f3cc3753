"""ICMP errors as the kernel keeps them, on loopback."""

from __future__ import annotations

import errno
import select
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.net import icmp
from enumd.net.icmp import ErrorQueue, IcmpError

HOSTS = pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
V4 = struct.pack("=HH4s8x", socket.AF_INET, 0, bytes((192, 0, 2, 1)))
V6 = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(10, "2001:db8::1"), 0)


def extended(origin=2, kind=3, code=3, offender=b"", number=errno.ECONNREFUSED, info=0):
    """Return a struct sock_extended_err, and what follows it."""
    return struct.pack("=I4B2I", number, origin, kind, code, 0, info, 0) + offender


class TestIcmpError:
    @pytest.mark.parametrize(
        ("offender", "host"),
        [
            (V4, "192.0.2.1"),
            (V6, "2001:db8::1"),
            (b"", ""),
            (V4[:7], ""),
            (V6[:12], ""),
            (b"\0" * 28, ""),
            (b"\x02", ""),
        ],
    )
    def test_everything_in_it_is_read(self, offender, host):
        """Who says so, too, if that is told and whole."""
        octets = extended(2, 3, 4, offender, errno.EMSGSIZE, 1280)

        assert IcmpError.parse(octets) == IcmpError(errno.EMSGSIZE, 2, 3, 4, 1280, host)

    @given(st.binary(max_size=64))
    def test_any_octets_are_an_error_or_none(self, octets):
        """The first sixteen say all that counts."""
        error = IcmpError.parse(octets)

        assert (error is None) is (len(octets) < 16)
        assert error is None or error.undeliverable in (True, False)

    @pytest.mark.parametrize(
        ("origin", "kind", "codes"),
        [
            (2, 3, {0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}),
            (2, 12, {0, 1, 2}),
            (3, 1, {0, 1, 2, 3, 4, 5, 6}),
            (3, 4, {0, 1, 2, 3}),
        ],
    )
    def test_what_does_not_arrive(self, origin, kind, codes):
        """Unreachable for whatever reason but its size, and parameters that make trouble."""
        errors = [IcmpError.parse(extended(origin, kind, code)) for code in range(256)]

        assert {error.code for error in errors if error.undeliverable} == codes

    @pytest.mark.parametrize(
        ("origin", "kind"),
        [(2, 4), (2, 5), (2, 11), (3, 2), (3, 3), (2, 1), (3, 12), (0, 3), (1, 3), (1, 1), (4, 3)],
    )
    def test_what_may_still_arrive(self, origin, kind):
        """Source quench, redirects, time exceeded, too big, and what is not from the network."""
        assert not any(
            IcmpError.parse(extended(origin, kind, code)).undeliverable for code in range(256)
        )


@pytest.fixture
def bound():
    """A function that binds a UDP socket, which does not block."""
    opened = []

    def bound(host):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        opened.append(sock)
        sock.setblocking(False)
        sock.bind((host, 0))
        return sock

    yield bound
    for sock in opened:
        sock.close()


@pytest.fixture
def closed(bound):
    """A function that returns an address of a host where nobody listens."""

    def closed(host):
        sock = bound(host)
        address = sock.getsockname()
        sock.close()
        return address

    return closed


def failing(sock):
    """Tell whether an error waits at a socket."""
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return any(event & select.POLLERR for _, event in poll.poll(0))


@HOSTS
class TestErrorQueue:
    """What Linux does with errors that are asked for."""

    def test_an_error_names_the_destination(self, bound, closed, host):
        """And the host that refused it, which here is the same; then it fails nothing more."""
        sock, gone = bound(host), closed(host)
        errors = ErrorQueue(sock)
        errors.ask()
        sock.sendto(b"x", gone)
        assert failing(sock)

        ((there, port, error),) = errors.read(9)
        assert (there, port) == gone[:2]
        assert (error.errno, error.offender) == (errno.ECONNREFUSED, host)
        assert error.undeliverable
        assert not failing(sock)
        sock.sendto(b"x", sock.getsockname())
        assert sock.recv(9) == b"x"

    def test_at_a_wildcard_address_too(self, bound, closed, host):
        """There the kernel adds the packet's own destination."""
        sock, gone = bound("::" if ":" in host else "0.0.0.0"), closed(host)
        icmp_option = (41, socket.IPV6_RECVPKTINFO) if ":" in host else (0, 8)
        sock.setsockopt(*icmp_option, 1)
        errors = ErrorQueue(sock)
        errors.ask()
        sock.sendto(b"x", gone)

        assert [(there, port) for there, port, _ in errors.read(9)] == [gone[:2]]

    def test_it_is_read_in_bounds(self, bound, closed, host):
        """What is left fails the next call, so that nobody forgets it."""
        sock, gone = bound(host), [closed(host) for _ in range(3)]
        errors = ErrorQueue(sock)
        errors.ask()
        for address in gone:
            while True:
                try:
                    sock.sendto(b"x", address)
                    break
                except ConnectionRefusedError:  # the one before
                    continue

        assert [port for _, port, _ in errors.read(2)] == [address[1] for address in gone[:2]]
        with pytest.raises(ConnectionRefusedError):
            sock.recv(9)
        assert [port for _, port, _ in errors.read(2)] == [gone[2][1]]
        assert list(errors.read(2)) == []

    def test_what_is_refused_does_not_come(self, bound, closed, host):
        """Nor does what came before fail anything; asked again, they come again."""
        sock, gone = bound(host), closed(host)
        errors = ErrorQueue(sock)
        errors.ask()
        sock.sendto(b"x", gone)
        errors.refuse()
        assert not failing(sock)
        sock.sendto(b"x", gone)
        assert not failing(sock)
        assert list(errors.read(9)) == []

        errors.ask()
        sock.sendto(b"x", gone)
        assert len(list(errors.read(9))) == 1


class Scripted:
    """A socket whose queue of errors is made up."""

    family = socket.AF_INET

    def __init__(self, *read) -> None:
        """Have *read* in the queue: ancillary data, and where the datagram was to go."""
        self.read = list(read)

    def recvmsg(self, *_):
        """Return the next."""
        if not self.read:
            raise BlockingIOError
        control, address = self.read.pop(0)
        return b"", control, socket.MSG_ERRQUEUE, address


def test_other_things_in_the_queue_are_none():
    """Our own mistakes, time stamps, what is cut short, and what has no address."""
    there = ("192.0.2.4", 5060)
    errors = ErrorQueue(
        Scripted(
            ([(0, 11, extended(origin=1, number=errno.EMSGSIZE))], there),
            ([(0, 11, extended(origin=4))], None),
            ([(0, 8, b"x" * 12), (1, 29, extended())], there),
            ([(0, 11, extended()[:15])], there),
            ([], there),
            ([(0, 8, b"x" * 12), (0, 11, extended())], there),
        )
    )

    assert [(*where, error.type) for *where, error in errors.read(9)] == [(*there, 3)]


def test_elsewhere_there_are_none(bound, monkeypatch):
    """A system that keeps no errors is asked for none."""
    monkeypatch.setattr(icmp, "_QUEUE", 0)
    errors = ErrorQueue(bound("127.0.0.1"))
    monkeypatch.setattr(errors, "_sock", None)
    errors.ask()
    errors.refuse()

    assert list(errors.read(9)) == []
