"""What becomes of ICMP errors about answers: sockets on loopback, clocks that are set by hand."""

from __future__ import annotations

import logging
import socket
from types import SimpleNamespace

import pytest
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock

from enumd.net.icmp import IcmpError
from enumd.net.slab import Counters
from enumd.serve.sip import undelivered as module
from enumd.serve.sip.metrics import SipCell, SipCounts
from enumd.serve.sip.undelivered import ERRORS_A_SECOND, PAUSE_S, Undelivered
from enumd.sip.transport import Destination, Transport

PORT_UNREACHABLE = IcmpError(111, 2, 3, 3, 0, "192.0.2.4")
TIME_EXCEEDED = IcmpError(113, 2, 11, 0, 0, "198.51.100.1")


class Bench:
    """An `Undelivered`, its clock, its slab, and what it told the server."""

    def __init__(self, sock) -> None:
        """Hear the errors of *sock*."""
        self.clock = Clock()
        self.slab = Counters(1, SipCell.COUNT).worker(0)
        self.told: list[tuple[str, int, float]] = []
        server = SimpleNamespace(unreachable=lambda *told: self.told.append(told))
        driver = SimpleNamespace(clock=self.clock, counts=SipCounts(self.slab), server=server)
        self.waiting: list[tuple[str, int, IcmpError]] = []
        self.asked: list[bool] = []
        self.undelivered = Undelivered(sock, driver)

    def read(self, most):
        """Yield what waits, as an `ErrorQueue` does."""
        for _ in range(min(most, len(self.waiting))):
            yield self.waiting.pop(0)

    def counted(self, name) -> int:
        """Return how often an event was counted."""
        return self.slab[SipCell.event(name)]


@pytest.fixture
def bench(monkeypatch):
    """A bench whose errors are made up."""
    made = []

    def queue(_sock):
        return SimpleNamespace(
            ask=lambda: made[0].asked.append(True) if made else None,
            refuse=lambda: made[0].asked.append(False),
            read=lambda most: made[0].read(most),
        )

    monkeypatch.setattr(module, "ErrorQueue", queue)
    made.append(Bench(None))
    return made[0]


def test_what_does_not_arrive_is_told(bench):
    """With when that was; every error is counted, and one that is but a hint is only that."""
    bench.clock.advance(5.0)
    bench.waiting += [("192.0.2.4", 5060, PORT_UNREACHABLE), ("192.0.2.5", 5060, TIME_EXCEEDED)]
    bench.undelivered.hear()

    assert bench.told == [("192.0.2.4", 5060, 5.0)]
    assert (bench.counted("icmp-error"), bench.counted("icmp-flood")) == (2, 0)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_whoever_looks_for_it_is_told_who_said_so(bench, caplog, level):
    """In the log, where every detail is written."""
    caplog.set_level(level, "enumd")
    bench.waiting.append(("2001:db8::4", 5060, TIME_EXCEEDED))
    bench.undelivered.hear()

    line = "sip-icmp-error host=2001:db8::4 port=5060 type=11 code=0 by=198.51.100.1"
    assert caplog.messages == [line] * (level == logging.DEBUG)


class TestFlood:
    """Whoever forges errors can send any number of them."""

    @pytest.fixture(autouse=True)
    def flood(self, bench):
        """There are more than anybody needs."""
        bench.waiting += [("192.0.2.4", port, PORT_UNREACHABLE) for port in range(1000)]
        return bench

    def test_so_many_are_heard_and_then_none(self, bench):
        """Until the kernel has kept them to itself for a second."""
        bench.undelivered.hear()
        assert len(bench.told) == bench.counted("icmp-error") == ERRORS_A_SECOND
        assert (bench.asked, bench.counted("icmp-flood")) == ([False], 1)

        bench.clock.advance(PAUSE_S / 2)
        bench.undelivered.hear()  # of one that came while the kernel was told
        assert len(bench.told) == ERRORS_A_SECOND
        assert (bench.asked, bench.counted("icmp-flood")) == ([False, False], 1)
        bench.clock.advance(PAUSE_S / 2)
        assert bench.asked == [False, False, True]

        bench.undelivered.hear()
        assert len(bench.told) == 2 * ERRORS_A_SECOND
        assert (bench.asked[3:], bench.counted("icmp-flood")) == ([False], 2)

    def test_a_second_has_so_many_however_they_come(self, bench):
        """One by one, over the second."""
        bench.waiting, more = [], bench.waiting
        for error in more[:ERRORS_A_SECOND]:
            assert bench.asked == []
            bench.waiting.append(error)
            bench.clock.advance(0.9 / ERRORS_A_SECOND)
            bench.undelivered.hear()

        assert bench.asked == [False]

    def test_a_slow_stream_of_them_is_none(self, bench):
        """Every second has its own, and so has one that a clock was set back to."""
        bench.waiting, more = [], bench.waiting
        for place, error in enumerate(more):
            bench.waiting.append(error)
            bench.clock.advance(1.1 / ERRORS_A_SECOND)
            if place == 100:
                bench.clock.rightNow -= 3600
            bench.undelivered.hear()

        assert (len(bench.told), bench.asked) == (1000, [])

    def test_the_end_ends_the_pause(self, bench):
        """No timer is left, and an answer that comes too late to be sent breaks nothing."""
        bench.undelivered.hear()
        bench.undelivered.close()
        bench.undelivered.close()
        bench.undelivered.hear()

        assert bench.clock.getDelayedCalls() == []
        assert bench.asked == [False]


