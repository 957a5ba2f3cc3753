"""What the registry publishes of a zone, and under which key of the index.

::

    state       published                                    table `entries`
    claimed     its endpoints; a name that owns nothing       -
                where it has none
    suspended   a name that owns nothing: NODATA              suspended
    released    nothing: NXDOMAIN                             quarantine, until it ends
    held        nothing                                       -

A claim that has an end is published with it, and whoever reads the index keeps to it by the second;
once it has ended, it is published as `lifecycle` says. A quarantine stays published with its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import dns.name

from enumd.core.apex import parse_name
from enumd.core.endpoint import rdata_of
from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.core.validity import is_valid
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Answer, Zone, pack_digits, pack_labels
from enumd.index.records import pack_answer, pack_record
from enumd.registry.lifecycle import STANDING, State
from enumd.registry.occlusion import drop_hidden
from enumd.registry.schema import APEX_OWNER, ZoneRow

Endpoint = tuple[int, str, str]
"""Preference, Enumservice and URI, as they are stored."""

NumberContent = tuple[str, str, int | None, int | None, int | None, list[Endpoint]]
"""Digits, state, until_s (of a claim, when it is free again after its end), not_after_s, TTL
(None: that of the zone) and endpoints of a number.

A plain tuple: one that names its fields takes longer to make than all the rest."""

RENDERING: Final = 3
"""Version of what is made of the rows of a registry. Whoever lets the same rows be published
differently counts it on, and the next publish renders every zone anew."""

_LENGTH_OCTETS: Final = 2
_CLAIMED: Final = State.CLAIMED.value
_NO_RECORDS: Final[tuple[RRset, ...]] = ()


class Renderer:
    """Renders the names of one zone as they are at one second."""

    def __init__(self, zone: ZoneRow, now_s: float) -> None:
        """Remember what all names of *zone* have in common."""
        self._now_s = now_s
        self._prefix_length = len(zone.prefix)
        self._ttl_s = zone.ttl_s
        # All of a record before the length of its RDATA is the same for every endpoint.
        self._head = _head(zone.ttl_s)

    @staticmethod
    def shape(zone: ZoneRow) -> str:
        """Return what all names of *zone* have in common, as a text that differs where they do."""
        return f"rendering {RENDERING}, prefix {zone.prefix}, ttl {zone.ttl_s}"

    def key(self, digits: str) -> bytes:
        """Return the key of a number."""
        return pack_digits(digits[self._prefix_length :])

    def records(self, beside: Sequence[RRset]) -> Answer | None:
        """Return what is published at a name that has the records *beside* alone, None for none."""
        return pack_answer(beside) if beside else None

    def number(
        self, number: NumberContent, beside: Sequence[RRset] = _NO_RECORDS
    ) -> tuple[Answer | None, Entry | None]:
        """Return what is published at the name of *number*: an answer, and what is known beyond.

        None is no name, and nothing known. *beside* are the records the zone has at that name.
        """
        _, state, until_s, not_after_s, ttl_s, endpoints = number
        if state != _CLAIMED or not_after_s is not None:
            if state not in STANDING or not is_valid(not_after_s, self._now_s):
                return self.records(beside), _quarantine(state, until_s)
            if state == State.SUSPENDED:
                return Answer(0, b"", not_after_s or 0), Entry(EntryState.SUSPENDED)
        if beside:
            own_s = self._ttl_s if ttl_s is None else ttl_s
            rdatas = [rdata_of(*endpoint) for endpoint in endpoints]
            return pack_answer(_together(rdatas, own_s, beside), not_after_s or 0), None
        head = self._head if ttl_s is None else _head(ttl_s)
        records = [
            b"%b%b%b" % (head, len(rdata := rdata_of(*each)).to_bytes(2, "big"), rdata)
            for each in endpoints
        ]
        return Answer(len(records), b"".join(records), not_after_s or 0), None


def _head(ttl_s: int) -> bytes:
    """Return all of a NAPTR record with TTL *ttl_s* before the length of its RDATA."""
    return pack_record(RRType.NAPTR, ttl_s, b"")[:-_LENGTH_OCTETS]


def _quarantine(state: str, until_s: int | None) -> Entry | None:
    """Return what SIP and HTTP are to know of a number that is out of the zone, or None.

    A claim that has ended rests as a number that was released does.
    """
    rests = state == State.RELEASED or state in STANDING
    return Entry(EntryState.QUARANTINE, until_s or 0) if rests else None


def owner_key(owner: str) -> bytes:
    """Return the key of an owner as the table `record` writes it; b"" is the apex."""
    if owner == APEX_OWNER:
        return b""
    return pack_labels(dns.name.from_text(owner, None).labels)


def zone_head(zone: ZoneRow, at_apex: Iterable[RRset]) -> Zone:
    """Return the head of *zone*: its SOA and the records it has *at_apex*.

    An SOA without a TTL of its own has that of the negative answers it stands in (RFC 2308
    section 5); one with a TTL has that, and negative answers the lesser of both.
    """
    soa_ttl_s = zone.negative_ttl_s if zone.soa_ttl_s is None else zone.soa_ttl_s
    times = (zone.serial, zone.refresh_s, zone.retry_s, zone.expire_s, zone.negative_ttl_s)
    rdata = b"".join(
        (
            _wire(zone.mname),
            _wire(zone.rname),
            *(value.to_bytes(4, "big") for value in times),
        )
    )
    return Zone(
        apex=_wire(zone.apex),
        prefix=zone.prefix,
        serial=Serial(zone.serial),
        rrsets=(RRset(RRType.SOA, soa_ttl_s, (rdata,)), *at_apex),
    )


def _wire(name: str) -> bytes:
    """Return a name in lower-case wire form."""
    return parse_name(name).canonicalize().to_wire() or b""


def _together(rdatas: Sequence[bytes], ttl_s: int, beside: Sequence[RRset]) -> Sequence[RRset]:
    """Return the RRsets of a name that has endpoints and records.

    An RRset has one TTL, so NAPTRs that are no endpoints join at the least (RFC 2181 section 5.2).
    """
    # Whatever else stands beside a CNAME would break the zone.
    beside = drop_hidden(list(beside))
    if beside[0].rrtype == RRType.CNAME:
        return beside
    others = [rrset for rrset in beside if rrset.rrtype != RRType.NAPTR]
    naptrs = [rrset for rrset in beside if rrset.rrtype == RRType.NAPTR]
    joined = [rdata for rrset in naptrs for rdata in rrset.rdatas]
    ttl_s = min([rrset.ttl_s for rrset in naptrs] + [ttl_s] * bool(rdatas or not naptrs))
    merged = tuple(dict.fromkeys((*rdatas, *joined)))
    return [RRset(RRType.NAPTR, ttl_s, merged), *others] if merged else others
