"""What the records of a zone file mean to the registry.

NAPTRs at the owner name of a number become endpoints of that number, made the way we write them;
everything else a zone may hold becomes a record. Rules about several records (cuts, CNAME) are not
judged here but in `gathering`, where they come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import dns.name
import dns.rdatatype

from enumd.core.apex import Apex
from enumd.core.endpoint import Endpoint
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import naptr_reasons
from enumd.core.number import Number
from enumd.core.rrset import RRType
from enumd.errors import BadNaptr, RecordError
from enumd.registry.files.astray import astray
from enumd.registry.files.regular import open_regular
from enumd.registry.files.rows import (
    ENDPOINT,
    OWN_KEY,
    RECORD,
    EntryError,
    Refusal,
    Row,
    key_of,
    noted,
    refused,
)
from enumd.registry.files.text_lines import read_lines
from enumd.registry.files.zone_budget import Budget
from enumd.registry.files.zone_entries import Line, read_entries
from enumd.registry.files.zone_format import ZoneReader
from enumd.registry.files.zone_items import Faulty, FileRecord, Include, LeftOut, PlainRecord
from enumd.registry.files.zone_line import literal_uri, whole_naptr

MAX_DEPTH: Final = 8
"""How many files may include one another."""

_META: Final = frozenset({0, RRType.OPT, *range(128, 256)})
"""RFC 6895 section 3.1: types that are only ever asked for."""


@dataclass(frozen=True)
class ZoneFile:
    """One zone file, and how it is to be read."""

    path: Path
    apex: Apex
    max_digits: int
    include: bool = False

    @cached_property
    def _most_digits(self) -> int:
        """Return how many digits a number may have below the apex."""
        return min(self.apex.room, self.max_digits - len(self.apex.prefix))

    def rows(self, lines: Iterable[Line]) -> Iterator[Row]:
        """Yield the rows of the file, whose physical lines are *lines*."""
        yield from self._rows(lines, self.path, self.apex.name, (), Budget())

    def keys(self, lines: Iterable[Line]) -> Iterator[str]:
        """Yield the keys of the rows of the file, without reading the rest of them.

        An included file may hold any key, so where there is one the keys are said to descend.
        """
        for item in ZoneReader(self.apex, self.apex.name).keyed(read_entries(lines)):
            if isinstance(item, str):
                yield item
            elif isinstance(item, Faulty) and item.owner.is_subdomain(self.apex.name):
                yield key_of(self._labels(item.owner))
            elif isinstance(item, FileRecord) and item.owner.is_subdomain(self.apex.name):
                yield self._key(item, self._labels(item.owner))
            elif isinstance(item, Include):
                yield from ("0", "")

    def _key(self, item: FileRecord, labels: tuple[bytes, ...]) -> str:
        """Return the key of a record, whose owner has *labels* below the apex."""
        is_number = 0 < len(self.apex.prefix) <= self.max_digits
        if not labels and is_number and item.rdata.rdtype == RRType.NAPTR:
            return OWN_KEY
        return key_of(labels)

    def _labels(self, owner: dns.name.Name) -> tuple[bytes, ...]:
        """Return the labels of *owner* below the apex, in lower case."""
        return owner.canonicalize().labels[: len(owner) - len(self.apex.name)]

    def _rows(
        self,
        lines: Iterable[Line],
        path: Path,
        origin: dns.name.Name | None,
        within: tuple[Path, ...],
        budget: Budget,
    ) -> Iterator[Row]:
        """Yield the rows of *path*, which stands *within* the files that include it."""
        for item in ZoneReader(self.apex, origin, budget).read(read_entries(lines)):
            if type(item) is PlainRecord:
                yield from self._plain(item)
            elif isinstance(item, Include):
                yield from self._included(item, (*within, path), budget)
            elif isinstance(item, Refusal):
                yield refused("", item)
            elif isinstance(item, FileRecord):
                yield from self._record(item)
            elif isinstance(item, Faulty | LeftOut):
                yield self._without_record(item)

    def _without_record(self, item: Faulty | LeftOut) -> Row:
        """Return the row of a line that names an owner and gives nothing to take."""
        here = item.owner.is_subdomain(self.apex.name)
        if isinstance(item, Faulty):
            key = key_of(self._labels(item.owner)) if here else ""
            return refused(key, item.refusal)
        if not here:
            return self._outside(item.line, item.owner)
        name = dns.rdatatype.to_text(item.rrtype)
        return noted("", item.line, "signature-left-out", "type", f"{name}: {_LEFT_OUT}")

    def _outside(self, line: int, owner: dns.name.Name) -> Row:
        """Return the refusal of a record that is not in the zone."""
        hint = f"{owner} is not at or below {self.apex}"
        return refused("", Refusal(line, "owner-outside-zone", "owner", hint))

    def _included(self, item: Include, above: tuple[Path, ...], budget: Budget) -> Iterator[Row]:
        """Yield the rows of a file that the last of *above* includes, all under its line there."""
        file = above[-1].parent / item.file
        try:
            if not self.include:
                raise EntryError("include-refused", "$INCLUDE", _NOT_ASKED)
            if len(above) > MAX_DEPTH or any(file.resolve() == each.resolve() for each in above):
                hint = f"{item.file} includes itself, or more than {MAX_DEPTH} files one another"
                raise EntryError("include-too-deep", "$INCLUDE", hint)
            budget.include(item.file)
            with open_regular(file) as stream:
                lines = read_lines(stream, str(file), keep_undecodable=True)
                for row in self._rows(lines, file, item.origin, above, budget):
                    yield (row[0], item.line, *row[2:])
        except EntryError as error:
            yield refused("", error.at(item.line))
        except OSError as error:
            hint = f"{file}: {error.strerror or error}"
            yield refused("", Refusal(item.line, "include-missing", "$INCLUDE", hint))

    def _plain(self, item: PlainRecord) -> Iterable[Row]:
        """Return the row of a plain NAPTR at digits."""
        line, digits, ttl_s, naptr = item
        uri = literal_uri(naptr)
        if uri is not None and len(digits) <= self._most_digits:
            try:
                found = Endpoint.parse(naptr.services, uri, naptr.preference)
            except RecordError:
                pass
            else:
                head = (digits, line, ENDPOINT, str(found.service), str(found.uri))
                return ((*head, naptr.preference, naptr.order, ttl_s, 0),)
        return self._naptr(line, digits, ttl_s, whole_naptr(naptr))

    def _naptr(self, line: int, key: str, ttl_s: int | None, naptr: Naptr) -> Iterable[Row]:
        """Return the rows of a NAPTR of any form at a number: one for each of its Enumservices."""
        digits = key.removeprefix(OWN_KEY)
        whole = self.apex.prefix + digits
        if len(digits) > self.apex.room:
            hint = f"a name of {len(digits)} more labels below {self.apex} has over 255 octets"
            return (refused(key, Refusal(line, "owner-invalid", "owner", hint)),)
        if len(whole) > self.max_digits:
            hint = f"{len(whole)} digits, and at most {self.max_digits} are allowed"
            return (refused(key, Refusal(line, "number-too-long", "owner", hint)),)
        try:
            found = Endpoint.all_from_naptr(naptr, Number(whole))
        except BadNaptr as error:
            return (refused(key, Refusal(line, "naptr-refused", "rdata", error.why)),)
        place = (naptr.preference, naptr.order, ttl_s)
        return [
            (key, line, ENDPOINT, str(each.service), str(each.uri), *place, turn)
            for turn, each in enumerate(found)
        ]

    def _record(self, item: FileRecord) -> Iterable[Row]:
        """Return the row of a record at any name."""
        line, owner, ttl_s, rdata = item
        if not owner.is_subdomain(self.apex.name):
            return (self._outside(line, owner),)
        labels = self._labels(owner)
        key = self._key(item, labels)
        octets = rdata.to_wire() or b""
        try:
            if rdata.rdtype == RRType.NAPTR and (key.isdigit() or key == OWN_KEY):
                return self._naptr(line, key, ttl_s, Naptr.from_rdata(octets))
            _check_type(rdata.rdtype, key)
            if rdata.rdtype == RRType.NAPTR:
                _check_naptr(Naptr.from_rdata(octets), wildcard=labels[:1] == (b"*",))
        except EntryError as error:
            return (refused(key, error.at(line)),)
        relative = dns.name.Name(labels).to_text() if labels else APEX_OWNER
        row = (key, line, RECORD, relative, int(rdata.rdtype), ttl_s, octets)
        if rdata.rdtype == RRType.NAPTR and (hint := astray(self.apex, owner, (octets,))):
            return (row, noted("", line, "naptr-astray", "owner", f"{owner}: {hint}"))
        return (row,)


APEX_OWNER: Final = "@"
_LEFT_OUT: Final = "left out, whoever signs the zone makes it anew"
_NOT_ASKED: Final = "other files are read only when that is asked for (--include)"


def _check_type(rrtype: int, key: str) -> None:
    """Refuse the types that no zone of ours takes from a file."""
    name = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rrtype))
    if rrtype in _META:
        raise EntryError("type-not-data", "type", f"{name} is asked for, never stored")
    if rrtype == RRType.SOA and key:
        raise EntryError("soa-below-apex", "type", "a zone has one SOA, at its apex")
    if rrtype == RRType.DS and not key:
        raise EntryError("type-not-data", "type", "the DS of an apex stands in the zone above")
    if rrtype == RRType.CNAME and not key:
        raise EntryError("cname-and-other-data", "type", "an apex owns SOA and NS, so no CNAME")


def _check_naptr(naptr: Naptr, *, wildcard: bool) -> None:
    """Refuse a NAPTR that clients would choke on; away from numbers, one that BIND would."""
    reasons = naptr_reasons(naptr, None)
    if not wildcard:
        reasons = [reason for reason in reasons if reason.rule == "S-29"]
    if reasons:
        hint = "; ".join(map(str, reasons))
        raise EntryError("naptr-refused", "rdata", hint)
