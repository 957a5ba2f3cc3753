"""Zones: added, listed, shown, and found for a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import dns.name
from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from enumd.core.apex import Apex
from enumd.core.number import Number
from enumd.core.rrset import MAX_TTL_S, RRset, RRType
from enumd.errors import BadOwnerName, Conflict, NotFound
from enumd.registry import records
from enumd.registry.changes import Change, Json
from enumd.registry.schema import NumberRow, PoolRow, ZoneRow


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the SOA of a zone says, and the TTL its numbers have.

    The times are for trees that change by the minute and secondaries that get NOTIFY: a resolver
    forgets within *ttl_s*; a secondary that heard nothing looks every hour and serves two weeks
    without its primary (RFC 1912 section 2.2).
    """

    ttl_s: int = 300
    negative_ttl_s: int = 60
    """How long a resolver may remember NXDOMAIN and NODATA (RFC 2308): a claim is seen as soon."""
    refresh_s: int = 3600
    retry_s: int = 600
    expire_s: int = 14 * 86_400
    mname: dns.name.Name | None = None
    """The primary server; None: the first name server."""
    rname: dns.name.Name | None = None
    """The mailbox of who is responsible; None: `hostmaster` at the apex."""
    soa_ttl_s: int | None = None
    """The TTL of the SOA itself, where it is another than *negative_ttl_s*: negative answers live
    for the lesser of both (RFC 2308 section 5)."""

    def __post_init__(self) -> None:
        """Refuse times that do not fit 31 bits (RFC 2181 section 8)."""
        for time_s in (
            self.ttl_s,
            self.negative_ttl_s,
            self.refresh_s,
            self.retry_s,
            self.expire_s,
            self.soa_ttl_s or 0,
        ):
            if not 0 <= time_s <= MAX_TTL_S:
                raise ValueError(f"{time_s} seconds do not fit 31 bits")


DEFAULT_PARAMETERS: Final = Parameters()


def add(
    change: Change,
    apex: Apex,
    name_servers: Sequence[dns.name.Name] = (),
    parameters: Parameters = DEFAULT_PARAMETERS,
) -> ZoneRow:
    """Add the zone *apex* with its SOA and NS records; its first serial is 1.

    One that was removed comes back and goes on from the serial it had (RFC 1982): secondaries
    that know it would take no older one.

    Without name servers the zone names `ns` below its own apex, which has no address until
    somebody gives it one: `check` says so.

    Raises:
        Conflict: the registry has that apex already.
        BadOwnerName: `ns` or `hostmaster` does not fit below the apex.
    """
    zone = change.session.scalar(select(ZoneRow).where(ZoneRow.apex == str(apex)))
    before = image(zone) if zone else None
    if zone is None:
        zone = ZoneRow(apex=str(apex), serial=0)
    elif zone.removed_s is None:
        raise Conflict(f"{apex} is a zone of this registry already").advise(
            f"Look at it with `enumd zone show {apex}`, or change it with `enumd zone edit {apex}`."
        )
    servers = tuple(dict.fromkeys(name.canonicalize() for name in name_servers))
    servers = servers or (own_server(apex),)
    rname = parameters.rname or _below("hostmaster", apex)
    zone.prefix, zone.created_s, zone.removed_s = apex.prefix, change.now_s, None
    zone.ttl_s, zone.negative_ttl_s = parameters.ttl_s, parameters.negative_ttl_s
    zone.mname = str(parameters.mname or servers[0]).lower()
    zone.rname = str(rname).lower()
    zone.refresh_s, zone.retry_s = parameters.refresh_s, parameters.retry_s
    zone.expire_s, zone.soa_ttl_s = parameters.expire_s, parameters.soa_ttl_s
    change.session.add(zone)
    change.session.flush()
    change.record(zone, "zone.add", None, before, image(zone))
    records.put(change, zone, apex.name, name_servers_of(servers, parameters.ttl_s))
    return zone


def own_server(apex: Apex) -> dns.name.Name:
    """Return the name server that a zone has at first where none is named.

    Raises:
        BadOwnerName: it does not fit below the apex.
    """
    return _below("ns", apex)


def name_servers_of(servers: Iterable[dns.name.Name], ttl_s: int) -> RRset:
    """Return the NS records that name *servers*."""
    return RRset(RRType.NS, ttl_s, tuple(server.to_wire() or b"" for server in servers))


