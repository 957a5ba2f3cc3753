"""SIP over streams, with a transport in memory and a clock that is moved by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.net.connections import TcpLimits
from enumd.net.slab import Counters
from enumd.routing.profile import Profile, Status
from enumd.serve.sip.driver import SipDriver
from enumd.serve.sip.handshake import TlsStreamFactory
from enumd.serve.sip.metrics import SipCell, SipCounts, connection_cells
from enumd.serve.sip.stream import (
    MOST_CONNECTIONS_BACK,
    PATIENCE_S,
    TURN,
    VISIT,
    SipStreamFactory,
)
from enumd.sip.peer import Peer, Peers
from enumd.sip.rate import Rate
from enumd.sip.server import RedirectServer
from enumd.sip.transport import Transport

HERE = IPv4Address("TCP", "192.0.2.4", 40000)
LIMITS = TcpLimits(10, 5, 600)


class Pipe:
    """What Twisted gives a protocol to write to."""

    def __init__(self) -> None:
        """Be open."""
        self.written = b""
        self.fate = ""
        self.reading = True
        self.producer = None

    def write(self, data: bytes) -> None:
        """Take *data*."""
        self.written += data

    def getPeer(self):  # noqa: N802 (Twisted's name)
        """Return the address of the peer."""
        return HERE

    def getPeerCertificate(self):  # noqa: N802 (Twisted's name)
        """Return no certificate."""
        return None

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Read no more."""
        self.reading = False

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Read again."""
        self.reading = True

    def registerProducer(self, producer, streaming) -> None:  # noqa: N802 (Twisted's name)
        """Note who wants to know."""
        self.producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802 (Twisted's name)
        """Note that nobody does."""
        self.producer = None

    def loseConnection(self) -> None:  # noqa: N802 (Twisted's name)
        """Close."""
        self.fate = "closed"

    def abortConnection(self) -> None:  # noqa: N802 (Twisted's name)
        """Cut off."""
        self.fate = "cut off"


class Reactor(Clock):
    """A clock that can be asked to connect, too."""

    def __init__(self) -> None:
        """Begin with no connection."""
        super().__init__()
        self.connects = []

    def connectTCP(self, host, port, factory, timeout) -> None:  # noqa: N802 (Twisted's name)
        """Note where to."""
        self.connects.append((host, port, factory))


class Bench:
    """A factory of streams, and what it is asked."""

    def __init__(self, limits=LIMITS, **policy) -> None:
        """Begin with nothing."""
        self.reactor = Reactor()
        self.slab = Counters(1, SipCell.COUNT).worker(0)
        server = RedirectServer(Peers((), Peer("all", **policy)), b"s" * 32, lambda: b"12345678")
        self.answers: list[Deferred] | None = None
        self.driver = SipDriver(server, self.find, self.reactor, SipCounts(self.slab))
        self.streams = SipStreamFactory(
            self.driver, limits, self.reactor, connection_cells(self.slab)
        )

    def find(self, number, now_s, *, dipped=False):
        """Know nobody; or tell later."""
        if self.answers is None:
            return Profile(number, Status.FREE)
        self.answers.append(Deferred())
        self.number = number
        return self.answers[-1]

    def connect(self, factory=None):
        """Return a new connection and its transport."""
        protocol, transport = (factory or self.streams).buildProtocol(HERE), Pipe()
        protocol.makeConnection(transport)
        return protocol, transport

    def counted(self, name: str) -> int:
        """Return how often an event was counted."""
        self.driver.count()
        return self.slab[SipCell.event(name)]


@pytest.fixture
def bench():
    """A bench."""
    return Bench()


@pytest.fixture
def invite(octets):
    """A function that returns the octets of a call of that number."""
    return lambda number=1: octets(Via=f"SIP/2.0/TCP 192.0.2.4:5060;branch=z9hG4bK{number}")


def gone(stream) -> None:
    """Have the peer close the connection."""
    stream.connectionLost(Failure(ConnectionError()))


def test_it_is_what_twisted_wants(bench):
    """The protocol keeps the interfaces it says it does."""
    stream, transport = bench.connect()

    assert verifyObject(IHalfCloseableProtocol, stream)
    assert verifyObject(IPushProducer, stream)
    assert transport.producer is stream


def test_a_call_is_answered_on_its_connection(bench, invite):
    """The answer comes back where the call came in."""
    stream, transport = bench.connect()
    stream.dataReceived(invite())

    assert transport.written.startswith(b"SIP/2.0 404 Not Found\r\n")
    assert transport.fate == ""


def test_pipelined_calls_are_all_answered(bench, invite):
    """As many answers as calls, in order."""
    stream, transport = bench.connect()
    stream.dataReceived(invite(1) + invite(2) + invite(3))

    assert transport.written.count(b"SIP/2.0 404") == 3


@given(st.data())
def test_no_cut_of_the_stream_matters(octets, data):
    """However the octets arrive, the answers are the same."""
    calls = [octets(Via=f"SIP/2.0/TCP h;branch=z9hG4bK{number}") for number in range(3)]
    whole = b"\r\n\r\n".join([*calls, b""])
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=6).map(sorted))
    stream, transport = Bench().connect()
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        stream.dataReceived(whole[start:end])
    other, expected = Bench().connect()
    other.dataReceived(whole)

    assert transport.written == expected.written
    assert transport.written.count(b"SIP/2.0 404") == 3


@given(st.binary(max_size=300))
def test_any_octets_are_survived(noise):
    """Whatever arrives, nothing is raised."""
    stream, _ = Bench().connect()
    stream.dataReceived(noise)
    stream.dataReceived(noise)


class TestTurns:
    """What one peer sends in one go is looked at a turn at a time."""

    def step(self, bench) -> None:
        """Let the reactor have its turn, and go on once."""
        (call,) = [
            call for call in bench.reactor.calls if call.getTime() <= bench.reactor.seconds()
        ]
        bench.reactor.calls.remove(call)
        call.called = 1
        call.func(*call.args)

    def test_a_flood_of_keep_alives_is_bounded(self, bench):
        """So many line ends are answered a turn, and nothing is read until all of them are."""
        stream, transport = bench.connect()
        stream.dataReceived(b"\r\n\r\n" * (3 * TURN))

        for turn in (1, 2, 3):
            assert transport.written == b"\r\n" * turn * TURN
            assert not transport.reading
            self.step(bench)
        assert transport.reading

    def test_blank_lines_are_one_thing(self, bench):
        """Line ends that are no keep-alive are skipped at once and answered by nothing."""
        stream, transport = bench.connect()
        stream.dataReceived(b"\n" * 65536)

        assert (transport.written, transport.reading) == (b"", True)

    def test_a_caller_does_not_wait_for_the_flood(self, bench, invite):
        """A call on another connection is answered in the next turn."""
        flood, _ = bench.connect()
        caller, transport = bench.connect()
        flood.dataReceived(b"\r\n\r\n" * 100 * TURN)
        caller.dataReceived(invite())
        self.step(bench)

        assert transport.written.startswith(b"SIP/2.0 404")
        assert transport.reading

    def test_a_peer_that_does_not_read_is_not_answered_on(self, bench):
        """What is left is looked at when it reads again."""
        stream, transport = bench.connect()
        stream.pauseProducing()
        stream.dataReceived(b"\r\n\r\n" * VISIT)
        assert transport.written == b""
        stream.resumeProducing()

        assert transport.written == b"\r\n" * VISIT

    def test_keep_alives_count_against_the_rate(self):
        """A source that sends too many is cut short."""
        bench = Bench(rate=Rate(1.0, 3))
        stream, transport = bench.connect()
        stream.dataReceived(b"\r\n\r\n" * 10)

        assert transport.written == b"\r\n" * 3
        assert transport.fate == "closed"
        assert (bench.counted("keep-alive"), bench.counted("dropped")) == (3, 1)


def test_a_keep_alive_is_answered(bench):
    """Two line ends get one back (RFC 5626 section 3.5.1), and keep the connection open."""
    stream, transport = bench.connect()
    stream.dataReceived(b"\r\n\r\n")

    assert transport.written == b"\r\n"
    for _ in range(5):
        bench.reactor.advance(400)
        stream.dataReceived(b"\r\n\r\n")
    assert transport.fate == ""


def test_a_stream_that_cannot_be_read_on_is_closed(bench, octets):
    """A broken length is answered 400 and ends the connection; what follows is not read."""
    stream, transport = bench.connect()
    stream.dataReceived(octets(Content_Length="many") + octets())

    assert transport.written.startswith(b"SIP/2.0 400")
    assert transport.written.count(b"SIP/2.0 4") == 1
    assert transport.fate == "closed"
    stream.dataReceived(octets())
    assert transport.written.count(b"SIP/2.0 4") == 1


def test_a_peer_may_leave_the_length_of_a_body_out(octets):
    """Where that was agreed."""
    lax, transport = Bench(lax_framing=True).connect()
    lax.dataReceived(octets(Content_Length=None))

    assert transport.written.startswith(b"SIP/2.0 404")


def test_a_silent_connection_is_closed(bench, invite):
    """At once where nothing was ever said, after the idle time otherwise."""
    _, silent = bench.connect()
    stream, transport = bench.connect()
    stream.dataReceived(invite())
    bench.reactor.advance(PATIENCE_S + 0.1)
    assert (silent.fate, transport.fate) == ("closed", "")
    bench.reactor.advance(600)
    assert transport.fate == "closed"


def test_a_peer_that_does_not_let_go_is_cut_off(bench):
    """A connection that was closed and stays is cut off."""
    _, transport = bench.connect()
    bench.reactor.advance(PATIENCE_S)
    assert transport.fate == "closed"
    bench.reactor.advance(PATIENCE_S)
    assert transport.fate == "cut off"


def test_a_message_has_to_be_finished(bench, invite):
    """Who sends one octet a second is cut off all the same."""
    stream, transport = bench.connect()
    for octet in invite()[:40]:
        stream.dataReceived(bytes([octet]))
        bench.reactor.advance(1)

    assert transport.fate == "cut off"
    assert bench.counted("slow-sender") == 1


def test_a_peer_that_does_not_read_is_not_read_from(bench, invite):
    """While answers wait nothing is read; when they are not taken the connection is cut off."""
    stream, transport = bench.connect()
    stream.dataReceived(invite())
    stream.pauseProducing()
    assert not transport.reading
    stream.resumeProducing()
    assert transport.reading
    stream.pauseProducing()
    bench.reactor.advance(PATIENCE_S)

    assert transport.fate == "cut off"
    assert bench.counted("slow-reader") == 1


def test_a_close_does_not_wait_for_who_does_not_read(bench):
    """Nobody is waited for who leaves answers lying."""
    stream, transport = bench.connect()
    stream.pauseProducing()
    stream.close()

    assert transport.fate == "cut off"
    stream.resumeProducing()
    assert not transport.reading


def test_a_half_closed_connection_gets_its_answers(bench, invite):
    """A peer that asks no more still hears what it asked; the connection ends by itself."""
    bench.answers = []
    stream, transport = bench.connect()
    stream.dataReceived(invite())
    stream.readConnectionLost()
    bench.answers[0].callback(Profile(bench.number, Status.FREE))

    assert transport.written.startswith(b"SIP/2.0 404")
    bench.reactor.advance(PATIENCE_S)
    assert transport.fate == "closed"


def test_a_half_closed_connection_without_questions_is_closed(bench):
    """There is nothing to wait for."""
    stream, transport = bench.connect()
    stream.readConnectionLost()

    assert transport.fate == "closed"


def test_nothing_is_sent_to_who_cannot_hear(bench):
    """A peer that closed its ears is cut off."""
    stream, transport = bench.connect()
    stream.writeConnectionLost()

    assert transport.fate == "cut off"


def test_twisted_may_end_it(bench, invite):
    """Told to stop, the stream takes no more requests."""
    stream, transport = bench.connect()
    stream.stopProducing()
    stream.dataReceived(invite())

    assert transport.written == b""


class TestConnectionGone:
    """An answer whose connection is gone takes a new one (RFC 3261 section 18.2.2)."""

    def asked(self, bench, invite):
        """Return the stream of a call whose answer is still to come, already closed."""
        bench.answers = []
        stream, _ = bench.connect()
        stream.dataReceived(invite())
        gone(stream)
        bench.answers[0].callback(Profile(bench.number, Status.FREE))

    def test_the_answer_goes_to_where_the_call_came_from(self, bench, invite):
        """To the source's address and the port of sent-by; the new connection is a stream, too."""
        self.asked(bench, invite)
        ((host, port, factory),) = bench.reactor.connects
        stream, transport = bench.connect(factory)

        assert (host, port) == ("192.0.2.4", 5060)
        assert transport.written.startswith(b"SIP/2.0 404")
        assert bench.counted("reconnected") == 1
        stream.dataReceived(b"\r\n\r\n")
        assert transport.written.endswith(b"\r\n\r\n\r\n")
        gone(stream)
        assert bench.slab[SipCell.CONNECTIONS] == 0

    def test_an_answer_nobody_takes_is_counted(self, bench, invite):
        """There is no other address to try."""
        self.asked(bench, invite)
        bench.reactor.connects[0][2].clientConnectionFailed(None, Failure(ConnectionError()))

        assert bench.counted("undelivered") == 1

    def test_only_so_many_are_tried_at_once(self, bench, invite, octets):
        """Beyond that answers are dropped and counted."""
        bench.answers = []
        stream, _ = bench.connect()
        for number in range(MOST_CONNECTIONS_BACK + 1):
            stream.dataReceived(invite(number))
            bench.reactor.advance(0)
        gone(stream)
        for answer in bench.answers:
            answer.callback(Profile(bench.number, Status.FREE))

        assert len(bench.reactor.connects) == MOST_CONNECTIONS_BACK
        assert bench.counted("undelivered") == 1

    def test_over_tls_it_is_dropped(self, bench, octets):
        """Nobody says which name the certificate of the other side should have."""
        bench.answers = []
        stream, _ = bench.connect(TlsStreamFactory(bench.streams))
        stream.dataReceived(octets(Via="SIP/2.0/TLS 192.0.2.4;branch=z9hG4bK1"))
        gone(stream)
        bench.answers[0].callback(Profile(bench.number, Status.FREE))

        assert bench.reactor.connects == []
        assert bench.counted("undelivered") == 1


def test_tls_has_the_same_limits(invite):
    """Connections over TLS count with those over TCP, and are told apart by their transport."""
    bench = Bench(TcpLimits(10, 2, 600))
    tls = TlsStreamFactory(bench.streams)
    stream, idlest = bench.connect(tls)
    bench.connect()
    bench.connect()
    bench.connect(tls)

    assert stream.over is Transport.TLS
    assert idlest.fate == "closed"
    assert tls.buildProtocol(HERE) is None
    assert bench.slab[SipCell.REFUSED] == 1


def test_a_drain_closes_all(bench, invite):
    """What was answered is flushed, and the connection closed."""
    stream, transport = bench.connect()
    stream.dataReceived(invite())
    over = bench.streams.drain()
    bench.reactor.advance(0.2)

    assert transport.fate == "closed"
    gone(stream)
    assert over.called
