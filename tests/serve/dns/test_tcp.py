"""DNS over TCP: framing, pace and limits, by a clock and without sockets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.net.connections import GRACE_S, TcpLimits
from enumd.net.slab import Counters
from enumd.serve.dns.metrics import Cell
from enumd.serve.dns.tcp import BURST, TURN, DnsTcpFactory

LIMITS = TcpLimits(connections=3, connections_per_peer=2, idle_s=10)


def framed(*messages: bytes) -> bytes:
    """Return messages as they go over TCP."""
    return b"".join(len(message).to_bytes(2, "big") + message for message in messages)


def step(clock: Clock) -> None:
    """Have done what is due by now, and not what that asks for: the way a reactor does it."""
    for call in [call for call in clock.calls if call.getTime() <= clock.seconds()]:
        clock.calls.remove(call)
        call.called = 1
        call.func(*call.args, **call.kw)


class Peer(StringTransport):
    """A peer whose end of the connection shows what was done to it."""

    aborted = False

    def abortConnection(self):  # noqa: N802 (Twisted's name)
        """Note that the connection was cut off."""
        self.aborted = True
        self.disconnecting = True


class Bench:
    """A factory by a clock, its counters, and the connections made to it."""

    def __init__(self, answer=list, limits: TcpLimits = LIMITS) -> None:
        """Answer by *answer*, which repeats the queries."""
        self.clock = Clock()
        self.slab = Counters(1, Cell.COUNT).worker(0)
        self.factory = DnsTcpFactory(answer, limits, self.clock, self.slab)

    def connect(self, host: str = "192.0.2.1"):
        """Return a new connection and its peer, or None twice when it was refused."""
        connection = self.factory.buildProtocol(IPv4Address("TCP", host, 53000))
        if connection is None:
            return None, None
        peer = Peer()
        connection.makeConnection(peer)
        return connection, peer

    def lose(self, connection) -> None:
        """Have the connection end."""
        connection.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def bench() -> Bench:
    """A bench that echoes."""
    return Bench()


def test_it_is_what_twisted_wants(bench):
    """A connection can be half closed and produces at its peer's pace."""
    connection, _ = bench.connect()

    assert verifyObject(IHalfCloseableProtocol, connection)
    assert verifyObject(IPushProducer, connection)


def test_a_query_gets_its_reply_behind_its_length(bench):
    """The length and the message leave in one write."""
    connection, peer = bench.connect()
    writes = []
    peer.write = writes.append

    connection.dataReceived(framed(b"query"))

    assert writes == [framed(b"query")]


def test_pipelined_queries_are_answered_in_bursts(bench):
    """All queries that came together are answered, in order, some with one write."""
    seen = []
    bench.factory.answer = lambda queries: seen.append(len(queries)) or list(queries)
    connection, peer = bench.connect()
    queries = [b"%d" % number for number in range(2 * BURST + 1)]

    connection.dataReceived(framed(*queries))

    assert peer.value() == framed(*queries)
    assert seen == [BURST, BURST, 1]


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
@settings(max_examples=60)
def test_no_cut_of_the_stream_matters(messages, data):
    """However the octets arrive, every whole message is answered once and in order."""
    bench = Bench()
    connection, peer = bench.connect()
    stream = framed(*messages)
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        connection.dataReceived(stream[:size])
        bench.clock.advance(0)
        stream = stream[size:]

    assert peer.value() == framed(*messages)


@given(st.binary(max_size=3000))
@settings(max_examples=60)
def test_any_octets_are_survived(octets):
    """Whatever a peer sends, the connection stays in order and nothing is raised."""
    connection, peer = Bench(lambda queries: [None] * len(queries)).connect()

    connection.dataReceived(octets)

    assert peer.value() == b""
    assert not peer.disconnecting


def test_silence_is_possible():
    """Where the authority stays silent nothing is written for that query."""
    bench = Bench(lambda queries: [None if query == b"mute" else query for query in queries])
    connection, peer = bench.connect()

    connection.dataReceived(framed(b"mute", b"loud"))

    assert peer.value() == framed(b"loud")


def test_a_silent_connection_is_closed(bench):
    """Without a query for the idle time the connection is closed."""
    _, peer = bench.connect()
    bench.clock.advance(9.9)
    assert not peer.disconnecting
    bench.clock.advance(0.2)

    assert peer.disconnecting
    assert not peer.aborted


