"""The rows of one key brought together, and the rules between them.

A number is taken with all its lines or not at all: what is listed in the file of rejects is
everything somebody has to correct and send again, and a number is never left with half its
endpoints. Only a line that repeats another is passed over without harm. The rules of names (RFC
1034 section 3.6.2 on CNAME, RFC 2181 section 6 and RFC 6672 section 2.4 on what lies below a cut)
need one pass and no memory, because a name sorts right before everything below it.

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
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

import dns.rdatatype

from enumd.core.endpoint import PREFERENCE_STEP, record_octets
from enumd.core.limits import MAX_ENDPOINTS, MAX_RECORDS_OCTETS
from enumd.core.rrset import RRType
from enumd.core.transport import tls_note
from enumd.registry.files.rows import (
    ENDPOINT,
    NO_PREFERENCE,
    NOTED,
    OWN_KEY,
    RECORD,
    REFUSED,
    ZONE_TTL,
    Row,
)
from enumd.registry.occlusion import hides_record, occlusion_of

MOST_ROWS: Final = 4096
"""Rows of one key that are looked at together; nobody has so many on purpose."""

Refused = tuple[int, str, str, str]
Endpoints = tuple[tuple[int, str, str], ...]
Lines = tuple[int, ...]
Records = tuple[tuple[str, int, int | None, tuple[bytes, ...], Lines], ...]
Group = tuple[str, Endpoints | None, Lines, Records, tuple[Refused, ...], int | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the groups of one file are made."""

    ordered: bool = False
    """The rows have an ORDER, which comes before the preference: a zone file, not CSV."""
    partial: bool = False
    """Take the good lines of a number even where others are refused."""
    max_endpoints: int = MAX_ENDPOINTS


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
        part = _Part(self._rules)
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

    def _visible(self, key: str, rows: list[Row], part: _Part) -> list[Row]:
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

    Nearly every number is such a one; the tests hold this equal to what `_Part` makes of it.
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
        found.sort(key=_PREFERENCE)  # equal ones stay in the order of their lines
    else:
        found.sort()
    return tuple(found)


_PREFERENCE: Final = itemgetter(0)


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


_SINGLE: Final = {
    int(RRType.SOA): ("soa-repeated", "a zone has one SOA"),
    int(RRType.DNAME): ("dname-repeated", "a name has one DNAME (RFC 6672 section 2.4)"),
}
"""Types of which a name has one record. A second CNAME is refused with all other data beside it."""


