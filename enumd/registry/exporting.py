"""Zones written to files: CSV of numbers, or a BIND zone file of everything.

Both are streamed in the order of the index, so the same registry gives the same octets, and both
hold what is published at that moment: numbers that are claimed. A zone file has no way to say that
a name exists and owns nothing, so numbers without endpoints and suspended ones are not in it; a
number without endpoints is a line of its own in CSV, with `none` as its service. What `import`
makes of either is what was exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

import dns.rdata
import dns.rdataclass
import dns.rdatatype
from sqlalchemy.orm import Session

from enumd.core.literal import write_literal
from enumd.core.naptr_rules import ORDER
from enumd.core.rrset import RRset
from enumd.core.validity import is_valid
from enumd.index.layout import pack_digits
from enumd.registry import records
from enumd.registry.compile.answers import Endpoint, owner_key, zone_head
from enumd.registry.compile.streams import stream_numbers
from enumd.registry.files.csv_dialect import COLUMNS
from enumd.registry.files.csv_format import format_row
from enumd.registry.files.sorting import sort_rows
from enumd.registry.lifecycle import State
from enumd.registry.schema import APEX_OWNER, ZoneRow

Progress = Callable[[int], None]
"""Is told how many names are done."""

_TELL_EVERY: Final = 10_000


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote."""

    numbers: int
    endpoints: int
    records: int = 0
    """Records that are no endpoints; SOA is one."""
    left_out: int = 0
    """Numbers the format cannot say, or that are suspended or past their end."""


def export_csv(
    session: Session, zone: ZoneRow, stream: TextIO, now_s: float, progress: Progress | None = None
) -> ExportResult:
    """Write the numbers of *zone* that are in it at *now_s* to *stream* as CSV."""
    numbers = endpoints = left_out = 0
    stream.write(",".join(COLUMNS) + "\n")
    for digits, found, ttl_s in _reachable(session, zone, now_s):
        if found is None:
            left_out += 1
            continue
        for preference, service, uri in found:
            stream.write(format_row(digits, service, uri, preference, ttl_s) + "\n")
        if not found:
            stream.write(format_row(digits, "", "", None, ttl_s) + "\n")
        numbers += 1
        endpoints += len(found)
        if progress and not numbers % _TELL_EVERY:
            progress(numbers)
    return ExportResult(numbers, endpoints, 0, left_out)


def export_zone(
    session: Session, zone: ZoneRow, stream: TextIO, now_s: float, progress: Progress | None = None
) -> ExportResult:
    """Write *zone* as it is at *now_s* to *stream* as a zone file (RFC 1035 section 5)."""
    writing = _ZoneFile(session, zone, stream)
    writing.head()
    for digits, found, ttl_s in _reachable(session, zone, now_s):
        writing.number(digits, found or (), ttl_s)
        if progress and not writing.numbers % _TELL_EVERY:
            progress(writing.numbers)
    writing.others_before(None)
    return writing.result


def _reachable(
    session: Session, zone: ZoneRow, now_s: float
) -> Iterator[tuple[str, list[Endpoint] | None, int | None]]:
    """Yield the numbers of *zone*, their endpoints, None where they have no say now, and TTL."""
    for digits, state, _, not_after_s, ttl_s, endpoints in stream_numbers(session, zone):
        claimed = state == State.CLAIMED and is_valid(not_after_s, now_s)
        yield digits, endpoints if claimed else None, ttl_s


class _ZoneFile:
    """A zone file being written: numbers, and the other records between them."""

    def __init__(self, session: Session, zone: ZoneRow, stream: TextIO) -> None:
        self._zone = zone
        self._stream = stream
        self._prefix_length = len(zone.prefix)
        self._at_apex = records.at(session, zone, APEX_OWNER)
        self._others = _others(session, zone)
        self._next = next(self._others, None)
        self.numbers = 0
        self._endpoints = 0
        self._records = 0
        self._left_out = 0

    @property
    def result(self) -> ExportResult:
        """Return what was written."""
        return ExportResult(self.numbers, self._endpoints, self._records, self._left_out)

    def head(self) -> None:
        """Write the directives, the SOA and what else the apex owns."""
        zone = self._zone
        self._stream.write(f"$ORIGIN {zone.apex}\n$TTL {zone.ttl_s}\n")
        for rrset in zone_head(zone, self._at_apex).rrsets:
            self._write(APEX_OWNER, rrset)

    def number(
        self, digits: str, endpoints: list[Endpoint] | tuple[Endpoint, ...], ttl_s: int | None
    ) -> None:
        """Write the endpoints of a number, after the records that come before it."""
        labels = digits[self._prefix_length :]
        owner = ".".join(reversed(labels)) or APEX_OWNER
        self.others_before(labels)
        if not endpoints:
            self._left_out += 1
            return
        own_s = self._zone.ttl_s if ttl_s is None else ttl_s
        for preference, service, uri in endpoints:
            naptr = f'{ORDER} {preference} "u" "E2U+{service}" "{write_literal(uri)}" .'
            self._stream.write(f"{owner} {own_s} IN NAPTR {naptr}\n")
        self.numbers += 1
        self._endpoints += len(endpoints)

    def others_before(self, labels: str | None) -> None:
        """Write the other records whose key comes before *labels*; all there are for None."""
        limit = None if labels is None else pack_digits(labels)
        while self._next is not None and (limit is None or self._next[0] < limit):
            _, owner, rrset = self._next
            self._write(owner, rrset)
            self._next = next(self._others, None)

    def _write(self, owner: str, rrset: RRset) -> None:
        """Write the records of an RRset."""
        kind = dns.rdatatype.RdataType.make(rrset.rrtype)
        name = dns.rdatatype.to_text(kind)
        for octets in rrset.rdatas:
            rdata = dns.rdata.from_wire(dns.rdataclass.IN, kind, octets, 0, len(octets))
            self._stream.write(f"{owner} {rrset.ttl_s} IN {name} {rdata.to_text()}\n")
        self._records += len(rrset.rdatas)


def _others(session: Session, zone: ZoneRow) -> Iterator[tuple[bytes, str, RRset]]:
    """Yield the RRsets below the apex with key and owner, in the order of the keys."""
    rows = (
        (owner_key(owner), rrset.rrtype, owner, rrset.ttl_s, rrset.rdatas)
        for owner, rrset in records.listing(session, zone)
        if owner != APEX_OWNER
    )
    for key, rrtype, owner, ttl_s, rdatas in sort_rows(rows):
        yield key, owner, RRset(rrtype, ttl_s, rdatas)