def test_only_whole_queries_keep_it_open(bench):
    """A whole query begins the idle time anew; octets dripping in do not (RFC 7766 6.2.3)."""
    connection, peer = bench.connect()
    bench.clock.advance(9)
    connection.dataReceived(framed(b"query"))
    for _ in range(9):
        bench.clock.advance(1)
        connection.dataReceived(b"\x01")
    assert not peer.disconnecting
    bench.clock.advance(1.1)

    assert peer.disconnecting


def test_a_peer_that_does_not_let_go_is_cut_off(bench):
    """A connection closed for silence and still there an idle time later is aborted."""
    _, peer = bench.connect()
    bench.clock.advance(10)
    assert not peer.aborted
    bench.clock.advance(10)

    assert peer.aborted


def test_a_peer_that_does_not_read_is_not_read_from(bench):
    """While replies pile up nothing more is answered; when they are taken, the rest is."""
    connection, peer = bench.connect()
    write = peer.write

    def congested(octets):
        write(octets)
        connection.pauseProducing()

    peer.write = congested
    queries = [b"%d" % number for number in range(3 * BURST)]
    connection.dataReceived(framed(*queries))
    assert peer.value() == framed(*queries[:BURST])
    assert peer.producerState == "paused"

    connection.resumeProducing()
    assert peer.value() == framed(*queries[: 2 * BURST])
    assert peer.producerState == "paused"

    peer.write = write
    connection.resumeProducing()
    assert peer.value() == framed(*queries)
    assert peer.producerState == "producing"


def test_a_peer_that_never_reads_is_cut_off(bench):
    """Replies that nobody takes for the idle time are thrown away with the connection."""
    connection, peer = bench.connect()
    connection.dataReceived(framed(b"query"))
    connection.pauseProducing()
    bench.clock.advance(10)

    assert peer.aborted


def test_a_half_closed_connection_is_answered(bench):
    """A peer that has sent its last query still gets the replies, then the end."""
    connection, peer = bench.connect()
    connection.dataReceived(framed(b"last") + b"\x00")
    connection.readConnectionLost()

    assert peer.value() == framed(b"last")
    assert peer.disconnecting
    assert not peer.aborted


def test_nothing_is_sent_to_who_cannot_hear(bench):
    """A connection whose write side is gone is cut off (RFC 7766 section 6.2.4)."""
    connection, peer = bench.connect()
    connection.writeConnectionLost()

    assert peer.aborted


def test_nothing_is_answered_after_the_close(bench):
    """Octets that arrive once the connection is closing are dropped."""
    connection, peer = bench.connect()
    connection.close()
    connection.close()
    connection.dataReceived(framed(b"late"))
    connection.resumeProducing()

    assert peer.value() == b""
    stopped, peer = bench.connect()
    stopped.stopProducing()
    stopped.dataReceived(framed(b"late"))
    assert peer.value() == b""


def test_a_newcomer_takes_the_place_of_its_idlest_neighbour(bench):
    """A peer that has its share loses the connection that was silent longest, and gets the new."""
    (_, idle), (second, _) = bench.connect(), bench.connect()
    second.dataReceived(framed(b"active"))
    _, elsewhere = bench.connect("192.0.2.2")

    assert bench.connect() != (None, None)
    assert (idle.disconnecting, elsewhere.disconnecting) == (True, False)
    assert bench.slab[Cell.TCP_EVICTED] == 1


class TestTurns:
    """What one peer pipelines is answered a turn at a time."""

    @pytest.fixture
    def seen(self, bench):
        """How many queries each call to the authority had."""
        seen: list[int] = []
        bench.factory.answer = lambda queries: seen.append(len(queries)) or list(queries)
        return seen

    def test_a_turn_is_bounded_and_the_rest_waits(self, bench, seen):
        """So many queries are answered, then the reactor has its turn; nothing is read, all is
        answered in the end."""
        connection, peer = bench.connect()
        queries = [b"%d" % number for number in range(3 * TURN + 1)]
        connection.dataReceived(framed(*queries))

        for turn in (1, 2, 3):
            assert sum(seen) == turn * TURN
            assert peer.producerState == "paused"
            step(bench.clock)
        assert peer.value() == framed(*queries)
        assert peer.producerState == "producing"

    def test_connections_take_turns(self, bench, seen):
        """One that asks little does not wait for all that another asked before."""
        greedy, _ = bench.connect("192.0.2.1")
        modest, peer = bench.connect("192.0.2.2")
        greedy.dataReceived(framed(*[b"q"] * 10 * TURN))
        modest.dataReceived(framed(b"me"))
        assert peer.value() == b""

        step(bench.clock)

        assert peer.value() == framed(b"me")
        assert sum(seen) == 2 * TURN

    def test_one_that_ends_gives_its_turn_up(self, bench, seen):
        """A connection that is gone is answered no more."""
        connection, _ = bench.connect()
        connection.dataReceived(framed(*[b"q"] * 2 * TURN))
        bench.lose(connection)
        step(bench.clock)

        assert sum(seen) == TURN


