"""ICMP errors about datagrams that were sent, as Linux keeps them for a UDP socket (ip(7)).

A UDP socket hears nothing of them unless it asks (IP_RECVERR). From then on each error fails the
next call at the socket, whatever that is about, and has a poll report an error, until it is read
from a queue of its own, which shares the room of the datagrams that wait to be received.

Nothing proves an error: whoever knows both ports can forge one, with any code and in any number.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

_ERROR: Final = struct.Struct("=I4B2I")  # struct sock_extended_err
_CONTROL_OCTETS: Final = 256  # room for that, an address, and the packet's own destination
_QUEUE: Final = getattr(socket, "MSG_ERRQUEUE", 0)

# <linux/in.h> and <linux/in6.h>; Python does not name them in every version.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25

_HOSTS: Final = MappingProxyType({socket.AF_INET: slice(4, 8), socket.AF_INET6: slice(8, 24)})
"""Where the address stands in a sockaddr of each family."""

# <linux/errqueue.h>
_ICMP: Final = 2
_ICMPV6: Final = 3

_UNDELIVERABLE: Final[Mapping[tuple[int, int], frozenset[int]]] = MappingProxyType(
    {
        # 4 is about size; 5 is about source routes, of which we use none.
        (_ICMP, 3): frozenset(range(16)) - {4, 5},
        (_ICMP, 12): frozenset(range(3)),
        (_ICMPV6, 1): frozenset(range(7)),
        (_ICMPV6, 4): frozenset(range(4)),
    }
)
"""By origin and type: the codes of unreachable hosts, networks, ports and protocols, for whatever
reason, and of problems with parameters. They are failures for SIP (RFC 3261 section 18.4), also
those that are but a hint for TCP (RFC 1122 section 4.2.3.9); source quench, time exceeded and a
packet too big for a link are none."""


@dataclass(frozen=True, slots=True)
class IcmpError:
    """What the kernel tells of an error."""

    errno: int
    origin: int
    type: int
    code: int
    info: int
    offender: str
    """Who says so, as `ipaddress` writes it; empty where that is not told."""

    @classmethod
    def parse(cls, octets: bytes) -> IcmpError | None:
        """Return the error in the ancillary data *octets*, or None where they are too few."""
        if len(octets) < _ERROR.size:
            return None
        errno, origin, kind, code, _, info, _ = _ERROR.unpack_from(octets)
        return cls(errno, origin, kind, code, info, _host(octets[_ERROR.size :]))

    @property
    def undeliverable(self) -> bool:
        """Tell whether what is sent there does not arrive (RFC 3261 section 18.4)."""
        return self.code in _UNDELIVERABLE.get((self.origin, self.type), ())


class ErrorQueue:
    """The errors of one UDP socket. Where the system has none of this, there never is one."""

    def __init__(self, sock: socket.socket) -> None:
        """Read the errors of *sock*, which does not block, once they are asked for."""
        self._sock = sock
        self._option = (
            (socket.IPPROTO_IPV6, _IPV6_RECVERR)
            if sock.family == socket.AF_INET6
            else (socket.IPPROTO_IP, _IP_RECVERR)
        )

    def ask(self) -> None:
        """Have the kernel keep errors from now on."""
        if _QUEUE:
            self._sock.setsockopt(*self._option, 1)

    def refuse(self) -> None:
        """Have the kernel forget all errors, and keep none from now on."""
        if _QUEUE:
            self._sock.setsockopt(*self._option, 0)
            # The last one would still fail a call.
            self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def read(self, most: int) -> Iterator[tuple[str, int, IcmpError]]:
        """Take *most* errors that wait; yield those of ICMP with where the datagram was to go."""
        for _ in range(most if _QUEUE else 0):
            try:
                _, control, _, address = self._sock.recvmsg(0, _CONTROL_OCTETS, _QUEUE)
            except OSError:  # there are no more
                return
            for level, kind, octets in control:
                error = IcmpError.parse(octets) if (level, kind) == self._option else None
                if error is not None and error.origin in (_ICMP, _ICMPV6):
                    yield address[0].partition("%")[0], address[1], error


def _host(sockaddr: bytes) -> str:
    """Return the address in a sockaddr as `ipaddress` writes it, "" where there is none."""
    place = _HOSTS.get(int.from_bytes(sockaddr[:2], sys.byteorder))  # type: ignore[call-overload]
    if place is None or len(sockaddr) < place.stop:
        return ""
    return str(ip_address(sockaddr[place]))
