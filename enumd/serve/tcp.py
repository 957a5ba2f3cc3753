"""DNS over TCP (RFC 7766): framing, pipelining, and limits that keep others served.

A connection's queries are answered in order and at once, so nothing is in flight but octets: those
of a query not yet whole, and replies the peer has not taken yet. Both are bounded: a peer that does
not read its replies is not read from, and one that does neither for the idle time is cut off.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast
from typing import Protocol as Shape

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.serve.metrics import Cell, Slab
from enumd.serve.udp import AnswerBurst

BURST: Final = 16
"""Queries answered before their replies are written, and the peer's pace is looked at."""

GRACE_S: Final = 0.1
"""At shutdown, what was sent before it is read during this time."""

_LENGTH_OCTETS: Final = 2


class Clock(Shape):
    """What a reactor, or a clock in a test, tells the time by."""

    def callLater(  # noqa: N802 (Twisted's name)
        self, delay: float, callable: Callable[..., object], *args: Any
    ) -> DelayedCall:
        """Call in *delay* seconds."""


class Stream(Shape):
    """What a connection asks of its transport."""

    def write(self, data: bytes) -> None:
        """Send *data* when the peer takes it."""

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Read no more for now."""

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Read again."""

    def registerProducer(self, producer: object, streaming: bool) -> None:  # noqa: N802
        """Tell *producer* when too much waits to be sent, and when it is sent."""

    def unregisterProducer(self) -> None:  # noqa: N802 (Twisted's name)
        """Tell no more."""

    def loseConnection(self) -> None:  # noqa: N802 (Twisted's name)
        """Close behind what was written."""

    def abortConnection(self) -> None:  # noqa: N802 (Twisted's name)
        """Close now."""


@dataclass(frozen=True, slots=True)
class TcpLimits:
    """How many connections, and how long they may be silent (RFC 9210 section 4.2)."""

    connections: int = 150
    """At once; one more, and the idlest is closed."""
    connections_per_peer: int = 25
    """At once from one IPv4 address or one IPv6 /64; one more is refused."""
    idle_s: float = 10


class DnsTcpFactory(ServerFactory):
    """Makes connections, knows all that are open, and keeps them within the limits."""

    noisy = False

    def __init__(self, answer: AnswerBurst, limits: TcpLimits, clock: Clock, slab: Slab) -> None:
        """Answer queries by *answer*; count connections in *slab*."""
        self.answer = answer
        self.limits = limits
        """May be replaced while connections are open; each takes it up at its next query."""
        self.clock = clock
        self._slab = slab
        # The idlest connection first.
        self._open: dict[DnsTcp, None] = {}
        self._peers: Counter[str] = Counter()
        self._drained: Deferred[None] | None = None
        slab.put(Cell.TCP_CONNECTIONS, 0)

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 (Twisted's name)
        """Return a connection for the peer at *addr*, or None when it has too many."""
        peer = peer_of(addr)
        if self._peers[peer] >= self.limits.connections_per_peer:
            self._slab.add(Cell.TCP_REFUSED)
            return None
        self._slab.add(Cell.TCP_ACCEPTED)
        return DnsTcp(self, peer)

    def opened(self, connection: DnsTcp) -> None:
        """Take up a new connection, making room for it."""
        if len(self._open) >= self.limits.connections:
            idlest = next((one for one in self._open if not one.closing), None)
            if idlest is not None:
                self._slab.add(Cell.TCP_EVICTED)
                idlest.close()
        self._open[connection] = None
        self._peers[connection.peer] += 1
        self._slab.put(Cell.TCP_CONNECTIONS, len(self._open))

    def active(self, connection: DnsTcp) -> None:
        """Note that a connection asked something."""
        del self._open[connection]
        self._open[connection] = None

    def closed(self, connection: DnsTcp) -> None:
        """Forget a connection."""
        del self._open[connection]
        self._peers[connection.peer] -= 1
        if not self._peers[connection.peer]:
            del self._peers[connection.peer]
        self._slab.put(Cell.TCP_CONNECTIONS, len(self._open))
        self._check_drained()

    def drain(self) -> Deferred[None]:
        """Answer what was sent, close every connection, and fire when the last one is gone."""
        self._drained = Deferred()
        self.clock.callLater(GRACE_S, self._finish_all)
        return self._drained

    def abort(self) -> None:
        """Cut every connection off."""
        for connection in list(self._open):
            connection.abort()

    def _finish_all(self) -> None:
        """Have every connection close as soon as it has nothing left to answer."""
        for connection in list(self._open):
            connection.finish()
        self._check_drained()

    def _check_drained(self) -> None:
        """Tell who waits for it that the last connection is gone."""
        if self._drained is not None and not self._open and not self._drained.called:
            self._drained.callback(None)


@implementer(IHalfCloseableProtocol, IPushProducer)
class DnsTcp(Protocol):
    """One connection."""

    def __init__(self, factory: DnsTcpFactory, peer: str) -> None:
        """Serve *peer* by what *factory* has."""
        self._home = factory
        self.peer = peer
        self.closing = False
        self._received = bytearray()
        self._last = False
        self._paused = False
        self._timer: DelayedCall

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Begin to count the idle time, and ask to be told when the peer does not read."""
        self._stream = cast(Stream, self.transport)
        self._home.opened(self)
        self._stream.registerProducer(self, True)
        self._timer = self._home.clock.callLater(self._home.limits.idle_s, self._idle)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Answer every query that is whole now."""
        if not self.closing:
            self._received += data
            self._answer()

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
        self._paused = True
        self._stream.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Go on with the queries that waited."""
        self._paused = False
        self._answer()
        if not self._paused and not self.closing:
            self._stream.resumeProducing()

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Stop answering for good."""
        self.closing = True

    def finish(self) -> None:
        """Close as soon as every query, also one not yet whole, has been answered and sent."""
        self._last = True
        self._answer()

    def close(self) -> None:
        """Close after the replies that are written; at once when the peer does not read them."""
        if self._paused:
            self.abort()
        elif not self.closing:
            self.closing = True
            self._stream.unregisterProducer()
            self._stream.loseConnection()

    def abort(self) -> None:
        """Cut the connection off."""
        self.closing = True
        self._stream.abortConnection()

    def _answer(self) -> None:
        """Answer the whole queries received, for as long as the peer takes the replies."""
        while not self._paused and not self.closing and (queries := self._take()):
            self._note_activity()
            replies = self._home.answer(queries)
            self._stream.write(b"".join(map(_framed, replies)))
        if self._last and not self._received and not self._paused:
            self.close()

    def _take(self) -> list[bytes]:
        """Remove the next whole queries, `BURST` at most, from what was received."""
        received, start = self._received, 0
        queries: list[bytes] = []
        while len(queries) < BURST and len(received) - start >= _LENGTH_OCTETS:
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


def peer_of(address: IAddress | None) -> str:
    """Return what counts as one peer: an IPv4 address, or the /64 a site has in IPv6."""
    if isinstance(address, IPv6Address):
        host = address.host.partition("%")[0]
        return str(ipaddress.ip_network((host, 64), strict=False))
    return address.host if isinstance(address, IPv4Address) else str(address)


def _framed(reply: bytes | None) -> bytes:
    """Return a reply behind its length (RFC 1035 section 4.2.2), or nothing for silence."""
    return b"" if reply is None else len(reply).to_bytes(_LENGTH_OCTETS, "big") + reply
