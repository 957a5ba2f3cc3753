"""SIP over TCP and TLS (RFC 3261 section 18): connections, and what each may ask of us.

A request is answered on its connection. Where that is gone by then the answer goes over a new one,
to where the request came from (section 18.2.2); over TLS it is dropped and counted, since nobody
says which name the certificate there should have.
"""

from __future__ import annotations

from typing import Any, Final, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.net.connections import (
    READ_OCTETS,
    ConnectionCells,
    ConnectionFactory,
    Stream,
    TcpLimits,
    peer_of,
)
from enumd.net.paced import PacedStream
from enumd.net.turns import Turns
from enumd.serve.sip.driver import SipDriver
from enumd.sip.framing import PONG, Frame, Framer, Ping
from enumd.sip.transport import Destination, Source, Transport

PATIENCE_S: Final = 32.0
"""64*T1: a message that has begun is whole, an answer that was sent is read, and somebody who has
connected says something, within this time; or the connection is cut off."""

MOST_CONNECTIONS_BACK: Final = 100
"""Connections that are made at once to deliver answers."""

VISIT: Final = 4
"""Messages of one connection that are looked at before it is another's turn."""

TURN: Final = 16
"""Messages of all connections that are looked at before the reactor sees to everything else: one
that has to be refused takes 0.1 ms."""

_CONNECT_S: Final = 5.0


class SipStreamFactory(ConnectionFactory):
    """Makes the connections of SIP, and those that bring an answer back."""

    def __init__(
        self, driver: SipDriver, limits: TcpLimits, reactor: Any, cells: ConnectionCells
    ) -> None:
        """Hand what arrives to *driver*."""
        ConnectionFactory.__init__(self, limits, reactor, cells)
        self.driver = driver
        self.turns = Turns(reactor, TURN, VISIT)
        self._reactor = reactor
        self._back = 0

    def connection(self, peer: str, address: IAddress | None) -> SipStream:
        """Return the protocol of a new connection of *peer*."""
        return SipStream(self, peer, Transport.TCP)

    def deliver(self, octets: bytes, destination: Destination) -> bool:
        """Send *octets* over a connection of their own; tell whether that is tried."""
        if destination.transport is not Transport.TCP or self._back >= MOST_CONNECTIONS_BACK:
            return False
        self._back += 1
        way = _WayBack(self, octets)
        self._reactor.connectTCP(destination.host, destination.port, way, timeout=_CONNECT_S)
        return True

    def delivered(self, event: str) -> None:
        """Note how the attempt at a delivery ended."""
        self._back -= 1
        self.driver.counts.event(event)


