"""DNS over TCP (RFC 7766): framing, pipelining, and limits that keep others served.

A connection's queries are answered in order and at once, so nothing is in flight but octets: those
of a query not yet whole, and replies the peer has not taken yet. Both are bounded: a peer that does
not read its replies is not read from, and one that does neither for the idle time is cut off.
"""

from __future__ import annotations

from typing import Final, cast

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.net.connections import (
    READ_OCTETS,
    Clock,
    ConnectionCells,
    ConnectionFactory,
    Stream,
    TcpLimits,
)
from enumd.net.paced import PacedStream
from enumd.net.slab import Slab
from enumd.net.turns import Turns
from enumd.serve.dns.metrics import Cell
from enumd.serve.dns.udp import AnswerBurst

BURST: Final = 16
"""Queries answered before their replies are written, and the peer's pace is looked at."""

TURN: Final = 64
"""Queries of all connections that are answered before the reactor sees to everything else."""

_LENGTH_OCTETS: Final = 2


class DnsTcpFactory(ConnectionFactory):
    """Makes the connections of DNS."""

    def __init__(self, answer: AnswerBurst, limits: TcpLimits, clock: Clock, slab: Slab) -> None:
        """Answer queries by *answer*; count connections in *slab*."""
        cells = ConnectionCells(
            slab, Cell.TCP_CONNECTIONS, Cell.TCP_ACCEPTED, Cell.TCP_REFUSED, Cell.TCP_EVICTED
        )
        ConnectionFactory.__init__(self, limits, clock, cells)
        self.answer = answer
        self.turns = Turns(clock, TURN, BURST)

    def connection(self, peer: str, address: IAddress | None) -> DnsTcp:
        """Return the protocol of a new connection of *peer*."""
        return DnsTcp(self, peer)


@implementer(IHalfCloseableProtocol, IPushProducer)
class DnsTcp(PacedStream):
    """One connection."""

    def __init__(self, factory: DnsTcpFactory, peer: str) -> None:
        """Serve *peer* by what *factory* has."""
        self._home = factory
        self.peer = peer
        self._received = bytearray()
        self._last = False
        self._timer: DelayedCall

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Begin to count the idle time, and ask to be told when the peer does not read."""
        self._stream = cast(Stream, self.transport)
        self._stream.bufferSize = READ_OCTETS
        self._home.opened(self)
        self._stream.registerProducer(self, True)
        self._timer = self._home.clock.callLater(self._home.limits.idle_s, self._idle)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Answer every query that is whole now, when it is this connection's turn."""
        if not self.closing:
            self._received += data
            self._home.turns.ask(self)

    def readConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """Close behind the last reply: the peer has sent its last query (a half-close).

        A peer whose queries still wait is not read from, so all of them are answered by now.
        """
        self.close()

    def writeConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """Close: nobody would get a reply (RFC 7766 section 6.2.4)."""
        self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Let go of everything."""
        self.closing = True
        self._received.clear()
        if self._timer.active():
            self._timer.cancel()
        self._home.closed(self)

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Stop answering and reading: the peer does not take what it asked for."""
        self.paused = True
        self._stream.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Go on with the queries that waited."""
        self.paused = False
        self._home.turns.ask(self)
        self._read_again()

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Stop answering for good."""
        self.closing = True

    def finish(self) -> None:
        """Close as soon as every query, also one not yet whole, has been answered and sent."""
        self._last = True
        self._home.turns.ask(self)

    def close(self) -> None:
        """Close after the replies that are written; at once when the peer does not read them."""
        if self.paused:
            self.abort()
        elif not self.closing:
            self.closing = True
            self._stream.unregisterProducer()
            self._stream.loseConnection()

    def go_on(self, most: int) -> int:
        """Answer *most* whole queries at most, if the peer takes the replies; return how many."""
        if self.paused or self.closing:
            return 0
        queries = self._take(most)
        if queries:
            self._note_activity()
            self._stream.write(b"".join(map(_framed, self._home.answer(queries))))
        if self._last and not self._received and not self.paused:
            self.close()
        return len(queries)

    def _take(self, most: int) -> list[bytes]:
        """Remove the next whole queries, *most* at most, from what was received."""
        received, start = self._received, 0
        queries: list[bytes] = []
        while len(queries) < most and len(received) - start >= _LENGTH_OCTETS:
            end = start + _LENGTH_OCTETS + (received[start] << 8 | received[start + 1])
            if end > len(received):
                break
            queries.append(bytes(received[start + _LENGTH_OCTETS : end]))
            start = end
        del received[:start]
        return queries

    def _note_activity(self) -> None:
        """Begin the idle time anew: only whole queries count (RFC 7766 section 6.2.3)."""
        self._home.active(self)
        self._timer.reset(self._home.limits.idle_s)

    def _idle(self) -> None:
        """Close a silent connection, and cut it off when it has not gone an idle time later."""
        if self.closing:
            self.abort()
            return
        self._timer = self._home.clock.callLater(self._home.limits.idle_s, self._idle)
        self.close()


def _framed(reply: bytes | None) -> bytes:
    """Return a reply behind its length (RFC 1035 section 4.2.2), or nothing for silence."""
    return b"" if reply is None else len(reply).to_bytes(_LENGTH_OCTETS, "big") + reply