@dataclass(slots=True)
class _Part:
    """What becomes of the rows of one key."""

    rules: Rules
    lines: list[int] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)
    ttl_s: int | None = None

    def refuse(self, row: Row, code: str, field: str, hint: str) -> None:
        """List *row* as not taken."""
        self.refusals.append((row[1], code, field, hint))

    def endpoints(self, rows: list[Row]) -> Endpoints | None:
        """Return all endpoints of the number, or None where it is not taken."""
        if not rows:
            return None
        before = len(self.refusals)
        taken = self._once([row for row in rows if row[2] == ENDPOINT])
        self.refusals += [(row[1], *row[3:]) for row in rows if row[2] == REFUSED]
        if len(taken) > 1 and any(not row[4] for row in taken):
            without = [row for row in taken if not row[4]]
            taken = [row for row in taken if row[4]]
            for row in without:
                self.refuse(row, "uri-missing", "uri", "other lines name endpoints of the number")
        taken = self._fitting(taken)
        found = self._in_preference(taken)
        faults = [each for each in self.refusals[before:] if each[1] != "endpoint-repeated"]
        if faults:
            known = {each[0] for each in faults}
            taken = [row for row in taken if row[1] not in known]
            if not self.rules.partial:
                line, code, *_ = min(faults)
                hint = f"line {line} of the same number is refused ({code}); correct that one"
                for row in taken:
                    self.refuse(row, "number-incomplete", "number", hint)
                return None
        self.lines += [row[1] for row in taken]
        self.ttl_s = self._ttl(taken, 7)
        return found if taken else None

    def _fitting(self, rows: list[Row]) -> list[Row]:
        """Return those of *rows* that a number may have, and that fit one answer together."""
        for row in rows[self.rules.max_endpoints :]:
            hint = f"a number has at most {self.rules.max_endpoints} endpoints"
            self.refuse(row, "endpoint-too-many", "number", hint)
        fitting, octets = [], 0
        for row in rows[: self.rules.max_endpoints]:
            octets += record_octets(row[3], row[4]) if row[4] else 0
            if octets <= MAX_RECORDS_OCTETS:
                fitting.append(row)
            else:
                hint = f"up to here the records of the number have {octets} octets, and some "
                hint += f"clients read {MAX_RECORDS_OCTETS} at most; shorten URIs or leave some out"
                self.refuse(row, "answer-too-long", "uri", hint)
        return fitting

    def _ttl(self, rows: list[Row], place: int) -> int | None:
        """Return the TTL of the RRset of *rows*, which have theirs at *place*.

        An RRset has one TTL; of several it is the least that does no harm (RFC 2181 section 5.2).
        """
        said: set[int] = {row[place] for row in rows} - {None, ZONE_TTL}
        if len(said) > 1:
            least_s = min(said)
            row = next(row for row in rows if row[place] not in (None, ZONE_TTL, least_s))
            hint = f"TTL {row[place]} becomes {least_s}, the least of this name and type"
            self.notes.append((row[1], "ttl-differs", "ttl", hint))
        if said:
            return min(said)
        return ZONE_TTL if any(row[place] == ZONE_TTL for row in rows) else None

    def _once(self, rows: list[Row]) -> list[Row]:
        """Return *rows* without those that say what another said."""
        if len(rows) == 1:
            return rows
        said: dict[tuple[Any, Any], int] = {}
        taken = []
        for row in rows:
            first = said.setdefault((row[3], row[4]), row[1])
            if first == row[1]:
                taken.append(row)
            else:
                self.refuse(row, "endpoint-repeated", "uri", f"line {first} says the same")
        return taken

    def _in_preference(self, rows: list[Row]) -> Endpoints:
        """Return *rows* as endpoints; those without a preference come after all others.

        Equal preferences mean that calls are shared among them (RFC 3403 section 4.1).
        """
        if self.rules.ordered:
            return _from_order(rows)
        found = [(row[5], row[3], row[4]) for row in rows if row[5] != NO_PREFERENCE]
        last = max([each[0] for each in found], default=0)
        following = last // PREFERENCE_STEP * PREFERENCE_STEP
        for row in rows:
            if row[5] == NO_PREFERENCE and row[4]:
                following += PREFERENCE_STEP
                if following < 1 << 16:
                    found.append((following, row[3], row[4]))
                else:
                    hint = "no preference is left above the others; give one"
                    self.refuse(row, "preference-invalid", "preference", hint)
        found.sort(key=_PREFERENCE)
        return tuple(found)

    def records(self, rows: list[Row]) -> Records:
        """Return the RRsets that *rows* make."""
        rrsets: dict[int, list[Row]] = {}
        for row in rows:
            rrset = rrsets.setdefault(row[4], [])
            if rrset and row[4] in _SINGLE:
                code, what = _SINGLE[row[4]]
                hint = f"{what}, and line {rrset[0][1]} says another"
                self.refuse(row, code, "type", hint)
            else:
                rrset.append(row)
        return tuple(self._rrset(rrset) for rrset in rrsets.values())

    def _rrset(self, rows: list[Row]) -> tuple[str, int, int | None, tuple[bytes, ...], Lines]:
        """Return the RRset of *rows*."""
        rdatas, lines = tuple(row[6] for row in rows), tuple(row[1] for row in rows)
        return rows[0][3], rows[0][4], self._ttl(rows, 5), rdatas, lines


def _from_order(rows: list[Row]) -> Endpoints:
    """Return *rows* by ORDER and preference; their preferences where those alone say the same.

    The parts of a record of several Enumservices come one after the other (RFC 6116 section
    3.4.3.2). Rows that are equal in all of that are equally good, and stay so.
    """
    rows = sorted(rows, key=_place)
    places = sorted({_place(row) for row in rows})
    given = [place[1] for place in places]
    if any(after <= before for before, after in pairwise(given)):
        given = [PREFERENCE_STEP * turn for turn in range(1, len(places) + 1)]
    preferences = dict(zip(places, given, strict=True))
    return tuple((preferences[_place(row)], row[3], row[4]) for row in rows)


_place: Final = itemgetter(6, 5, 8)
"""What zone files put rows in order by: ORDER, preference, and the turn within a record."""
