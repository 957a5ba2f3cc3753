"""Where a request came from and where its response goes (RFC 3261 section 18.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from typing import NamedTuple

from enumd.sip.via import Via


class Transport(Enum):
    """How the octets travel."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    __hash__ = object.__hash__  # that of Enum is a function in Python, for the same result

    def __init__(self, name: str) -> None:
        """Be the transport that Via calls *name*."""
        self.reliable = name != "UDP"
        """Whether nothing sent here is lost without notice."""
        self.default_port = 5061 if name == "TLS" else 5060
        """The port of a sent-by that has none (RFC 3261 section 18.1.1)."""


class Destination(NamedTuple):
    """Where a response goes: over *channel*, to *host* and *port*.

    On a stream the channel is the connection, and the address only matters when that is closed
    and the response still has to get there (RFC 3261 section 18.2.2).
    """

    host: str
    port: int
    transport: Transport
    channel: object


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from."""

    host: str
    """The address as `ipaddress` writes it."""
    port: int
    transport: Transport
    channel: object = None
    """The listener or connection it came in on; it comes back in every `Destination`."""
    tls_names: tuple[str, ...] = ()
    """The names in the client's certificate, verified (RFC 5922 section 7)."""
    back: Destination = field(init=False, repr=False, compare=False)
    """Where a response goes that goes back the way its request came."""

    def __post_init__(self) -> None:
        """Find out, once for all requests, what lies the other way."""
        back = Destination(self.host, self.port, self.transport, self.channel)
        object.__setattr__(self, "back", back)


class Send(NamedTuple):
    """Octets to send, as one datagram or as part of a stream."""

    octets: bytes
    destination: Destination


def response_destination(
    source: Source, via: Via | None, *, force_rport: bool = False, honour_maddr: bool = False
) -> Destination:
    """Return where the response to a request goes (RFC 3261 section 18.2.2, RFC 3581 section 4).

    A `received` that the client wrote itself counts for nothing: the address is always the
    source's. `maddr` is honoured only for those who may have their answers sent elsewhere, because
    anybody else would use us to hit a third party.
    """
    if via is None:
        return source.back
    host, _, transport, channel = source.back
    sent_by_port = via.port or transport.default_port
    if transport is Transport.UDP:
        if honour_maddr and via.maddr:
            return Destination(_spelled(via.maddr), sent_by_port, transport, channel)
        if via.rport or force_rport:
            return source.back
    return Destination(host, sent_by_port, transport, channel)


def _spelled(host: str) -> str:
    """Return *host* as `ipaddress` writes it if it is an address, else as it is."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return host
