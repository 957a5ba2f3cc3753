"""What is wrong with a zone: what other servers would refuse, and what clients stumble over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import dns.name
import dns.rdata
import dns.rdataclass
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.core.apex import Apex, parse_name
from enumd.core.number import E164_DIGITS, Number
from enumd.core.rrset import RRset, RRType
from enumd.core.uri import LONG_OCTETS
from enumd.errors import BadOwnerName
from enumd.registry import records
from enumd.registry.files.astray import astray
from enumd.registry.hidden import find_hidden_number
from enumd.registry.lifecycle import DEFAULT_POLICY, Policy
from enumd.registry.lifecycle_sql import is_standing
from enumd.registry.occlusion import occlusion_of
from enumd.registry.schema import APEX_OWNER, EndpointRow, NumberRow, PoolRow, ZoneRow

YATE_OCTETS: Final = 63
"""Yate keeps an owner name in 64 octets: 15 digits with their dots leave 33 for the apex."""

_DAY_S: Final = 86_400
_SHOWN: Final = 10
"""How many numbers with the same fault are named."""

Records = dict[str, dict[int, RRset]]


class Severity(StrEnum):
    """How bad a fault is."""

    ERROR = "error"
    """Other servers refuse the zone, or answers are wrong."""
    WARNING = "warning"
    """It works, and somebody will be sorry."""


@dataclass(frozen=True, slots=True)
class ZoneFault:
    """One thing wrong with a zone: where, what, and what helps."""

    severity: Severity
    where: str
    text: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.severity}: {self.where}: {self.text}"


def check(
    session: Session, zone: ZoneRow, now_s: int, policy: Policy = DEFAULT_POLICY
) -> list[ZoneFault]:
    """Return everything wrong with *zone* at *now_s*, errors first.

    It reads all records and endpoints of the zone, which takes seconds for a million numbers.
    """
    there: Records = {}
    for owner, rrset in records.listing(session, zone):
        there.setdefault(owner, {})[rrset.rrtype] = rrset
    faults = [
        *_apex(zone),
        *_soa(zone, there),
        *_name_servers(zone, there),
        *_pools(session, zone),
        *_beside_numbers(session, zone, there, now_s),
        *_astray(zone, there),
        *_endpoints(session, zone, policy),
    ]
    return sorted(faults, key=lambda fault: fault.severity is not Severity.ERROR)


def _apex(zone: ZoneRow) -> Iterator[ZoneFault]:
    """Yield what is wrong with the apex and the digits it stands for."""
    tree = zone.tree
    longest = Number(tree.prefix.ljust(max(E164_DIGITS, len(tree.prefix) + 1), "9"))
    try:
        octets = len(tree.owner_name(longest).to_text(omit_final_dot=True))
    except BadOwnerName as error:
        yield ZoneFault(Severity.ERROR, zone.apex, f"numbers of 15 digits do not fit: {error.why}")
        return
    if octets > YATE_OCTETS:
        why = f"owner names of 15 digits have {octets} octets; Yate cuts them at {YATE_OCTETS}"
        yield ZoneFault(Severity.WARNING, zone.apex, why)
    digits = Apex(parse_name("e164.arpa")).digits(tree.name)
    if digits is not None and digits != tree.prefix:
        why = f"the name stands for {digits or 'no digits'}, the zone for {tree.prefix or 'none'}"
        yield ZoneFault(Severity.ERROR, zone.apex, f"{why} (RFC 6116 section 3.2)")


def _soa(zone: ZoneRow, there: Records) -> Iterator[ZoneFault]:
    """Yield what is wrong with the SOA (RFC 1912 section 2.2, RFC 2308 section 5)."""
    where = f"{zone.apex} SOA"
    if zone.retry_s >= zone.refresh_s:
        why = f"retry {zone.retry_s} s is not shorter than refresh {zone.refresh_s} s"
        yield ZoneFault(Severity.WARNING, where, why)
    if zone.expire_s <= zone.refresh_s + zone.retry_s:
        why = f"expire {zone.expire_s} s leaves no time for a refresh that failed once"
        yield ZoneFault(Severity.WARNING, where, why)
    if zone.absence_ttl_s > _DAY_S:
        why = f"negative TTL {zone.absence_ttl_s} s hides a new claim for more than a day"
        yield ZoneFault(Severity.WARNING, where, why)
    if parse_name(zone.mname) not in _targets(there.get(APEX_OWNER, {}).get(RRType.NS)):
        why = f"MNAME {zone.mname} is none of the name servers; right only for a hidden primary"
        yield ZoneFault(Severity.WARNING, where, why)


def _name_servers(zone: ZoneRow, there: Records) -> Iterator[ZoneFault]:
    """Yield what is wrong with the NS records (RFC 1034 section 4.1, RFC 2181 section 10.3)."""
    targets = _targets(there.get(APEX_OWNER, {}).get(RRType.NS))
    if not targets:
        yield ZoneFault(Severity.ERROR, f"{zone.apex} NS", "a zone has name servers, this has none")
    if len(targets) == 1:
        why = "one name server only; registries and resolvers expect two"
        yield ZoneFault(Severity.WARNING, f"{zone.apex} NS", why)
    for owner, types in there.items():
        for target in _targets(types.get(RRType.NS)):
            yield from _target(zone, there, owner, target)


def _target(
    zone: ZoneRow, there: Records, owner: str, target: dns.name.Name
) -> Iterator[ZoneFault]:
    """Yield what is wrong with one NS target, as far as this zone can know it."""
    if not target.is_subdomain(parse_name(zone.apex)):
        return
    types = there.get(records.relative(zone, target), {})
    where = f"{records.absolute(zone, owner)} NS"
    if RRType.CNAME in types:
        yield ZoneFault(Severity.ERROR, where, f"{target} is an alias (RFC 2181 section 10.3)")
    elif not {RRType.A, RRType.AAAA} & types.keys():
        why = (
            f"{target} has no A or AAAA in this zone: nobody finds it, and BIND loads no such zone"
        )
        yield ZoneFault(Severity.ERROR, where, why)


def _pools(session: Session, zone: ZoneRow) -> Iterator[ZoneFault]:
    """Yield the pools with numbers the zone does not stand for."""
    for pool in session.scalars(select(PoolRow).where(PoolRow.zone_id == zone.id)):
        if not all(zone.tree.covers(Number(end)) for end in (pool.first, pool.last)):
            why = f"+{pool.first} to +{pool.last} is not all below +{zone.prefix}"
            yield ZoneFault(Severity.ERROR, f"pool {pool.name}", why)


def _beside_numbers(
    session: Session, zone: ZoneRow, there: Records, now_s: int
) -> Iterator[ZoneFault]:
    """Yield the records that stand in the way of claimed numbers."""
    for owner, types in there.items():
        name = records.absolute(zone, owner)
        digits = zone.tree.digits(name)
        if digits is None or digits.endswith("*"):
            continue
        whole = zone.prefix + digits
        if {RRType.CNAME, RRType.NAPTR} & types.keys() and _stands(session, zone, whole, now_s):
            yield ZoneFault(
                Severity.ERROR, str(name), f"+{whole} is claimed and publishes here, too"
            )
        cuts = [rrtype for rrtype in types if occlusion_of(rrtype, at_apex=not digits).below]
        if any(find_hidden_number(session, zone, digits, cut, now_s) for cut in cuts):
            begins = f"that begin with +{whole} " if whole else ""
            why = f"numbers {begins}are claimed, and the delegation hides them"
            yield ZoneFault(Severity.WARNING, str(name), why)


def _astray(zone: ZoneRow, there: Records) -> Iterator[ZoneFault]:
    """Yield the names with NAPTRs of ENUM that are the name of no number."""
    for owner, types in there.items():
        name = records.absolute(zone, owner)
        rrset = types.get(RRType.NAPTR)
        if rrset and (why := astray(zone.tree, name, rrset.rdatas)):
            yield ZoneFault(Severity.WARNING, f"{name} NAPTR", why)


def _stands(session: Session, zone: ZoneRow, digits: str, now_s: int) -> bool:
    """Tell whether the number *digits* is somebody's at *now_s*."""
    query = select(NumberRow.id).where(NumberRow.zone_id == zone.id, NumberRow.digits == digits)
    return session.scalar(query.where(is_standing(now_s))) is not None


