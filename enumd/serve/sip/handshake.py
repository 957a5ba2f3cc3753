"""SIP over TLS, begun a few at a time: each costs a signature, and anybody may ask for one."""

from __future__ import annotations

from typing import Any, Final, cast

from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure

from enumd.net.connections import READ_OCTETS, Clock, Stream
from enumd.net.turns import Turns
from enumd.serve.sip.stream import SipStream, SipStreamFactory
from enumd.sip.transport import Transport

TURN: Final = 2
"""Steps of handshakes before the reactor sees to everything else: one takes 1 ms with RSA."""


class TlsStreamFactory(ServerFactory):
    """Makes the same connections over TLS, within the same limits; TLS wraps it."""

    noisy = False

    def __init__(self, streams: SipStreamFactory) -> None:
        """Be another way in to *streams*."""
        self._streams = streams

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 (Twisted's name)
        """Return a connection for the peer at *addr*, or None when it has too many."""
        connection = self._streams.buildProtocol(addr)
        if connection is not None:
            connection.over = Transport.TLS
        return connection


class PacedTlsFactory(TLSMemoryBIOFactory):
    """Makes connections over TLS that begin when it is their turn."""

    noisy = False

    def __init__(
        self, credentials: IOpenSSLServerConnectionCreator, streams: TlsStreamFactory, clock: Clock
    ) -> None:
        """Have *credentials* begin TLS, and *streams* serve what it carries."""
        wrapped: Any = streams
        TLSMemoryBIOFactory.__init__(self, credentials, False, wrapped, cast(Any, clock))
        self.protocol = PacedTls
        self.turns = Turns(clock, TURN, 1)


class PacedTls(BufferingTLSTransport):
    """The TLS of one connection; what comes before the first words inside waits for its turn."""

    factory: PacedTlsFactory
    _came = b""
    _held = False

    def makeConnection(self, transport: Any) -> None:  # noqa: N802 (Twisted's name)
        """Read little at a time."""
        transport.bufferSize = READ_OCTETS
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Read on, or wait for this connection's turn."""
        if cast(SipStream, self.wrappedProtocol).begun:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            return
        self._came += data
        self.factory.turns.ask(self)

    def go_on(self, most: int) -> int:
        """Take the next step of the handshake with all that came; nothing waits after it."""
        came, self._came = self._came, b""
        if self._held:
            self._held = False
            cast(Stream, self.transport).resumeProducing()
        if came:
            super().dataReceived(came)  # type: ignore[no-untyped-call]
        return 0

    def hold(self) -> None:
        """Read no more until it is this connection's turn."""
        if not self._held:
            self._held = True
            cast(Stream, self.transport).pauseProducing()

    def release(self) -> None:
        """Do nothing: it is read from again since the step began, unless what is inside waits."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Forget what waits."""
        self._came, self._held = b"", False
        super().connectionLost(reason)
