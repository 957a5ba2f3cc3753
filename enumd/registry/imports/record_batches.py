"""Records of a zone file, written a batch at a time.

What a file says of a type at a name replaces all records of that type there. SOA and NS of the apex
are the registry's own: they follow the file only when the zone is new, or when that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, delete, exists, select

from enumd.core.rrset import RRset, RRType
from enumd.registry import records
from enumd.registry.bulk import BulkInsert
from enumd.registry.changes import Change, LogLine
from enumd.registry.files.rows import Refusal
from enumd.registry.hidden import find_hidden_number
from enumd.registry.imports.zone_choice import ZoneFinder
from enumd.registry.occlusion import breaks_alias
from enumd.registry.schema import NumberRow, RecordRow, ZoneRow

_RECORD: Final = cast(Table, RecordRow.__table__)


@dataclass(frozen=True, slots=True)
class WantedRRset:
    """One RRset, as a file wants it."""

    key: str
    owner: str
    rrset: RRset
    lines: tuple[int, ...]


@dataclass(slots=True)
class RecordTally:
    """What became of the RRsets and lines written so far."""

    changed: int = 0
    unchanged: int = 0
    lines_taken: int = 0
    lines_unchanged: int = 0


class RecordImport:
    """Writes records of one zone in one transaction."""

    def __init__(self, change: Change, zone: ZoneRow, finder: ZoneFinder, *, adopt: bool) -> None:
        """Write to *zone*; *adopt* also what the file says of the apex's own NS."""
        self.tally = RecordTally()
        self._change = change
        self._session = change.session
        self._zone = zone
        self._adopt = adopt
        columns = ("zone_id", "owner", "rrtype", "position", "ttl_s", "rdata")
        self._insert = BulkInsert(self._session, RecordRow, *columns)
        self._exclusions = finder.locked(zone).exclusions
        here = NumberRow.zone_id == zone.id
        self._has_numbers = bool(self._session.scalar(select(exists().where(here))))

    def take(self, wanted: Sequence[WantedRRset]) -> list[Refusal]:
        """Write the RRsets *wanted*, and return why any of them were refused."""
        there = self._there(sorted({each.owner for each in wanted}))
        refusals: list[Refusal] = []
        changed: list[tuple[WantedRRset, RRset | None]] = []
        for each in wanted:
            here = there[each.owner]
            before = here.get(each.rrset.rrtype)
            if before == each.rrset or not self._ours(each):
                self.tally.unchanged += 1
                self.tally.lines_unchanged += len(each.lines)
            elif refusal := self._refusal(each, here.keys() | {each.rrset.rrtype}):
                refusals += [Refusal(line, refusal[0], "owner", refusal[1]) for line in each.lines]
            else:
                changed.append((each, before))
                here[each.rrset.rrtype] = each.rrset
                self._exclusions.add(each.key, each.rrset.rrtype)
                self.tally.changed += 1
                self.tally.lines_taken += len(each.lines)
        self._write(changed)
        return refusals

    def _ours(self, wanted: WantedRRset) -> bool:
        """Tell whether the file has a say in *wanted*: not in the SOA, nor in NS of the apex."""
        if wanted.key or wanted.rrset.rrtype not in (RRType.SOA, RRType.NS):
            return True
        return self._adopt and wanted.rrset.rrtype == RRType.NS

    def _there(self, owners: list[str]) -> dict[str, dict[int, RRset]]:
        """Return the RRsets there are at *owners*, by owner and type."""
        rows: dict[tuple[str, int], list[Any]] = defaultdict(list)
        columns = (RecordRow.owner, RecordRow.rrtype, RecordRow.ttl_s, RecordRow.rdata)
        here = (RecordRow.zone_id == self._zone.id, RecordRow.owner.in_(owners))
        for row in self._session.execute(
            select(*columns).where(*here).order_by(*columns[:2], RecordRow.position)
        ):
            rows[row.owner, row.rrtype].append(row)
        found: dict[str, dict[int, RRset]] = defaultdict(dict)
        for (owner, rrtype), rrset in rows.items():
            rdatas = tuple(row.rdata for row in rrset)
            found[owner][rrtype] = RRset(rrtype, rrset[0].ttl_s, rdatas)
        return found

    def _refusal(self, wanted: WantedRRset, types: Set[int]) -> tuple[str, str] | None:
        """Return code and hint of why the zone has no room for *wanted*, or None.

        *types* are those its name would own.
        """
        key, rrtype = wanted.key, wanted.rrset.rrtype
        if hidden := self._exclusions.record_at(key, rrtype, types):
            return hidden
        number = None
        if self._has_numbers:
            number = find_hidden_number(self._session, self._zone, key, rrtype)
        if breaks_alias(types) or (RRType.CNAME in types and number is not None):
            return "cname-and-other-data", "a CNAME and other data would stand at this name"
        if number is not None:
            return "cut-over-numbers", f"+{number} is claimed in this zone"
        return None

    def _write(self, changed: Sequence[tuple[WantedRRset, RRset | None]]) -> None:
        """Put each RRset in the place of the one before."""
        gone = [
            {"b_owner": each.owner, "b_rrtype": before.rrtype} for each, before in changed if before
        ]
        if gone:
            here = (
                _RECORD.c.zone_id == self._zone.id,
                _RECORD.c.owner == bindparam("b_owner"),
                _RECORD.c.rrtype == bindparam("b_rrtype"),
            )
            self._session.execute(delete(_RECORD).where(*here), gone)
        self._insert(
            [
                (self._zone.id, each.owner, each.rrset.rrtype, position, each.rrset.ttl_s, rdata)
                for each, _ in changed
                for position, rdata in enumerate(each.rrset.rdatas)
            ]
        )
        entries = [
            LogLine(
                "record.import",
                owner=each.owner,
                before=None if before is None else records.image(before),
                after=records.image(each.rrset),
            )
            for each, before in changed
        ]
        self._change.record_all(self._zone, entries)