def _endpoints(session: Session, zone: ZoneRow, policy: Policy) -> Iterator[ZoneFault]:
    """Yield the numbers with more endpoints than they may have, and URIs some clients cut."""
    mine = select(NumberRow.digits).join(EndpointRow, EndpointRow.number_id == NumberRow.id)
    mine = mine.where(NumberRow.zone_id == zone.id)
    count = func.count()
    many = mine.add_columns(count).group_by(NumberRow.id).having(count > policy.max_endpoints)
    for digits, endpoints in session.execute(many.limit(_SHOWN)):
        why = f"{endpoints} endpoints, and answers are made for {policy.max_endpoints}"
        yield ZoneFault(Severity.ERROR, f"+{digits}", why)
    cut = mine.add_columns(EndpointRow.uri).where(func.length(EndpointRow.uri) > LONG_OCTETS)
    for digits, uri in session.execute(cut.limit(_SHOWN)):
        why = f"{uri} has {len(uri)} octets; Asterisk cuts it at {LONG_OCTETS}"
        yield ZoneFault(Severity.WARNING, f"+{digits}", why)


def _targets(rrset: RRset | None) -> list[dns.name.Name]:
    """Return the names NS records point to."""
    return [
        dns.name.from_wire(rdata, 0)[0].canonicalize() for rdata in (rrset.rdatas if rrset else ())
    ]
