"""From a question to all that its reply holds: aliases followed through every zone of ours.

RFC 1034 section 4.3.2: a CNAME, and the CNAME that a DNAME makes (RFC 6672), restart the look-up at
their target for as long as it is in a zone we publish. The reply then ends as the last look-up
did (RFC 6604); a chain that leaves our zones, or is longer than `MAX_LINKS`, ends with its last
alias, and the resolver goes on from there. Where it has nowhere to go the reply says so: a chain
that comes back to a name it had, or is still led on by a DNAME after so many links, has no end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.dns.lookup import Descent, LiveZone, LookupEnd, look_up
from enumd.dns.outcome import AuthoritySection, DnsOutcome
from enumd.dns.wire import CLASS_IN, LONGEST_NAME_OCTETS, labels_below, suffix
from enumd.index.layout import Zone
from enumd.index.reader import Snapshot
from enumd.index.view import ZoneView

MAX_LINKS: Final = 11
"""Look-ups made for one reply: BIND's `max-query-restarts`, and more than any real chain."""

_ADDRESSES: Final = (RRType.A, RRType.AAAA)


@dataclass(frozen=True, slots=True)
class Placed:
    """An RRset at its owner."""

    owner: bytes
    """The name, uncompressed, in the case it is to be shown in."""
    rrset: RRset


@dataclass(frozen=True, slots=True)
class DnsResolution:
    """An outcome, and what the sections hold."""

    outcome: DnsOutcome
    answer: tuple[Placed, ...] = ()
    authority: tuple[Placed, ...] = ()
    glue: tuple[Placed, ...] = ()
    """Addresses without which a referral leads nowhere (RFC 9471)."""
    extra: tuple[Placed, ...] = ()
    """Other addresses of ours that spare the resolver a question."""
    rrclass: int = CLASS_IN
    """That of every record."""


def resolve(qname: bytes, qtype: int, snapshot: Snapshot, now_s: int) -> DnsResolution:
    """Return where the question ends and everything the reply is made of."""
    name, seen, outcome, strip = qname, set[bytes](), DnsOutcome.REFUSED, 0
    # A DNAME can be passed twice on one way; RFC 2181 section 5: an RRset stands once in a reply.
    answer: dict[tuple[bytes, int], Placed] = {}
    beside: tuple[Placed, ...] = ()
    while name.lower() not in seen and len(seen) < MAX_LINKS:
        seen.add(name.lower())
        view = _view(name.lower(), qtype, snapshot, now_s)
        if view is None:
            break
        zone = LiveZone(view, now_s)
        found = look_up(zone, labels_below(name.lower(), view.zone.apex) or (), qtype)
        outcome, strip = found.outcome, found.strip
        if outcome.rule.authority is not AuthoritySection.NOTHING:
            end = _authority(zone, name, found)
            return replace(end, answer=tuple(answer.values()))
        steps, target = _steps(name, found, qtype)
        for step in steps:
            answer.setdefault((step.owner.lower(), step.rrset.rrtype), step)
        if target is None:
            beside = _beside(zone, found)
            break
        if len(target) > LONGEST_NAME_OCTETS:
            outcome = DnsOutcome.YXDOMAIN
            break
        name = target
    else:
        if name.lower() in seen or strip:
            return DnsResolution(DnsOutcome.ENDLESS)
    return DnsResolution(outcome, tuple(answer.values()), extra=beside)


def _view(name: bytes, qtype: int, snapshot: Snapshot, now_s: int) -> ZoneView | None:
    """Return the zone that answers for *name*: the nearest at or above it.

    DS belongs to the parent (RFC 4035 section 3.1.4.1): where we publish that zone, too, and it
    delegates the name, it answers.
    """
    view = snapshot.zone_of(name)
    if view is None or qtype != RRType.DS or name != view.zone.apex:
        return view
    parent = snapshot.zone_of(suffix(name, 1))
    if parent is None:
        return view
    above = labels_below(name, parent.zone.apex) or ()
    delegates = look_up(LiveZone(parent, now_s), above, RRType.NS).outcome is DnsOutcome.REFERRAL
    return parent if delegates else view


def _steps(name: bytes, found: LookupEnd, qtype: int) -> tuple[list[Placed], bytes | None]:
    """Return what a look-up adds to the answer, and the name to go on with."""
    (rrset,) = found.rrsets
    # An alias that is itself asked for, even one made of a DNAME, is the end.
    wanted = qtype in (RRType.CNAME, RRType.ANY)
    if not found.strip:
        alias = rrset.rrtype == RRType.CNAME and not wanted
        return [Placed(name, rrset)], rrset.rdatas[0] if alias else None
    owner = suffix(name, found.strip)
    dname = Placed(owner, rrset)
    target = name[: len(name) - len(owner)] + rrset.rdatas[0]
    if len(target) > LONGEST_NAME_OCTETS:
        return [dname], target
    # RFC 6672 section 3.1: the CNAME made of a DNAME has its TTL.
    cname = Placed(name, RRset(RRType.CNAME, rrset.ttl_s, (target,)))
    return [dname, cname], None if wanted else target


def _authority(zone: LiveZone, name: bytes, found: LookupEnd) -> DnsResolution:
    """Return the outcome with the sections that tell the resolver how to go on."""
    if found.outcome.rule.authority is AuthoritySection.SOA:
        return DnsResolution(found.outcome, authority=(negative_soa(zone.view.zone),))
    cut = suffix(name, found.strip)
    glue: list[Placed] = []
    extra: list[Placed] = []
    for target in (target for rrset in found.rrsets for target in rrset.rdatas):
        inside = labels_below(target.lower(), cut.lower()) is not None
        (glue if inside else extra).extend(_addresses(zone, target))
    authority = tuple(Placed(cut, rrset) for rrset in found.rrsets)
    return DnsResolution(found.outcome, (), authority, tuple(glue), tuple(extra))


def _beside(zone: LiveZone, found: LookupEnd) -> tuple[Placed, ...]:
    """Return the addresses that this zone has for name servers that were asked for and found."""
    servers = (rrset.rdatas for rrset in found.rrsets if rrset.rrtype == RRType.NS)
    return tuple(each for rdatas in servers for to in rdatas for each in _addresses(zone, to))


def _addresses(zone: LiveZone, target: bytes) -> list[Placed]:
    """Return the addresses that this zone has for a name server, occluded or not."""
    labels = labels_below(target.lower(), zone.view.zone.apex)
    owned = None if labels is None else zone.owned(Descent(labels).owners[-1])
    return [Placed(target, rrset) for rrset in owned or () if rrset.rrtype in _ADDRESSES]


def negative_soa(zone: Zone) -> Placed:
    """Return the SOA with the TTL of negative answers: the lesser of its own and its MINIMUM.

    RFC 2308 section 3; the MINIMUM is the last field of the RDATA. It is not cut short where a name
    is about to expire: for so long, and no longer, its NODATA may outlive it.
    """
    soa = zone.soa
    minimum_s = int.from_bytes(soa.rdatas[0][-4:])
    return Placed(zone.apex, replace(soa, ttl_s=min(soa.ttl_s, minimum_s)))
