"""Numbers of an import file, written a batch at a time.

What a file says of a number replaces all of its endpoints; a number it does not name is left as it
is. So the second import of a file finds nothing to do. A number belongs to the party that imports
it, and one that belongs to somebody else, or cannot be claimed just now, is refused as a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Row, Table, bindparam, delete, exists, insert, select, text, update

from enumd.registry.changes import Change, Entry, Json
from enumd.registry.gathering import Endpoints
from enumd.registry.import_loops import LoopCheck
from enumd.registry.import_zones import ZoneFinder
from enumd.registry.lifecycle import State, moment, state_at
from enumd.registry.rows import Refusal
from enumd.registry.schema import EndpointRow, HoldRow, NumberRow, PartyRow, ZoneRow

_NUMBER: Final = cast(Table, NumberRow.__table__)
_ENDPOINT: Final = cast(Table, EndpointRow.__table__)
_HOLD: Final = cast(Table, HoldRow.__table__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number as a file wants it."""

    digits: str
    endpoints: Endpoints
    lines: tuple[int, ...]


@dataclass(slots=True)
class Tally:
    """What became of the numbers and lines written so far."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    lines_taken: int = 0
    lines_unchanged: int = 0


class NumberImport:
    """Writes numbers for one party in one transaction."""

    def __init__(self, change: Change, party: PartyRow, finder: ZoneFinder) -> None:
        """Write what *party* imports as part of *change*."""
        self.tally = Tally()
        self._change = change
        self._session = change.session
        self._party = party
        self._finder = finder
        self._ids = _Ids(change)
        self._loops = LoopCheck(change)

    def take(self, numbers: Sequence[Wanted]) -> list[Refusal]:
        """Write *numbers*, each of them once, and return why any of them were refused."""
        refusals: list[Refusal] = []
        loops = self._loops.looping({number.digits: number.endpoints for number in numbers})
        candidates = self._finder.candidates([number.digits for number in numbers])
        rows = self._rows(numbers, candidates.zone_ids)
        batch = _Batch()
        for number in numbers:
            here = rows.get(number.digits, {})
            zone = candidates.choose(number.digits, here)
            if not isinstance(zone, ZoneRow):
                refusal: tuple[str, str] | None = zone
            elif number.digits in loops:
                refusal = "number-loops", loops[number.digits]
            else:
                refusal = self._sort(batch, zone, number, here.get(zone.id))
            if refusal:
                code, hint = refusal
                refusals += [Refusal(line, code, "number", hint) for line in number.lines]
        self._write(batch)
        return refusals

    def _rows(
        self, numbers: Sequence[Wanted], zone_ids: list[int]
    ) -> dict[str, dict[int, Row[Any]]]:
        """Return the rows there are of *numbers*, by digits and zone."""
        found: dict[str, dict[int, Row[Any]]] = defaultdict(dict)
        if not zone_ids:
            return found
        digits = [number.digits for number in numbers]
        here = NumberRow.zone_id.in_(zone_ids)
        span = exists().where(here, NumberRow.digits.between(min(digits), max(digits)))
        if not self._session.scalar(select(span)):
            return found
        columns = (
            NumberRow.id,
            NumberRow.zone_id,
            NumberRow.digits,
            NumberRow.state,
            NumberRow.until_s,
            NumberRow.holder_id,
            NumberRow.registrar_id,
        )
        query: Any = select(*columns).where(here, NumberRow.digits.in_(digits))
        for row in self._session.execute(query):
            found[row.digits][row.zone_id] = row
        return found

    def _sort(
        self, batch: _Batch, zone: ZoneRow, number: Wanted, row: Row[Any] | None
    ) -> tuple[str, str] | None:
        """Put *number* where the batch wants it; return code and hint where it is refused."""
        if hidden := self._finder.hidden(zone, number.digits):
            return hidden
        if row is None:
            batch.new.append((zone, number))
            return None
        state = state_at(row.state, row.until_s, self._change.now_s)
        if state is State.FREE:
            batch.again.append((zone, number, row.id))
        elif state is not State.CLAIMED:
            until = f" until {moment(row.until_s)}" if row.until_s else ""
            return _CODES[state], f"+{number.digits} is {_WORDS[state]}{until}"
        elif self._party.id not in (row.holder_id, row.registrar_id):
            return "number-taken", f"+{number.digits} belongs to another party"
        else:
            batch.there.append((zone, number, row.id))
        return None

    def _write(self, batch: _Batch) -> None:
        """Write all of *batch*, and the log of it."""
        entries: dict[int, list[Entry]] = defaultdict(list)
        zones = {zone.id: zone for zone in batch.zones}
        self._insert(batch, entries)
        self._claim_again(batch, entries)
        self._replace(batch, entries)
        for zone_id, logged in entries.items():
            self._change.record_all(zones[zone_id], logged)

    def _insert(self, batch: _Batch, entries: dict[int, list[Entry]]) -> None:
        """Insert the numbers that have no row."""
        if not batch.new:
            return
        ids = self._ids.take(len(batch.new))
        rows = []
        endpoints: list[dict[str, Any]] = []
        for number_id, (zone, number) in zip(ids, batch.new, strict=True):
            rows.append(
                {"id": number_id, "zone_id": zone.id, "digits": number.digits, **self._claimed}
            )
            endpoints += _rows_of(number_id, number.endpoints)
            entries[zone.id].append(self._entry(number, None))
            self._count(number, "created")
        self._session.execute(insert(_NUMBER), rows)
        self._add(endpoints)

    def _claim_again(self, batch: _Batch, entries: dict[int, list[Entry]]) -> None:
        """Claim the numbers whose row has lapsed."""
        if not batch.again:
            return
        ids = [number_id for _, _, number_id in batch.again]
        self._session.execute(delete(_ENDPOINT).where(_ENDPOINT.c.number_id.in_(ids)))
        self._session.execute(delete(_HOLD).where(_HOLD.c.number_id.in_(ids)))
        lapsed = {"until_s": None, "hold_hash": None, "not_after_s": None, "recovery": None}
        query = update(_NUMBER).where(_NUMBER.c.id.in_(ids)).values(**self._claimed, **lapsed)
        self._session.execute(query)
        for zone, number, number_id in batch.again:
            self._add(_rows_of(number_id, number.endpoints))
            entries[zone.id].append(self._entry(number, None))
            self._count(number, "created")

    def _replace(self, batch: _Batch, entries: dict[int, list[Entry]]) -> None:
        """Give the numbers that are there already the endpoints of the file, where they differ."""
        there = self._endpoints([number_id for _, _, number_id in batch.there])
        gone: list[dict[str, Any]] = []
        come: list[dict[str, Any]] = []
        for zone, number, number_id in batch.there:
            before = there.get(number_id, ())
            if before == number.endpoints:
                self._count(number, "unchanged")
                continue
            gone += [{"b_id": number_id, "b_preference": each[0]} for each in before]
            come += _rows_of(number_id, number.endpoints)
            entries[zone.id].append(self._entry(number, before))
            self._count(number, "changed")
        if gone:
            here = _ENDPOINT.c.number_id == bindparam("b_id")
            each = _ENDPOINT.c.preference == bindparam("b_preference")
            self._session.execute(delete(_ENDPOINT).where(here, each), gone)
        self._add(come)

    def _endpoints(self, ids: list[int]) -> dict[int, Endpoints]:
        """Return the endpoints of the numbers with *ids*."""
        found: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
        if ids:
            columns = (_ENDPOINT.c.number_id, _ENDPOINT.c.preference, _ENDPOINT.c.service)
            query = select(*columns, _ENDPOINT.c.uri).where(_ENDPOINT.c.number_id.in_(ids))
            for number_id, *endpoint in self._session.execute(query.order_by(*columns[:2])):
                found[number_id].append((endpoint[0], endpoint[1], endpoint[2]))
        return {number_id: tuple(endpoints) for number_id, endpoints in found.items()}

    def _add(self, rows: list[dict[str, Any]]) -> None:
        """Insert endpoints."""
        if rows:
            self._session.execute(insert(_ENDPOINT), rows)

    @property
    def _claimed(self) -> dict[str, Any]:
        """Return the columns of a number this party claims."""
        registrar = self._party.id if self._party.kind == "registrar" else None
        return {
            "state": State.CLAIMED.value,
            "claimed_s": self._change.now_s,
            "holder_id": self._party.id,
            "registrar_id": registrar,
        }

    def _entry(self, number: Wanted, before: Endpoints | None) -> Entry:
        """Return the line of the log about *number*; *before* None: it was not claimed."""
        return Entry(
            "number.import",
            number.digits,
            before=None if before is None else self._shown(before),
            after=self._shown(number.endpoints),
        )

    def _shown(self, endpoints: Endpoints) -> Json:
        """Return a number as the log shows it."""
        return {"holder": self._party.name, "endpoints": [list(each) for each in endpoints]}

    def _count(self, number: Wanted, what: str) -> None:
        """Count what became of *number* and its lines."""
        tally = self.tally
        setattr(tally, what, getattr(tally, what) + 1)
        if what == "unchanged":
            tally.lines_unchanged += len(number.lines)
        else:
            tally.lines_taken += len(number.lines)


_CODES: Final = {
    State.HELD: "number-held",
    State.SUSPENDED: "number-suspended",
    State.RELEASED: "number-quarantined",
}
_WORDS: Final = {
    State.HELD: "held by somebody",
    State.SUSPENDED: "suspended",
    State.RELEASED: "in quarantine",
}


class _Batch:
    """Numbers of one batch, by what has to be done with them."""

    def __init__(self) -> None:
        self.new: list[tuple[ZoneRow, Wanted]] = []
        self.again: list[tuple[ZoneRow, Wanted, int]] = []
        self.there: list[tuple[ZoneRow, Wanted, int]] = []

    @property
    def zones(self) -> Iterable[ZoneRow]:
        """Yield the zones that are concerned, some of them often."""
        for zone, _ in self.new:
            yield zone
        for zone, _, _ in self.again + self.there:
            yield zone


class _Ids:
    """Gives out the ids of new numbers, which their endpoints need in the same statement."""

    def __init__(self, change: Change) -> None:
        self._session = change.session
        self._last: int | None = None

    def take(self, count: int) -> list[int]:
        """Return *count* ids that no other number has."""
        if self._session.get_bind().dialect.name == "postgresql":
            query = text(
                "SELECT nextval(pg_get_serial_sequence('number', 'id')) "
                "FROM generate_series(1, :count)"
            )
            return list(self._session.scalars(query, {"count": count}))
        # SQLite has one writer, and until the commit that is this transaction.
        if self._last is None:
            query = text("SELECT coalesce(max(id), 0) FROM number")
            self._last = int(self._session.scalar(query) or 0)
        first, self._last = self._last + 1, self._last + count
        return list(range(first, self._last + 1))


def _rows_of(number_id: int, endpoints: Endpoints) -> list[dict[str, Any]]:
    """Return the rows of the table `endpoint` for one number."""
    return [
        {"number_id": number_id, "preference": preference, "service": service, "uri": uri}
        for preference, service, uri in endpoints
    ]
