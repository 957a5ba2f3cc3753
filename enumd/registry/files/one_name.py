"""What becomes of the rows of one name: its endpoints, its records, and what is refused of them.

A number is taken with all its lines or not at all, unless the rules say otherwise: what is listed
in the file of rejects is everything somebody has to correct and send again, and a number is never
left with half its endpoints. Only a line that repeats another is passed over without harm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

from enumd.core.endpoint import PREFERENCE_STEP, record_octets
from enumd.core.limits import MAX_ENDPOINTS, MAX_RECORDS_OCTETS
from enumd.core.rrset import RRType
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, REFUSED, ZONE_TTL, Row

Refused = tuple[int, str, str, str]
Endpoints = tuple[tuple[int, str, str], ...]
Lines = tuple[int, ...]
Records = tuple[tuple[str, int, int | None, tuple[bytes, ...], Lines], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the groups of one file are made."""

    ordered: bool = False
    """The rows have an ORDER, which comes before the preference: a zone file, not CSV."""
    partial: bool = False
    """Take the good lines of a number even where others are refused."""
    max_endpoints: int = MAX_ENDPOINTS


PREFERENCE: Final = itemgetter(0)
"""What endpoints are put in order by; equal ones stay in the order of their lines."""

_SINGLE: Final = {
    int(RRType.SOA): ("soa-repeated", "a zone has one SOA"),
    int(RRType.DNAME): ("dname-repeated", "a name has one DNAME (RFC 6672 section 2.4)"),
}
"""Types of which a name has one record. A second CNAME is refused with all other data beside it."""


@dataclass(slots=True)
class OneName:
    """What becomes of the rows of one name."""

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
        found.sort(key=PREFERENCE)
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
