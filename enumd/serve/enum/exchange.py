"""One DNS query and its reply, on a reactor: over UDP, and over TCP where the reply is cut.

Every query has a socket of its own, at a port the system chooses, connected to the server: the
kernel lets nothing in from anywhere else. What comes from there and is no reply to the query is
ignored as if it had not come (RFC 5452 section 9).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from typing import Any, Final

import dns.flags
from dns.message import QueryMessage
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.defer import TimeoutError as OutOfTime
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.dns.stub import reply_to
from enumd.errors import ServiceError
from enumd.net.listeners import Address

_LENGTH_OCTETS: Final = 2
_LONGEST_OCTETS: Final = 65535


@inlineCallbacks
def exchange(
    reactor: Any, server: Address, query: QueryMessage, timeout_s: float
) -> Generator[Deferred[QueryMessage], QueryMessage, QueryMessage]:
    """Return the reply of *server* to *query*, which has *timeout_s* to come.

    Fails with:
        ServiceError: it did not, or there is no socket to ask from.
    """
    until_s = reactor.seconds() + timeout_s
    try:
        reply = yield _over_udp(reactor, server, query).addTimeout(timeout_s, reactor)
        if reply.flags & dns.flags.TC:
            left_s = max(0.0, until_s - reactor.seconds())
            reply = yield _over_tcp(reactor, server, query).addTimeout(left_s, reactor)
    except OutOfTime:
        raise ServiceError("no reply in time") from None
    except OSError as error:
        raise ServiceError(os.strerror(error.errno) if error.errno else str(error)) from None
    return reply


def _over_udp(reactor: Any, server: Address, query: QueryMessage) -> Deferred[QueryMessage]:
    """Return the first reply to *query* that comes in a datagram."""
    sock = socket.socket(server.family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(server.sockaddr())
        sock.send(query.to_wire())
    except OSError:
        sock.close()
        raise
    done: Deferred[QueryMessage] = Deferred()
    reader = _Datagrams(sock, query, done)
    reactor.addReader(reader)

    def close(result: Any) -> Any:
        reactor.removeReader(reader)
        sock.close()
        return result

    return done.addBoth(close)


def _over_tcp(reactor: Any, server: Address, query: QueryMessage) -> Deferred[QueryMessage]:
    """Return the reply to *query* over a connection made for it."""
    done: Deferred[QueryMessage] = Deferred()
    connector = reactor.connectTCP(server.host, server.port, _Connecting(query, done))

    def close(result: Any) -> Any:
        connector.disconnect()
        return result

    return done.addBoth(close)


@implementer(IReadDescriptor)
class _Datagrams:
    """The socket of one query."""

    def __init__(
        self, sock: socket.socket, query: QueryMessage, done: Deferred[QueryMessage]
    ) -> None:
        """Give the reply to *query* to *done*."""
        self._sock = sock
        self._query = query
        self._done = done

    def fileno(self) -> int:
        """Return the descriptor, for the reactor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """Return the name of this descriptor in Twisted's log."""
        return "enum-client"

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Read one datagram; anything but the reply leaves the query waiting."""
        try:
            octets = self._sock.recv(_LONGEST_OCTETS)
        except BlockingIOError:
            return
        except OSError as error:  # an ICMP message came: nobody listens there
            self._done.errback(error)
            return
        if (reply := reply_to(self._query, octets)) is not None:
            self._done.callback(reply)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """End with the reactor, or because of an ICMP message that it did not have read."""
        if not self._done.called:
            error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            why = os.strerror(error) if error else reason.getErrorMessage()
            self._done.errback(ServiceError(why))


class _Connecting(ClientFactory):
    """Makes the connection for one query."""

    noisy = False

    def __init__(self, query: QueryMessage, done: Deferred[QueryMessage]) -> None:
        """Give the reply to *query* to *done*."""
        self._query = query
        self._done = done

    def buildProtocol(self, addr: object) -> Protocol:  # noqa: N802 (Twisted's name)
        """Return what asks, now that there is a connection."""
        return _Stream(self._query, self._done)

    def clientConnectionFailed(  # noqa: N802 (Twisted's name)
        self, connector: object, reason: Failure
    ) -> None:
        """Tell why there is none."""
        if not self._done.called:
            self._done.errback(ServiceError(f"TCP: {reason.getErrorMessage()}"))


class _Stream(Protocol):
    """The connection of one query (RFC 7766 section 8: two octets of length, then the message)."""

    def __init__(self, query: QueryMessage, done: Deferred[QueryMessage]) -> None:
        """Give the reply to *query* to *done*."""
        self._query = query
        self._done = done
        self._octets = b""

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        """Ask."""
        octets = self._query.to_wire()
        transport: Any = self.transport
        transport.write(len(octets).to_bytes(_LENGTH_OCTETS, "big") + octets)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """Take octets until the message is whole; what comes after it is nobody's."""
        self._octets += data
        end = _LENGTH_OCTETS + int.from_bytes(self._octets[:_LENGTH_OCTETS], "big")
        if self._done.called or len(self._octets) < max(end, _LENGTH_OCTETS):
            return
        reply = reply_to(self._query, self._octets[_LENGTH_OCTETS:end])
        if reply is None:
            self._done.errback(ServiceError("TCP: what came is no reply"))
        else:
            self._done.callback(reply)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 (Twisted's name)
        """Tell that the reply did not come."""
        if not self._done.called:
            self._done.errback(ServiceError("TCP: the connection ended before the reply"))
