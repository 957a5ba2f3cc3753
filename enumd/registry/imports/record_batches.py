"""Records of a zone file, decided a batch at a time.

What a file says of a type at a name replaces all records of that type there. SOA and NS of the apex
are the registry's own: they follow the file only when the zone is new, or when that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from enumd.core.rrset import RRset, RRType
from enumd.registry import records, zones
from enumd.registry.changes import Change, compact
from enumd.registry.files.rows import Refusal
from enumd.registry.hidden import find_hidden_number
from enumd.registry.imports.stage import NEW_ZONE, Sheet
from enumd.registry.imports.zone_choice import ZoneFinder
from enumd.registry.occlusion import breaks_alias
from enumd.registry.schema import APEX_OWNER, NumberRow, RecordRow, ZoneRow


@dataclass(frozen=True, slots=True)
class WantedRRset:
    """One RRset, as a file wants it."""

    key: str
    owner: str
    rrset: RRset
    lines: tuple[int, ...]


@dataclass(slots=True)
class RecordTally:
    """What becomes of RRsets and lines."""

    changed: int = 0
    unchanged: int = 0
    lines_taken: int = 0
    lines_unchanged: int = 0


class RecordImport:
    """Decides about records of one zone."""

    def __init__(self, change: Change, zone: ZoneRow, finder: ZoneFinder, *, adopt: bool) -> None:
        """Take records for *zone*; *adopt* also what the file says of the apex's own NS."""
        self.tally = RecordTally()
        self._session = session = change.session
        self._now_s = change.now_s
        self._zone = zone
        self._adopt = adopt
        self._exclusions = finder.tree(zone).exclusions
        here = NumberRow.zone_id == zone.id
        self._has_numbers = bool(session.scalar(select(exists().where(here))))

    def take(self, wanted: Sequence[WantedRRset], sheet: Sheet) -> None:
        """Put the RRsets *wanted* on *sheet*, and why any of them are refused."""
        there = self._there(sorted({each.owner for each in wanted}))
        changed: list[tuple[WantedRRset, RRset | None]] = []
        for each in wanted:
            here = there[each.owner]
            before = here.get(each.rrset.rrtype)
            if before == each.rrset or not self._ours(each):
                self.tally.unchanged += 1
                self.tally.lines_unchanged += len(each.lines)
            elif refusal := self._refusal(each, here.keys() | {each.rrset.rrtype}):
                code, hint = refusal
                sheet.refusals += [Refusal(line, code, "owner", hint) for line in each.lines]
            else:
                changed.append((each, before))
                here[each.rrset.rrtype] = each.rrset
                self._exclusions.add(each.key, each.rrset.rrtype)
                self.tally.changed += 1
                self.tally.lines_taken += len(each.lines)
        self._write(changed, sheet)

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
        if self._zone.id == NEW_ZONE:  # what it is going to have before the file has its say
            server = zones.own_server(self._zone.tree)
            found[APEX_OWNER][RRType.NS] = zones.name_servers_of([server], self._zone.ttl_s)
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
            number = find_hidden_number(self._session, self._zone, key, rrtype, self._now_s)
        if breaks_alias(types) or (RRType.CNAME in types and number is not None):
            return "cname-and-other-data", "a CNAME and other data would stand at this name"
        if number is not None:
            return "cut-over-numbers", f"+{number} is claimed in this zone"
        return None

    def _write(self, changed: Sequence[tuple[WantedRRset, RRset | None]], sheet: Sheet) -> None:
        """Put each RRset, which takes the place of the one before, on *sheet*."""
        for each, before in changed:
            rrset = each.rrset
            sheet.records += [
                (each.owner, rrset.rrtype, position, rrset.ttl_s, rdata)
                for position, rdata in enumerate(rrset.rdatas)
            ]
            shown = None if before is None else compact(records.image(before))
            after = compact(records.image(rrset))
            entry = (self._zone.id, None, each.owner, "record.import", shown, after)
            sheet.log.append(entry)
