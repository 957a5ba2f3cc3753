"""Connections that keep others served: how many there may be, which goes first, how all end."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from typing import Protocol as Shape

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ServerFactory

from enumd.net.slab import Slab

READ_OCTETS: Final = 8192
"""What is read of a connection in one go: the reactor would take 64 KiB of each in every turn."""

GRACE_S: Final = 0.1
"""At shutdown, what was sent before it is read during this time."""

_ENDING: Final = 2
"""So many times a limit may be open while those that were closed to make room still have to end."""


class Clock(Shape):
    """What a reactor, or a clock in a test, tells the time by."""

    def callLater(  # noqa: N802 (Twisted's name)
        self, delay: float, callable: Callable[..., object], *args: Any
    ) -> DelayedCall:
        """Call in *delay* seconds."""

    def seconds(self) -> float:
        """Return the time in seconds, by a clock that may be set."""


class Stream(Shape):
    """What a connection asks of its transport."""

    bufferSize: int  # noqa: N815 (Twisted's name)
    """Octets that are read in one go."""

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
    """At once from one IPv4 address or one IPv6 /64; one more, and the idlest of them is closed:
    a whole office may share an address, and its newcomers are as good as those who linger."""
    idle_s: float = 10


class ConnectionCells(NamedTuple):
    """The cells of a slab in which connections are counted."""

    slab: Slab
    open: int
    accepted: int
    refused: int
    evicted: int


class Connection(Shape):
    """What is asked of a connection by whoever keeps it within the limits."""

    @property
    def peer(self) -> str:
        """Return what counts as one peer."""

    @property
    def closing(self) -> bool:
        """Tell whether it is ending."""

    def close(self) -> None:
        """Close behind what is written."""

    def finish(self) -> None:
        """Close as soon as everything asked has been answered."""

    def abort(self) -> None:
        """Cut it off."""


class ConnectionFactory(ServerFactory):
    """Makes connections, knows all that are open, and keeps them within the limits."""

    noisy = False

    def __init__(self, limits: TcpLimits, clock: Clock, cells: ConnectionCells) -> None:
        """Keep within *limits*; count connections in *cells*."""
        self.limits = limits
        """May be replaced while connections are open; each takes it up at its next query."""
        self.clock = clock
        self._cells = cells
        # The idlest connection first, of all and of each peer.
        self._open: dict[Connection, None] = {}
        self._peers: dict[str, dict[Connection, None]] = {}
        self._drained: Deferred[None] | None = None
        cells.slab.put(cells.open, 0)

    def connection(self, peer: str, address: IAddress | None) -> Any:
        """Return the protocol of a new connection of *peer*, from *address*."""
        raise NotImplementedError

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802 (Twisted's name)
        """Return a connection for the peer at *addr*; None while too many still have to end."""
        peer, limits = peer_of(addr), self.limits
        of_peer = self._peers.get(peer, ())
        if (
            len(of_peer) >= _ENDING * limits.connections_per_peer
            or len(self._open) >= _ENDING * limits.connections
        ):
            self._cells.slab.add(self._cells.refused)
            return None
        self._cells.slab.add(self._cells.accepted)
        return self.connection(peer, addr)

    def opened(self, connection: Connection) -> None:
        """Take up a new connection, making room for it."""
        of_peer = self._peers.setdefault(connection.peer, {})
        if len(of_peer) >= self.limits.connections_per_peer:
            self._evict_idlest(of_peer)
        elif len(self._open) >= self.limits.connections:
            self._evict_idlest(self._open)
        self._open[connection] = of_peer[connection] = None
        self._cells.slab.put(self._cells.open, len(self._open))

    def active(self, connection: Connection) -> None:
        """Note that a connection asked something."""
        for these in (self._open, self._peers[connection.peer]):
            del these[connection]
            these[connection] = None

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        del self._open[connection]
        of_peer = self._peers[connection.peer]
        del of_peer[connection]
        if not of_peer:
            del self._peers[connection.peer]
        self._cells.slab.put(self._cells.open, len(self._open))
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

    def _evict_idlest(self, connections: Iterable[Connection]) -> None:
        """Close the one of *connections* that was silent for longest."""
        idlest = next((one for one in connections if not one.closing), None)
        if idlest is not None:
            self._cells.slab.add(self._cells.evicted)
            idlest.close()

    def _finish_all(self) -> None:
        """Have every connection close as soon as it has nothing left to answer."""
        for connection in list(self._open):
            connection.finish()
        self._check_drained()

    def _check_drained(self) -> None:
        """Tell who waits for it that the last connection is gone."""
        if self._drained is not None and not self._open and not self._drained.called:
            self._drained.callback(None)


def peer_of(address: IAddress | None) -> str:
    """Return what counts as one peer: an IPv4 address, or the /64 a site has in IPv6."""
    if isinstance(address, IPv6Address):
        host = address.host.partition("%")[0]
        return str(ipaddress.ip_network((host, 64), strict=False))
    return address.host if isinstance(address, IPv4Address) else str(address)
