"""Zones: apexes, the digits they stand for, what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server; addresses are glue for a name inside the zone."""

    name: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """A zone and the digits it stands for."""

    zone: str
    prefix: str
    serial: int


@dataclass(frozen=True, slots=True)
class AddZone(Request[ZoneFacts]):
    """Add a zone; what is not said is as the configuration of the home has it."""

    apex: str
    prefix: str | None = None
    """None: what the name says, which is nothing but below e164.arpa."""
    name_servers: tuple[NameServer, ...] = ()
    ttl_s: int | None = None
    negative_ttl_s: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneState(ZoneFacts):
    """A zone, and what of it is published."""

    published: int | None = None
    """The serial that servers answer with."""
    names: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneStates:
    """All zones by apex."""

    zones: tuple[ZoneState, ...]


@dataclass(frozen=True, slots=True)
class ListZones(Request[ZoneStates]):
    """List the zones, with the serial committed and the serial published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCard(ZoneState):
    """A zone: its SOA, its name servers and what is published."""

    name_servers: tuple[str, ...]
    mname: str
    rname: str
    ttl_s: int
    negative_ttl_s: int
    soa_ttl_s: int | None
    absence_ttl_s: int
    """How long what does not exist is remembered (RFC 2308 section 5)."""
    refresh_s: int
    retry_s: int
    expire_s: int
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowZone(Request[ZoneCard]):
    """Show a zone: its SOA, its name servers and what is published."""

    apex: str


@dataclass(frozen=True, slots=True)
class ZoneEdited:
    """A zone whose SOA, TTLs or name servers were changed."""

    zone: str


@dataclass(frozen=True, slots=True)
class EditZone(Request[ZoneEdited]):
    """Change what a zone says of itself; what is not said stays as it is."""

    apex: str
    name_servers: tuple[NameServer, ...] = ()
    """In place of those there are; none leaves them."""
    ttl_s: int | None = None
    negative_ttl_s: int | None = None
    soa_ttl_s: int | None = None
    refresh_s: int | None = None
    retry_s: int | None = None
    expire_s: int | None = None
    mname: str | None = None
    rname: str | None = None


@dataclass(frozen=True, slots=True)
class ZoneGone:
    """What went with a zone."""

    zone: str
    numbers: int
    rrsets: int
    pools: int


@dataclass(frozen=True, slots=True)
class RemoveZone(Request[ZoneGone]):
    """Remove a zone with its records and pools; the change log keeps what was there."""

    apex: str
    with_numbers: bool = False
    """Although numbers of it are somebody's."""


@dataclass(frozen=True, slots=True)
class ZoneComplaint:
    """What would keep a zone from loading or working elsewhere."""

    zone: str
    severity: str
    """`error` or `warning`."""
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class ZoneReport:
    """What checking zones came to."""

    checked: int
    complaints: tuple[ZoneComplaint, ...]


@dataclass(frozen=True, slots=True)
class CheckZones(Request[ZoneReport]):
    """Check that a zone, or every zone, would load and work elsewhere."""

    apex: str | None = None
