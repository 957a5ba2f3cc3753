"""Records of a zone file, written a batch at a time.

What a file says of a type at a name replaces all records of that type there. SOA and NS of the apex
are the registry's own: they follow the file only when the zone is new, or when that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, select

from enumd.core.rrset import RRset, RRType
from enumd.registry import records
from enumd.registry.bulk import BulkInsert
from enumd.registry.changes import Change, Entry
from enumd.registry.import_zones import EXCLUSIVE, ZoneFinder
from enumd.registry.rows import Refusal
from enumd.registry.schema import NumberRow, RecordRow, ZoneRow

_RECORD: Final = cast(Table, RecordRow.__table__)
_GLUE: Final = frozenset({RRType.A, RRType.AAAA})
_AT_CUT: Final = _GLUE | {RRType.NS, RRType.DS}


@dataclass(frozen=True, slots=True)
class WantedRecords:
    """The RRsets of one name, as a file wants them."""

    key: str
    owner: str
    rrsets: tuple[RRset, ...]
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

    def take(self, names: Sequence[WantedRecords]) -> list[Refusal]:
        """Write the records of *names*, and return why any of them were refused."""
        there = self._there([name.owner for name in names])
        refusals: list[Refusal] = []
        wanted: list[tuple[str, RRset, RRset | None]] = []
        for name in names:
            before = there.get(name.owner, {})
            refusal = self._refusal(name, before)
            if refusal:
                refusals += [Refusal(line, refusal[0], "owner", refusal[1]) for line in name.lines]
                continue
            rrsets = [rrset for rrset in name.rrsets if self._ours(name, rrset)]
            changed = [rrset for rrset in rrsets if before.get(rrset.rrtype) != rrset]
            wanted += [(name.owner, rrset, before.get(rrset.rrtype)) for rrset in changed]
            for rrset in changed:
                self._exclusions.add(name.key, rrset.rrtype)
            self._count(name, len(changed))
        self._write(wanted)
        return refusals

    def _ours(self, name: WantedRecords, rrset: RRset) -> bool:
        """Tell whether the file has a say in *rrset*."""
        return bool(name.key) or self._adopt or rrset.rrtype != RRType.NS

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

    def _refusal(self, name: WantedRecords, before: dict[int, RRset]) -> tuple[str, str] | None:
        """Return code and hint of why the zone has no room for *name*, or None."""
        types = {rrset.rrtype for rrset in name.rrsets}
        cut = self._exclusions.above(name.key)
        if cut is not None and not (types <= _GLUE and RRType.NS in self._exclusions.types[cut]):
            return "name-occluded", f"the zone has a cut above it: {cut or 'the apex'}"
        whole = types | set(before)
        if name.key and RRType.NS in whole and not whole <= _AT_CUT:
            return "name-occluded", "a name with NS below the apex owns only DS and glue besides"
        number = self._number_at_or_below(name.key, types)
        if RRType.CNAME in whole and (len(whole) > 1 or number == name.key):
            return "cname-and-other-data", "the zone has other data at the name of this CNAME"
        if number is not None and types & {RRType.NS, RRType.DNAME}:
            return "cut-over-numbers", f"+{self._zone.prefix}{number} is claimed in this zone"
        return None

    def _number_at_or_below(self, key: str, types: set[int]) -> str | None:
        """Return the key of a number that a cut or CNAME at *key* would stand over, or None."""
        if not self._has_numbers or not types & set(EXCLUSIVE):
            return None
        if not key.isdigit() and (key or RRType.DNAME not in types):
            return None
        whole = self._zone.prefix + key
        # "~" comes after every digit.
        below: ColumnElement[bool] = NumberRow.digits.between(whole, whole + "~")
        if RRType.CNAME in types:
            below = NumberRow.digits == whole
        standing = NumberRow.state.in_(("claimed", "suspended"))
        query = select(NumberRow.digits).where(NumberRow.zone_id == self._zone.id, below, standing)
        found = self._session.scalar(query.order_by(NumberRow.digits).limit(1))
        return None if found is None else found[len(self._zone.prefix) :]

    def _write(self, wanted: list[tuple[str, RRset, RRset | None]]) -> None:
        """Put each RRset in the place of the one before."""
        gone = [
            {"b_owner": owner, "b_rrtype": before.rrtype} for owner, _, before in wanted if before
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
                (self._zone.id, owner, rrset.rrtype, position, rrset.ttl_s, rdata)
                for owner, rrset, _ in wanted
                for position, rdata in enumerate(rrset.rdatas)
            ]
        )
        entries = [
            Entry(
                "record.import",
                owner=owner,
                before=None if before is None else records.shown(before),
                after=records.shown(rrset),
            )
            for owner, rrset, before in wanted
        ]
        self._change.record_all(self._zone, entries)

    def _count(self, name: WantedRecords, changed: int) -> None:
        """Count what became of *name* and its lines."""
        self.tally.changed += changed
        self.tally.unchanged += len(name.rrsets) - changed
        if changed:
            self.tally.lines_taken += len(name.lines)
        else:
            self.tally.lines_unchanged += len(name.lines)