def test_the_idlest_makes_room(bench):
    """Beyond the limit of connections the one that was silent longest is closed."""
    connections = [bench.connect(f"192.0.2.{host}") for host in range(3)]
    connections[0][0].dataReceived(framed(b"active"))

    bench.connect("192.0.2.9")
    assert [peer.disconnecting for _, peer in connections] == [False, True, False]
    bench.connect("192.0.2.10")
    assert [peer.disconnecting for _, peer in connections] == [False, True, True]
    assert bench.slab[Cell.TCP_EVICTED] == 2


def test_when_all_are_closing_nobody_has_to_make_room(bench):
    """Connections that are on their way out are not closed a second time."""
    for host in range(3):
        bench.connect(f"192.0.2.{host}")[0].close()

    assert bench.connect("192.0.2.9") != (None, None)
    assert bench.slab[Cell.TCP_EVICTED] == 0


def test_connections_are_counted(bench):
    """The gauge follows connections that come and go, and their timers go with them."""
    first, _ = bench.connect()
    bench.connect("192.0.2.2")
    assert bench.slab[Cell.TCP_CONNECTIONS] == 2
    bench.lose(first)

    assert bench.slab[Cell.TCP_CONNECTIONS] == 1
    assert bench.slab[Cell.TCP_ACCEPTED] == 2
    assert len(bench.clock.getDelayedCalls()) == 1


def test_a_timer_that_has_run_is_not_cancelled(bench):
    """A connection cut off by its timer ends like any other."""
    connection, peer = bench.connect()
    bench.clock.advance(10)
    bench.clock.advance(10)
    bench.lose(connection)

    assert peer.aborted
    assert bench.clock.getDelayedCalls() == []


def test_limits_can_change_while_connections_are_open(bench):
    """New limits hold from the next query and the next connection on."""
    connection, peer = bench.connect()
    bench.factory.limits = TcpLimits(connections_per_peer=1, idle_s=2)
    connection.dataReceived(framed(b"query"))
    bench.clock.advance(2)

    assert peer.disconnecting
    assert bench.connect() != (None, None)
    assert bench.connect() == (None, None)


def test_a_drain_answers_what_was_sent_and_closes(bench):
    """During the grace queries are answered; afterwards connections without a rest are closed."""
    connection, peer = bench.connect()
    done = []
    bench.factory.drain().addCallback(done.append)
    connection.dataReceived(framed(b"query"))
    assert peer.value() == framed(b"query")
    assert not peer.disconnecting
    bench.clock.advance(GRACE_S)

    assert peer.disconnecting
    assert done == []
    bench.lose(connection)
    assert done == [None]


def test_a_drain_waits_for_a_query_that_is_not_whole(bench):
    """A connection in the middle of a query is closed once that is answered."""
    connection, peer = bench.connect()
    octets = framed(b"query")
    connection.dataReceived(octets[:4])
    bench.factory.drain()
    bench.clock.advance(GRACE_S)
    assert not peer.disconnecting
    connection.dataReceived(octets[4:])

    assert peer.value() == octets
    assert peer.disconnecting


def test_a_drain_waits_for_a_peer_that_reads_slowly(bench):
    """Queries that wait for a slow reader are answered when it has read."""
    connection, peer = bench.connect()
    connection.pauseProducing()
    connection.dataReceived(framed(b"query"))
    bench.factory.drain()
    bench.clock.advance(GRACE_S)
    assert not peer.disconnecting
    connection.resumeProducing()

    assert peer.value() == framed(b"query")
    assert peer.disconnecting


def test_a_drain_without_connections_ends_with_the_grace(bench):
    """Where nobody is connected the drain is over at once."""
    done = []
    bench.factory.drain().addCallback(done.append)
    bench.clock.advance(GRACE_S)

    assert done == [None]
    connection, _ = bench.connect()
    bench.lose(connection)
    assert done == [None]


def test_all_can_be_cut_off(bench):
    """When the time for a drain is over every connection is aborted."""
    peers = [bench.connect(f"192.0.2.{host}")[1] for host in range(3)]
    bench.factory.abort()

    assert all(peer.aborted for peer in peers)
