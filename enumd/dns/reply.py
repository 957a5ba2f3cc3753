"""A resolution to octets: sections, compression, truncation.

Rules for this file:

- The question section is that of the query, octet for octet; an owner that ends like a name already
  written points to it, and takes its case. Inside RDATA the names of an SOA are compressed, which
  every denial has, and no others: RFC 3597 section 4 forbids it for NAPTR and all later types.
- A reply holds whole RRsets or TC (RFC 2181 section 9). One that is too long loses the addresses a
  resolver can ask for itself; where that is not enough it becomes the question, OPT and TC alone,
  since no resolver may use a part.
- An extended error is never in the way of data (RFC 8914 section 3): every outcome that has one has
  empty sections, and the header, any question and our OPT fit 512 octets.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from enumd.core.rrset import RRType
from enumd.dns.chase import DnsResolution, Placed
from enumd.dns.wire import (
    AA,
    CD,
    CLASS_ANY,
    CLASS_IN,
    HEADER_OCTETS,
    LONGEST_NAME_OCTETS,
    QR,
    RD,
    TC,
    Query,
    split,
)
from enumd.index.records import pack_record

_HEADER: Final = struct.Struct("!6H")
_POINTER: Final = 0xC000
_NAMES: Final = (RRType.NS, RRType.CNAME, RRType.DNAME)
"""Types whose RDATA is one name and nothing else."""
_FIXED_OCTETS: Final = 10
"""TYPE, CLASS, TTL and RDLENGTH."""
_SOA_FIELDS_OCTETS: Final = 20
"""Serial, refresh, retry, expire and MINIMUM (RFC 1035 section 3.3.13)."""
_FARTHEST: Final = 0x3FFF
"""Where a compression pointer can still point (RFC 1035 section 4.1.4)."""


def assemble(query: Query, resolution: DnsResolution, opt: bytes, limit_octets: int) -> bytes:
    """Return the reply in at most *limit_octets*, with the OPT record given or none (empty)."""
    full = (resolution.answer, resolution.authority, resolution.glue + resolution.extra)
    lean = (resolution.answer, resolution.authority, resolution.glue)
    for sections in (full, lean):
        octets = _message(query, resolution, sections, opt)
        if len(octets) <= limit_octets:
            return octets
    return _message(query, resolution, ((), (), ()), opt, TC)


def _message(
    query: Query,
    resolution: DnsResolution,
    sections: Sequence[Iterable[Placed]],
    opt: bytes,
    flags: int = 0,
) -> bytes:
    """Return the reply with these three sections, whatever its length."""
    body = Body(query.question, resolution.rrclass)
    counts = [sum(map(body.add, section)) for section in sections]
    counts[-1] += bool(opt)
    # RA and Z stay 0, and AD: it is for who checks signatures (RFC 4035 section 3.1.6).
    flags |= QR | query.opcode << 11 | (RD if query.rd else 0) | (CD if query.cd else 0)
    rule = resolution.outcome.rule
    # RFC 1034 section 3.7.1: no answer for any class is authoritative, as nobody has them all.
    aa = (rule.aa or resolution.answer) and query.qclass != CLASS_ANY
    flags |= (rule.rcode & 0xF) | (AA if aa else 0)
    header = _HEADER.pack(query.id, flags, bool(query.question), *counts)
    return header + body.octets + opt


class Body:
    """The octets behind the header, and where in the message each name stands."""

    def __init__(self, question: bytes, rrclass: int = CLASS_IN) -> None:
        """Begin with the question section, the name of which every other may point into."""
        self.octets = bytearray(question)
        self._rrclass = rrclass
        self._places: dict[bytes, int] = {}
        self._remember(question[:-4], HEADER_OCTETS)

    def add(self, placed: Placed) -> int:
        """Append every record of an RRset and return how many they are."""
        rrset = placed.rrset
        for rdata in rrset.rdatas:
            owner = self._written(placed.owner)
            if rrset.rrtype == RRType.SOA:
                rdata = self._compressed(rdata, len(self.octets) + len(owner) + _FIXED_OCTETS)
            self.octets += pack_record(rrset.rrtype, rrset.ttl_s, rdata, owner, self._rrclass)
            if rrset.rrtype in _NAMES:
                self._remember(rdata, HEADER_OCTETS + len(self.octets) - len(rdata))
        return len(rrset.rdatas)

    def _compressed(self, soa: bytes, begins: int) -> bytes:
        """Return the RDATA of an SOA that *begins* so many octets into the body."""
        names, fields = soa[:-_SOA_FIELDS_OCTETS], soa[-_SOA_FIELDS_OCTETS:]
        end = sum(1 + len(label) for label in split(names)) + 1
        mname = self._written(names[:end], begins)
        return mname + self._written(names[end:], begins + len(mname)) + fields

    def _written(self, name: bytes, begins: int | None = None) -> bytes:
        """Return *name* as it is written next: a pointer from the first suffix already there.

        *begins* is how many octets into the body that is, None for its end.
        """
        at = HEADER_OCTETS + (len(self.octets) if begins is None else begins)
        for place in _suffixes(name):
            if (there := self._places.get(name[place:].lower())) is not None:
                self._remember(name, at, place)
                return name[:place] + (_POINTER | there).to_bytes(2)
        self._remember(name, at)
        return name

    def _remember(self, name: bytes, at: int, until: int = LONGEST_NAME_OCTETS) -> None:
        """Note that *name*, uncompressed *until* there, stands *at* so many octets from the top."""
        for place in _suffixes(name):
            if place < until and at + place <= _FARTHEST:
                self._places.setdefault(name[place:].lower(), at + place)


def _suffixes(name: bytes) -> Iterator[int]:
    """Yield where each label of an uncompressed name begins; the root has none."""
    place = 0
    while place < len(name) and name[place]:
        yield place
        place += 1 + name[place]
