"""Between the redirect server and the sockets: sends, look-ups, timers, faults."""

from __future__ import annotations

import logging

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.net.slab import Counters
from enumd.routing.profile import Profile, Route, Status
from enumd.serve.sip import driver as sip_driver
from enumd.serve.sip.driver import GRAIN_S, SipDriver
from enumd.serve.sip.metrics import SipCell, SipCounts
from enumd.sip import framing
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import RedirectServer
from enumd.sip.transport import Source, Transport


class Wire:
    """A channel that notes what is sent."""

    def __init__(self) -> None:
        """Take everything."""
        self.sent: list[bytes] = []
        self.open = True

    def send(self, octets, destination) -> bool:
        """Note *octets*, unless it is cut."""
        if self.open:
            self.sent.append(octets)
        return self.open

    @property
    def statuses(self) -> list[int]:
        """Return the status of every response."""
        return [int(octets[8:11]) for octets in self.sent]


class Bench:
    """A driver, its clock, its slab, and what finds its numbers."""

    def __init__(self, published=None) -> None:
        """Begin with nothing but what is *published*."""
        self.clock = Clock()
        self.slab = Counters(1, SipCell.COUNT).worker(0)
        peer = Peer("all", stateful=True)
        peers = Peers((), peer)
        server = RedirectServer(peers, b"s" * 32, lambda: b"12345678", None, published)
        self.wire = Wire()
        self.found = lambda number: entry(number)
        self.asked: list[tuple[str, bool]] = []
        counts = SipCounts(self.slab)
        self.driver = SipDriver(server, self.find, self.clock, counts, published)

    def find(self, number, now_s, *, dipped=False):
        """Return what the test says is known."""
        self.asked.append((str(number), dipped))
        return self.found(number)

    def hear(self, octets, transport=Transport.UDP) -> None:
        """Have a message arrive."""
        source = Source("192.0.2.4", 5060, transport, self.wire)
        if transport is Transport.UDP:
            self.driver.datagram(octets, source)
        else:
            self.driver.frame(framing.datagram(octets), source)
        self.driver.settle()

    def counted(self, name: str) -> int:
        """Return how often an event was counted."""
        self.driver.count()
        return self.slab[SipCell.event(name)]


def entry(number, status=Status.CLAIMED) -> Profile:
    """Return what is known of a number with one SIP endpoint."""
    route = Route(100, 10, Enumservice.parse("sip"), "sip:ada@example.net")
    return Profile(number, status, (route,) if status is Status.CLAIMED else ())


@pytest.fixture
def bench():
    """A bench."""
    return Bench()


@pytest.fixture
def invite(octets):
    """The octets of a call."""
    return octets()


@pytest.mark.parametrize("transport", list(Transport))
def test_a_call_is_answered_where_it_came_from(bench, invite, transport):
    """The answer leaves through the channel of the request, and its time is counted."""
    bench.hear(invite, transport)

    assert bench.wire.statuses == [302]
    cells = SipCell.latencies(transport)
    assert sum(bench.slab[cell] for cell in cells) == 1
    assert bench.slab[SipCell.latency_sum(transport)] > 0


