"""The rows of one key brought together, and the rules between them.

What becomes of one name is said by `one_name`. The rules of names (RFC 1034 section 3.6.2 on CNAME,
RFC 2181 section 6 and RFC 6672 section 2.4 on what lies below a cut) need one pass and no memory,
because a name sorts right before everything below it.

::

    group = (key, endpoints, lines, records, findings, ttl_s)

    endpoints   None, or ((preference, service, uri), …) by preference: all of the number's
    lines       the lines they were taken from
    records     ((owner, rrtype, ttl_s, (rdata, …), lines), …): all of each type at the name
    findings    ((line, code, field, hint), …): refusals, and notes (`rows.NOTES`)
    ttl_s       the TTL of the endpoints; `rows.ZONE_TTL`, or None where nothing is said of it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import dns.rdatatype

from enumd.core.endpoint import record_octets
from enumd.core.limits import MAX_RECORDS_OCTETS
from enumd.core.rrset import RRType
from enumd.core.transport import tls_note
from enumd.registry.files.one_name import (
    PREFERENCE,
    Endpoints,
    Lines,
    OneName,
    Records,
    Refused,
    Rules,
)
from enumd.registry.files.rows import (
    ENDPOINT,
    NO_PREFERENCE,
    NOTED,
    OWN_KEY,
    RECORD,
    REFUSED,
    Row,
)
from enumd.registry.occlusion import hides_record, occlusion_of

MOST_ROWS: Final = 4096
"""Rows of one key that are looked at together; nobody has so many on purpose."""

Group = tuple[str, Endpoints | None, Lines, Records, tuple[Refused, ...], int | None]


def groups(rows: Iterable[Row], rules: Rules) -> Iterator[Group]:
    """Yield one group for every key of *rows*, which are in the order of their keys."""
    gatherer = _Gatherer(rules)
    current: str | None = None
    held: list[Row] = []
    for row in rows:
        key = row[0]
        if key == "" and row[2] in _FINDINGS:
            yield "", None, (), (), ((row[1], *row[3:]),), None
        elif key != current:
            if held:
                yield gatherer.group(held)
            current, held = key, [row]
        elif len(held) < MOST_ROWS:
            held.append(row)
        else:
            yield key, None, (), (), ((row[1], "lines-too-many", "line", _TOO_MANY),), None
    if held:
        yield gatherer.group(held)


_FINDINGS: Final = frozenset({REFUSED, NOTED})
_TOO_MANY: Final = f"more than {MOST_ROWS} lines about one name"


class _Gatherer:
    """Makes groups; remembers the cut that may lie above the names that follow."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._cut: _Cut | None = None

    def group(self, rows: list[Row]) -> Group:
        """Return the group of *rows*, which have one key."""
        key = rows[0][0]
        if self._cut is None and (endpoints := _plain(rows, self._rules)):
            return key, endpoints, tuple([row[1] for row in rows]), (), (), rows[0][7]
        part = OneName(self._rules)
        notes = [(row[1], *row[3:]) for row in rows if row[2] == NOTED]
        rows = [row for row in rows if row[2] != NOTED]
        if self._rules.ordered:
            rows = _once_each(rows, notes)
        if self._cut and not key.startswith(self._cut.key):
            self._cut = None
        if self._rules.ordered:
            rows = self._visible(key, rows, part)
        taken = part.endpoints([row for row in rows if row[2] != RECORD])
        records = part.records([row for row in rows if row[2] == RECORD])
        findings = (*part.refusals, *part.notes, *notes, *_tls_notes(rows, part.lines))
        return key, taken, tuple(part.lines), records, findings, part.ttl_s

    def _visible(self, key: str, rows: list[Row], part: OneName) -> list[Row]:
        """Return the rows that can be seen in the zone; refuse the others."""
        if self._cut is None:
            self._cut = _cut_at(key, rows)
        types = {row[4] if row[2] == RECORD else RRType.NAPTR for row in rows if row[2] != REFUSED}
        alone = RRType.CNAME not in types or len(rows) == 1
        kept = []
        for row in rows:
            if self._cut and self._cut.hides(row):
                part.refuse(row, "name-occluded", "owner", self._cut.hint)
            elif not alone and row[2] != REFUSED:
                part.refuse(row, "cname-and-other-data", "type", _CNAME)
            else:
                kept.append(row)
        return kept