@implementer(IHalfCloseableProtocol, IPushProducer)
class SipStream(PacedStream):
    """One connection."""

    def __init__(self, factory: SipStreamFactory, peer: str, over: Transport) -> None:
        """Serve *peer* by what *factory* has."""
        self._home = factory
        self.peer = peer
        self.over = over
        self._framer: Framer | None = None
        self._source: Source | None = None
        self._heard_s = 0.0
        self._quiet_s = PATIENCE_S
        self._paused_s: float | None = None
        self._came = b""
        self._timer: DelayedCall

    @property
    def begun(self) -> bool:
        """Tell whether the peer said something yet."""
        return self._framer is not None

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Begin to count the time, and ask to be told when the peer does not read."""
        self._stream = cast(Stream, self.transport)
        self._stream.bufferSize = READ_OCTETS
        self._heard_s = self._now_s()
        self._home.opened(self)
        self._stream.registerProducer(self, True)
        self._timer = self._home.clock.callLater(self._quiet_s, self._look)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Hand on every message that is whole now, when it is this connection's turn."""
        if not self.closing:
            self._came += data
            self._home.turns.ask(self)

    def go_on(self, most: int) -> int:
        """Hand on *most* messages and keep-alives at most; return how many."""
        if self.closing or self.paused:
            return 0
        framer, source = self._begin()
        came, self._came = self._came, b""
        frames = framer.feed(came, self._now_s(), most)
        for frame in frames:
            self._hand_on(frame, source)
        if frames:
            self._note_activity()
        if framer.closed:
            self.close()
        elif framer.deadline_s is not None:
            self._look_by(framer.deadline_s)
        self._home.driver.settle()
        return len(frames)

    def send(self, octets: bytes, destination: Destination) -> bool:
        """Send *octets* to the peer, over another connection once this one is closed."""
        if self.closing:
            return self._home.deliver(octets, destination)
        self._stream.write(octets)
        return True

    def readConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """Send what is still to be answered to a peer that asks no more (a half-close)."""
        if self._home.driver.looking_up:
            self._quiet_s = PATIENCE_S
            self._look_by(self._now_s() + PATIENCE_S)
        else:
            self.close()

    def writeConnectionLost(self) -> None:  # noqa: N802 (Twisted's name)
        """Close: nobody would get an answer here."""
        self.abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Let go of everything; answers that are still to come find their own way."""
        self.closing = True
        if self._timer.active():
            self._timer.cancel()
        self._home.closed(self)

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Stop reading: the peer does not take what it asked for."""
        self.paused = True
        self._paused_s = self._now_s()
        self._stream.pauseProducing()
        self._look_by(self._paused_s + PATIENCE_S)

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Read again."""
        self.paused, self._paused_s = False, None
        self._home.turns.ask(self)
        self._read_again()

    def stopProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """Take no more requests."""
        self.closing = True

    def finish(self) -> None:
        """Close behind what was answered."""
        self.close()

    def close(self) -> None:
        """Close after the answers that are written; at once when the peer does not read them."""
        if self.paused:
            self.abort()
        elif not self.closing:
            self.closing = True
            self._stream.unregisterProducer()
            self._stream.loseConnection()
            self._look_by(self._now_s() + PATIENCE_S)

    def _hand_on(self, frame: Frame | Ping, source: Source) -> None:
        """Have a message answered; answer a keep-alive, and close once there are too many."""
        if isinstance(frame, Frame):
            self._home.driver.frame(frame, source)
        elif self._home.driver.keep_alive(source):
            self._stream.write(PONG)
        else:
            self.close()

    def _begin(self) -> tuple[Framer, Source]:
        """Return the framer and the source, once the peer said something: TLS is up by then."""
        if self._framer is None or self._source is None:
            self._source = self._identify()
            self._framer = Framer(self._home.driver.limits_for(self._source))
            self._quiet_s = self._home.limits.idle_s
        return self._framer, self._source

    def _identify(self) -> Source:
        """Return who is at the other end."""
        transport: Any = self.transport
        address = transport.getPeer()
        assert isinstance(address, IPv4Address | IPv6Address)
        names: tuple[str, ...] = ()
        if self.over is Transport.TLS:
            # Loaded by now: whoever made the TLS of this connection needed it.
            from enumd.serve.sip.tls import names_in

            certificate = transport.getPeerCertificate()
            names = names_in(certificate.to_cryptography()) if certificate is not None else ()
        host = address.host.partition("%")[0]
        return Source(host, address.port, self.over, self, names)

    def _note_activity(self) -> None:
        """Begin the idle time anew: whole messages and keep-alives count."""
        self._heard_s = self._now_s()
        self._home.active(self)

    def _look_by(self, at_s: float) -> None:
        """See to it that the limits are looked at by then."""
        if self._timer.active() and at_s < self._timer.getTime():
            self._timer.reset(max(0.0, at_s - self._now_s()))

    def _look(self) -> None:
        """Cut off or close what took too long; else look again when the next limit is due."""
        now_s, counts = self._now_s(), self._home.driver.counts
        if self.closing:
            self.abort()
            return
        if self._paused_s is not None and now_s >= self._paused_s + PATIENCE_S:
            counts.event("slow-reader")
            self.abort()
            return
        if self._framer is not None and self._framer.overdue(now_s):
            counts.event("slow-sender")
            self.abort()
            return
        if now_s >= self._heard_s + self._quiet_s:
            self._timer = self._home.clock.callLater(PATIENCE_S, self._look)
            self.close()
            return
        self._timer = self._home.clock.callLater(self._next_s() - now_s, self._look)

    def _next_s(self) -> float:
        """Return when the next limit is due."""
        moments = [self._heard_s + self._quiet_s]
        if self._paused_s is not None:
            moments.append(self._paused_s + PATIENCE_S)
        if self._framer is not None and self._framer.deadline_s is not None:
            moments.append(self._framer.deadline_s)
        return min(moments)

    def _now_s(self) -> float:
        """Return the time by the reactor's clock."""
        return self._home.driver.clock.seconds()


class _WayBack(ClientFactory):
    """Brings one answer to a peer that closed the connection it asked on."""

    noisy = False

    def __init__(self, streams: SipStreamFactory, octets: bytes) -> None:
        """Bring *octets*; the connection is one of *streams* from then on."""
        self._streams = streams
        self._octets = octets

    def buildProtocol(self, addr: IAddress | None) -> SipStream:  # noqa: N802 (Twisted's name)
        """Return the connection, which is told what to say first."""
        self._streams.delivered("reconnected")
        return _Messenger(self._streams, peer_of(addr), self._octets)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: N802
        """Give up: there is no other address to try (RFC 3263 section 5 is for names)."""
        self._streams.delivered("undelivered")


class _Messenger(SipStream):
    """A connection that begins with an answer of ours."""

    def __init__(self, factory: SipStreamFactory, peer: str, octets: bytes) -> None:
        """Say *octets* first."""
        SipStream.__init__(self, factory, peer, Transport.TCP)
        self._first = octets

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Say what there is to say, and listen: the peer may want to use it again."""
        SipStream.connectionMade(self)
        self._stream.write(self._first)