def test_a_number_that_was_looked_up_before_is_not_dipped_again(bench, octets):
    """`enumdi` goes along with the question (RFC 4759)."""
    bench.hear(octets(uri="tel:+441632960017;enumdi"))
    bench.hear(octets(uri="tel:+441632960017", Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2"))

    assert bench.asked == [("+441632960017", True), ("+441632960017", False)]


def test_a_slow_look_up_sends_trying(bench, invite):
    """After 200 ms the caller is told to wait; the answer follows when it is known."""
    answer = Deferred()
    bench.found = lambda number: answer
    bench.hear(invite)
    assert bench.driver.looking_up == 1

    bench.clock.advance(0.1)
    assert bench.wire.statuses == []
    bench.clock.advance(0.11)
    assert bench.wire.statuses == [100]
    answer.callback(entry(Number.parse(bench.asked[-1][0])))

    assert bench.wire.statuses == [100, 302]
    assert bench.driver.looking_up == 0


def test_an_answer_that_is_not_acknowledged_is_repeated(bench, invite):
    """Timer G sends the same octets after T1, doubling up to T2; timer H ends it after 64*T1."""
    bench.hear(invite)
    instants = []
    for _ in range(3600):
        before = len(bench.wire.sent)
        bench.clock.advance(0.01)
        if len(bench.wire.sent) > before:
            instants.append(round(bench.clock.seconds(), 1))

    assert instants == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert len(set(bench.wire.sent)) == 1
    assert bench.counted("unacknowledged") == 1
    assert bench.driver.server.statistics().open_transactions == 0


def test_an_acknowledged_answer_is_not(bench, octets, invite):
    """The ACK ends it."""
    bench.hear(invite)
    bench.hear(octets("ACK"))
    bench.clock.advance(40)

    assert len(bench.wire.sent) == 1
    assert bench.counted("acknowledged") == 1


def test_timers_of_many_calls_go_off_together(bench, octets):
    """However many calls there are, the timers wake the process once a grain."""
    for number in range(50):
        bench.hear(octets(Via=f"SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK{number}"))
        bench.clock.advance(GRAIN_S / 50)

    timers = [call for call in bench.clock.getDelayedCalls() if "_expire" in str(call.func)]

    assert len(timers) == 1


def test_an_earlier_timer_is_not_waited_past(bench, invite, octets):
    """A timer that is due before the one that is set moves it forward."""
    bench.hear(octets("OPTIONS"))  # timer J: 32 s
    bench.found = lambda number: Deferred()
    bench.hear(octets(Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2"))
    bench.clock.advance(0.21)

    assert bench.wire.statuses[-1] == 100


def test_what_cannot_be_sent_is_counted(bench, invite):
    """A channel that does not take an answer makes no noise but a count."""
    bench.wire.open = False
    bench.hear(invite)

    assert bench.counted("undelivered") == 1


def test_too_many_look_ups_are_refused(bench, octets, monkeypatch):
    """Beyond the bound a call is answered 503 at once."""
    monkeypatch.setattr(sip_driver, "MAX_LOOK_UPS", 1)
    bench.found = lambda number: Deferred()
    bench.hear(octets())
    bench.hear(octets(Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2"))

    assert bench.wire.statuses == [503]
    assert bench.counted("look-up-refused") == 1


class TestOurOwnFaults:
    """A bug costs one call a 500, and the next one is answered."""

    def test_in_the_look_up(self, bench, octets, caplog):
        """The look-up raises, at once or later."""
        caplog.set_level(logging.ERROR, "enumd")
        bench.found = lambda number: 1 / 0
        bench.hear(octets())
        late = Deferred()
        bench.found = lambda number: late
        bench.hear(octets(Via="SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK2"))
        late.errback(RuntimeError("no"))

        assert bench.wire.statuses == [500, 500]
        assert bench.counted("fault") == 2
        assert len(caplog.records) == 1
        assert "sip-fault" in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert bench.driver.looking_up == 0

    def test_in_the_decision(self, bench, octets, monkeypatch):
        """The answer cannot be made of what was found."""
        answer = bench.driver.server.answer
        found = []

        def broken(call, entry, now_s):
            found.append(entry.status)
            if entry.status is Status.CLAIMED:
                raise RuntimeError("no")
            return answer(call, entry, now_s)

        monkeypatch.setattr(bench.driver.server, "answer", broken)
        bench.hear(octets())

        assert bench.wire.statuses == [500]
        assert found == [Status.CLAIMED, Status.UNREADABLE]

    @pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
    def test_in_the_reading(self, bench, octets, monkeypatch, transport):
        """The message makes the codec fail: it is dropped, the next one is not."""
        with monkeypatch.context() as broken:
            for name in ("datagram", "frame"):
                broken.setattr(bench.driver.server, name, lambda *_: 1 / 0)
            bench.hear(octets(), transport)
        bench.hear(octets(), transport)

        assert bench.wire.statuses == [302]
        assert bench.counted("fault") == 1

    def test_in_the_timers(self, bench, octets, monkeypatch):
        """The timers fail once, and go on."""
        bench.hear(octets())
        with monkeypatch.context() as broken:
            broken.setattr(bench.driver.server, "expire", lambda now_s: 1 / 0)
            bench.clock.advance(0.3)
        bench.clock.advance(0.3)

        assert bench.wire.statuses == [302, 302]
        assert bench.counted("fault") >= 1


def test_the_counters_follow_soon(bench, invite):
    """The slab has what happened within a quarter of a second, and at once at the end."""
    bench.hear(invite)
    assert bench.slab[SipCell.status(302)] == 0
    bench.clock.advance(0.25)
    assert bench.slab[SipCell.status(302)] == 1
    assert bench.slab[SipCell.OPEN] == 1
    bench.hear(invite)
    bench.driver.stop()

    assert bench.slab[SipCell.event("repeated")] == 1
    assert bench.clock.getDelayedCalls() == []


def test_a_peer_may_leave_the_length_of_a_body_out(bench):
    """What a stream may ask follows from its peer."""
    source = Source("192.0.2.4", 5060, Transport.TCP)
    assert not bench.driver.limits_for(source).lax
    bench.driver.server.peers = Peers((), Peer("lax", lax_framing=True))
    assert bench.driver.limits_for(source).lax


class TestQuick:
    """What the hot path takes, and what it leaves."""

    PLAIN = (
        b"INVITE sip:+441632960017@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKq\r\n"
        b"From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    RDATA = b"\0\x64\0\x0a\1u\7E2U+sip\x1a!^.*$!sip:ada@example.net!\0"
    ANSWER = b"\0\1\xc0\x0c\0\x23\0\1\0\0\1\x2c" + len(RDATA).to_bytes(2, "big") + RDATA

    def test_a_published_number_is_answered_without_a_look_up(self):
        """The snapshot is let go of when the burst has been dealt with."""
        bench = Bench(published := Directory(self.ANSWER))
        source = Source("192.0.2.4", 5060, Transport.UDP, bench.wire)

        assert bench.driver.server.quick(self.PLAIN, source, 0.0).startswith(b"SIP/2.0 302 ")
        bench.driver.settle()

        assert (bench.asked, published.released) == ([], 1)


class Directory:
    """What is published: the same answer at every number, or an error."""

    def __init__(self, answer) -> None:
        """Give *answer*."""
        self.answer = answer
        self.released = 0

    def __call__(self, digits):
        """Return the answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def release(self) -> None:
        """Count that."""
        self.released += 1