def _once_each(rows: list[Row], notes: list[Refused]) -> list[Row]:
    """Return *rows* without those that say again what one before says; add notes about them.

    A dump of a zone transfer has its SOA at both ends (RFC 5936 section 2.2), and files that were
    joined say many things twice. TTLs may differ, the RRset's is the smallest.
    """
    said: dict[object, int] = {}
    taken: list[Row] = []
    for row in rows:
        what = (row[2], row[4], row[6]) if row[2] == RECORD else row[2:7]
        at = len(taken) if row[2] == REFUSED else said.setdefault(what, len(taken))
        if at == len(taken):
            taken.append(row)
            continue
        first = taken[at]
        place = 5 if row[2] == RECORD else 7
        if row[place] is not None and 0 <= row[place] < (first[place] or 0):
            taken[at] = (*first[:place], row[place], *first[place + 1 :])
        notes.append((row[1], "record-repeated", "line", f"line {first[1]} says the same"))
    return taken


def _plain(rows: list[Row], rules: Rules) -> Endpoints | None:
    """Return the endpoints of a number that nothing is remarkable about; None for all others.

    Nearly every number is such a one; the tests hold this equal to what `OneName` makes of it.
    """
    if len(rows) > rules.max_endpoints:
        return None
    preferences, said, alike = set(), set(), set()
    for row in rows:
        if row[2] != ENDPOINT or not row[4] or (";" in row[4] and tls_note(row[4])):
            return None
        preferences.add(row[5])
        said.add((row[3], row[4]))
        alike.add(row[6:])
    if len(said) < len(rows) or len(alike) > 1 or NO_PREFERENCE in preferences:
        return None
    if (
        len(rows) > _ALWAYS_FIT
        and sum(record_octets(*row[3:5]) for row in rows) > MAX_RECORDS_OCTETS
    ):
        return None
    found = [(row[5], row[3], row[4]) for row in rows]
    if len(preferences) < len(rows):
        found.sort(key=PREFERENCE)  # equal ones stay in the order of their lines
    else:
        found.sort()
    return tuple(found)


_ALWAYS_FIT: Final = 7
"""So many records fit one answer whatever they say: each part of one has 255 octets at most."""


def _tls_notes(rows: list[Row], taken: Lines | list[int]) -> list[Refused]:
    """Return the notes on endpoints that were *taken* and that no caller by SIP will get."""
    endpoints = [row for row in rows if row[2] == ENDPOINT and row[1] in taken]
    found = [(row[1], tls_note(row[4])) for row in endpoints]
    return [(line, "transport-tls", "uri", hint) for line, hint in found if hint]


_CNAME: Final = "a name with a CNAME owns nothing else, and one CNAME only (RFC 1034 section 3.6.2)"


@dataclass(frozen=True, slots=True)
class _Cut:
    """A name where NS or DNAME end what this zone says."""

    key: str
    line: int
    rrtype: int

    def hides(self, row: Row) -> bool:
        """Tell whether *row*, at the cut or below it, can never be answered."""
        if row[2] == REFUSED:
            return False
        rrtype = row[4] if row[2] == RECORD else RRType.NAPTR
        own = row[0].removeprefix(OWN_KEY) == self.key
        return hides_record(self.rrtype, rrtype, own=own)

    @property
    def hint(self) -> str:
        """Return why a row is hidden."""
        kind = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(self.rrtype))
        return f"it lies below the {kind} of line {self.line}, which answers instead"


def _cut_at(key: str, rows: list[Row]) -> _Cut | None:
    """Return the cut that *rows* make at *key*; the NS of the apex make none."""
    for rrtype in (RRType.DNAME, RRType.NS):
        for row in rows:
            if (
                row[2] == RECORD
                and row[4] == rrtype
                and occlusion_of(rrtype, at_apex=not key).below
            ):
                return _Cut(key, row[1], rrtype)
    return None