def listing(session: Session) -> list[ZoneRow]:
    """Return all zones by apex."""
    query = select(ZoneRow).where(ZoneRow.removed_s.is_(None)).order_by(ZoneRow.apex)
    return list(session.scalars(query))


def show(session: Session, apex: dns.name.Name) -> ZoneRow:
    """Return the zone whose apex is *apex*.

    Raises:
        NotFound: there is none.
    """
    text = str(apex.canonicalize())
    query = select(ZoneRow).where(ZoneRow.apex == text, ZoneRow.removed_s.is_(None))
    zone = session.scalar(query)
    if zone is None:
        raise NotFound(f"{text} is no zone of this registry").advise(
            "`enumd zone list` shows the zones there are."
        )
    return zone


def find_for(session: Session, number: Number, apex: dns.name.Name | None = None) -> ZoneRow:
    """Return the zone *number* belongs to.

    The first of these that names exactly one zone: the apex given; the zone that has the number;
    the zone with a pool it lies in; the zone with the longest prefix of it.

    Raises:
        NotFound: no zone stands for this number.
        NumberOutsideTree: the zone given does not.
        Conflict: two zones have the same claim to it.
    """
    if apex is not None:
        zone = show(session, apex)
        zone.tree.labels(number)  # refuses a number outside the tree
        return zone
    claims = _claims(session, number)
    if not claims:
        raise NotFound(f"no zone of this registry stands for {number}").advise(
            "`enumd zone list` shows which digits the zones stand for; `enumd zone add` makes "
            "another."
        )
    best = max(strength for strength, _ in claims)
    zones = [zone for strength, zone in claims if strength == best]
    if len(zones) > 1:
        names = " and ".join(sorted(zone.apex for zone in zones))
        raise Conflict(f"{number} may belong to {names}; say which").advise(
            "Say it with --zone APEX."
        )
    return zones[0]


def _claims(session: Session, number: Number) -> list[tuple[tuple[bool, bool, int], ZoneRow]]:
    """Return the zones that stand for *number*, and how strongly: row, pool, length of prefix."""
    digits = number.digits
    has_row = exists().where(NumberRow.zone_id == ZoneRow.id, NumberRow.digits == digits)
    in_pool = exists().where(
        PoolRow.zone_id == ZoneRow.id,
        PoolRow.first <= digits,
        PoolRow.last >= digits,
        func.length(PoolRow.first) == len(digits),
    )
    covers = or_(
        ZoneRow.prefix == "",
        func.substr(literal(digits), 1, func.length(ZoneRow.prefix)) == ZoneRow.prefix,
    )
    query = select(ZoneRow, has_row, in_pool).where(covers, ZoneRow.removed_s.is_(None))
    return [
        ((bool(row), bool(pool), len(zone.prefix)), zone)
        for zone, row, pool in session.execute(query)
    ]


def _below(label: str, apex: Apex) -> dns.name.Name:
    """Return the name *label* right below *apex*."""
    try:
        return dns.name.Name((label.encode(), *apex.name.canonicalize().labels))
    except dns.name.NameTooLong:
        raise BadOwnerName(f"no room for {label} below this apex", str(apex)) from None


def image(zone: ZoneRow) -> dict[str, Json]:
    """Return a zone as the log says it: all but its serial, which never goes back."""
    removed: dict[str, Json] = {} if zone.removed_s is None else {"removed_s": zone.removed_s}
    return {
        "apex": zone.apex,
        "prefix": zone.prefix,
        "ttl_s": zone.ttl_s,
        "negative_ttl_s": zone.negative_ttl_s,
        "mname": zone.mname,
        "rname": zone.rname,
        "refresh_s": zone.refresh_s,
        "retry_s": zone.retry_s,
        "expire_s": zone.expire_s,
        "soa_ttl_s": zone.soa_ttl_s,
        "created_s": zone.created_s,
        **removed,
    }


def tell_idle_minimum(apex: str, negative_ttl_s: int, soa_ttl_s: int | None) -> str:
    """Return what to know where the SOA MINIMUM is over the SOA's own TTL, or nothing.

    The lesser of both is how long absence is remembered (RFC 2308 section 5).
    """
    if soa_ttl_s is None or negative_ttl_s <= soa_ttl_s:
        return ""
    return (
        f"what does not exist is remembered {soa_ttl_s} s and not {negative_ttl_s} s, because the "
        f"SOA's own TTL is less (RFC 2308 section 5); if it is to be remembered longer, run: "
        f"enumd zone edit {apex} --soa-ttl {negative_ttl_s}"
    )