def test_a_socket_is_asked_for_its_errors():
    """From the beginning; once it is closed there are none."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock, socket.socket(type=socket.SOCK_DGRAM) as no:
        sock.setblocking(False)
        no.bind(("127.0.0.1", 0))
        gone = no.getsockname()
        no.close()
        bench = Bench(sock)
        sock.sendto(b"x", gone)
        bench.undelivered.hear()
        assert bench.told == [(*gone, 0.0)]
        sock.sendto(b"x", gone)
        bench.undelivered.close()
    bench.undelivered.hear()

    assert len(bench.told) == 1


def gone(client, host="127.0.0.1"):
    """Return the address of a client that was there a moment ago."""
    sock = client(host)
    address = sock.getsockname()
    sock.close()
    return address


def call(bench, caller, octets, port, branch):
    """Have *caller* call, to be answered at *port* of its host."""
    host = caller.getsockname()[0]
    sent_by = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    via = f"SIP/2.0/UDP {sent_by};branch=z9hG4bK{branch}"
    caller.sendto(octets(Via=via), (host, bench.port))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
class TestIcmpErrors:
    """Answers to ports where nobody listens any more."""

    def test_they_end_the_repetition_of_what_went_there(self, listen, client, octets, host):
        """And of nothing else; the listener goes on."""
        bench, live, dead = listen(host, stateful=True), client(host), gone(client, host)
        for port, branch in ((dead[1], "dead"), (live.getsockname()[1], "live")):
            call(bench, live, octets, port, branch)
        bench.udp.doRead()
        first = live.recv(65535)
        for _ in range(12):
            bench.driver.clock.advance(0.5)

        assert bench.counted("unreachable") == 1
        assert [live.recv(65535) for _ in range(3)] == [first] * 3
        assert bench.counted("retransmitted") == 3

    def test_they_keep_no_other_answer_from_leaving(self, listen, client, octets, host):
        """The error about one fails the next, which is sent once more."""
        bench, live, dead = listen(host), client(host), gone(client, host)
        for turn in range(5):
            call(bench, live, octets, dead[1], f"dead{turn}")
            call(bench, live, octets, live.getsockname()[1], f"live{turn}")
        bench.udp.doRead()

        assert [live.recv(65535)[:11] for _ in range(5)] == [b"SIP/2.0 404"] * 5
        assert (bench.counted("undelivered"), bench.counted("icmp-error")) == (0, 5)

    def test_nor_an_answer_of_the_hot_path(self, listen, client, host):
        """From whatever address it leaves."""
        bench, live, dead = listen("::" if ":" in host else "0.0.0.0"), client(host), client(host)
        bench.server.quick = lambda octets, *_: octets
        for turn in range(3):
            dead.sendto(b"dead", (host, bench.port))
            live.sendto(b"live%d" % turn, (host, bench.port))
        dead.close()
        bench.udp.doRead()

        assert [live.recv(9) for _ in range(3)] == [b"live0", b"live1", b"live2"]
        assert (bench.counted("undelivered"), bench.counted("icmp-error")) == (0, 3)


@pytest.fixture(params=[EPollReactor, PollReactor, SelectReactor])
def reactor(request):
    """A reactor of each kind that Linux has."""
    reactor = request.param()
    yield reactor
    for reader in [*reactor._internalReaders]:
        reactor._internalReaders.discard(reader)
        reactor.removeReader(reader)
        reader.connectionLost(None)
    if hasattr(reactor, "_poller") and hasattr(reactor._poller, "close"):
        reactor._poller.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("pace_s", [0.01, 0.0], ids=["heard", "flood"])
def test_thousands_of_errors_lose_no_listener(listen, client, octets, reactor, host, pace_s):
    """Whatever the reactor makes of an error: all are heard, or, in a flood, so many a second."""
    bench, caller, dead = listen(host), client(host), gone(client, host)
    bench.udp.watch(reactor)
    there = Destination(*dead[:2], Transport.UDP, bench.udp)
    for _ in range(2000):
        assert bench.udp.send(b"x", there)
        bench.driver.clock.advance(pace_s)
        reactor.iterate(0)
    call(bench, caller, octets, caller.getsockname()[1], "live")
    reactor.iterate(1)

    assert caller.recv(65535).startswith(b"SIP/2.0 404")
    assert (bench.lost, reactor.getReaders().count(bench.udp)) == ([], 1)
    assert bench.counted("icmp-flood") == (not pace_s)
    assert ERRORS_A_SECOND <= bench.counted("icmp-error") <= (2000 if pace_s else ERRORS_A_SECOND)
    assert bench.counted("undelivered") == 0
    reactor.removeReader(bench.udp)
