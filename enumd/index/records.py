"""Records as they go on the wire (RFC 1035 section 4.1.3), which is how the index keeps them."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.index.values import Answer

OWNER: Final = b"\xc0\x0c"
"""Compression pointer to the question name (RFC 1035 section 4.1.4): every owner in an answer."""

_CLASS_IN: Final = 1
_TAIL: Final = struct.Struct("!HHIH")
_CUTS: Final = frozenset((RRType.NS, RRType.DNAME))


def pack_record(
    rrtype: int, ttl_s: int, rdata: bytes, owner: bytes = OWNER, rrclass: int = _CLASS_IN
) -> bytes:
    """Return one record; *owner* is written as it is given."""
    return owner + _TAIL.pack(rrtype, rrclass, ttl_s, len(rdata)) + rdata


def pack_answer(
    rrsets: Iterable[RRset], not_after_s: int = 0, signatures: Iterable[RRset] = ()
) -> Answer:
    """Return everything published at one name, as the index keeps it.

    *signatures* are RRsets of type RRSIG that sign the others.
    """
    rendered: list[bytes] = []
    types: set[int] = set()
    for rrset in rrsets:
        types.add(rrset.rrtype)
        rendered += _pack_rrset(rrset)
    return Answer(
        count=len(rendered),
        records=b"".join(rendered),
        not_after_s=not_after_s,
        mixed=not types <= {RRType.NAPTR},
        cut=not types.isdisjoint(_CUTS),
        signatures=b"".join(record for rrset in signatures for record in _pack_rrset(rrset)),
    )


def unpack_answer(answer: Answer) -> tuple[RRset, ...]:
    """Return the RRsets `pack_answer` was given, without the signatures.

    Raises:
        ValueError: the octets are not *count* whole records.
    """
    found: dict[int, tuple[int, list[bytes]]] = {}
    place = 0
    try:
        for _ in range(answer.count):
            start = place + len(OWNER)
            rrtype, _, ttl_s, length = _TAIL.unpack_from(answer.records, start)
            place = start + _TAIL.size + length
            rdata = answer.records[place - length : place]
            found.setdefault(rrtype, (ttl_s, []))[1].append(rdata)
    except struct.error:
        raise ValueError(
            f"{answer.count} records do not fit {len(answer.records)} octets"
        ) from None
    if place != len(answer.records):
        raise ValueError(f"{answer.count} records end at octet {place} of {len(answer.records)}")
    return tuple(RRset(rrtype, ttl_s, tuple(data)) for rrtype, (ttl_s, data) in found.items())


def _pack_rrset(rrset: RRset) -> list[bytes]:
    """Return the records of *rrset*."""
    return [pack_record(rrset.rrtype, rrset.ttl_s, rdata) for rdata in rrset.rdatas]
