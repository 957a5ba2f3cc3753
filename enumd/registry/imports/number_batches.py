"""Numbers of an import file, written a batch at a time.

What a file says of a number replaces all of its endpoints; a number it does not name is left as it
is. So the second import of a file finds nothing to do. A number belongs to the party that imports
it, or to nobody but the registry where none is named; one that belongs to somebody else, or cannot
be claimed just now, is refused as a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Row, Table, bindparam, delete, exists, select, text, update

from enumd.registry import number_image, number_row, secret_rows
from enumd.registry.bulk import BulkInsert
from enumd.registry.changes import Change, LogLine
from enumd.registry.files.gathering import Endpoints
from enumd.registry.files.rows import ZONE_TTL, Refusal
from enumd.registry.imports.batch_loops import LoopCheck
from enumd.registry.imports.zone_choice import Tree, ZoneFinder
from enumd.registry.lifecycle import State, Stored, moment, state_at, until_at
from enumd.registry.number_image import Image
from enumd.registry.schema import EndpointRow, HoldRow, NumberRow, PartyRow

_NUMBER: Final = cast(Table, NumberRow.__table__)
_ENDPOINT: Final = cast(Table, EndpointRow.__table__)
_HOLD: Final = cast(Table, HoldRow.__table__)


class Wanted(NamedTuple):
    """A number as a file wants it."""

    digits: str
    endpoints: Endpoints
    lines: tuple[int, ...]
    ttl_s: int | None = None
    """The TTL of its endpoints; `rows.ZONE_TTL` for none of its own, None where nothing is said:
    then a number that is there keeps what it has."""

    @property
    def stored_ttl_s(self) -> int | None:
        """Return the TTL as a number that is new has it."""
        return None if self.ttl_s == ZONE_TTL else self.ttl_s


@dataclass(slots=True)
class Tally:
    """What became of the numbers and lines written so far."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    silenced: int = 0
    """Of those changed: numbers that had endpoints and have none now."""
    lines_taken: int = 0
    lines_unchanged: int = 0


class NumberImport:
    """Writes numbers for one party in one transaction."""

    def __init__(self, change: Change, party: PartyRow | None, finder: ZoneFinder) -> None:
        """Write what *party*, or the registry itself, imports as part of *change*."""
        self.tally = Tally()
        self._change = change
        self._session = change.session
        self._party_id = party.id if party else None
        self._registrar_id = party.id if party and party.kind == "registrar" else None
        self._claimed_as = _image_of_claim(change, party)
        self._finder = finder
        self._owners: dict[int, str] = {}
        self._ids = _Ids(change)
        self._loops = LoopCheck(change)
        owned = ("holder_id", "registrar_id", "ttl_s")
        number = ("id", "zone_id", "digits", "state", "claimed_s", *owned)
        self._insert_numbers = BulkInsert(self._session, NumberRow, *number)
        endpoint = ("number_id", "preference", "position", "service", "uri")
        self._insert_endpoints = BulkInsert(self._session, EndpointRow, *endpoint)

    def take(self, numbers: Sequence[Wanted]) -> list[Refusal]:
        """Write *numbers*, each of them once, and return why any of them were refused."""
        refusals: list[Refusal] = []
        loops = self._loops.looping({number.digits: number.endpoints for number in numbers})
        candidates = self._finder.candidates([number.digits for number in numbers])
        rows = self._rows(numbers, candidates.zone_ids)
        batch = _Batch()
        for number in numbers:
            here = rows.get(number.digits, _NO_ROWS)
            tree = candidates.choose(number.digits, here)
            refusal: tuple[str, str] | None
            if not isinstance(tree, Tree):
                refusal = tree
            elif number.digits in loops:
                refusal = "number-loops", loops[number.digits]
            else:
                refusal = self._sort(batch, tree, number, here.get(tree.zone_id))
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
        here = _NUMBER.c.zone_id.in_(zone_ids)
        between = (_NUMBER.c.digits >= min(digits), _NUMBER.c.digits <= max(digits))
        if not self._session.scalar(select(exists().where(here, *between))):
            return found
        owned = ("holder_id", "registrar_id", "ttl_s")
        names = ("id", "zone_id", "digits", *Stored._fields, *owned)
        columns = [_NUMBER.c[name] for name in names]
        query: Any = select(*columns).where(here, _NUMBER.c.digits.in_(digits))
        for row in self._session.connection().execute(query):
            found[row.digits][row.zone_id] = row
        return found

    def _sort(
        self, batch: _Batch, tree: Tree, number: Wanted, row: Row[Any] | None
    ) -> tuple[str, str] | None:
        """Put *number* where the batch wants it; return code and hint where it is refused."""
        if len(number.digits) - len(tree.prefix) > tree.room:
            return "owner-invalid", f"its name below {tree.apex} would have over 255 octets"
        if hidden := tree.exclusions.number_at(number.digits[len(tree.prefix) :]):
            return hidden
        if row is None:
            batch.new.append((tree.zone_id, number))
            return None
        stored = Stored(row.state, row.until_s, row.not_after_s, row.free_s)
        state = state_at(stored, self._change.now_s)
        if state is State.FREE:
            batch.again.append((tree.zone_id, number, row.id))
        elif state is not State.CLAIMED:
            until_s = until_at(stored, self._change.now_s)
            until = f" until {moment(until_s)}" if until_s else ""
            return _CODES[state], f"+{number.digits} is {_WORDS[state]}{until}"
        elif not self._may_replace(row):
            return "number-taken", self._whose(number.digits, row)
        else:
            batch.there.append((tree.zone_id, number, row.id, row.ttl_s))
        return None

    def _may_replace(self, row: Row[Any]) -> bool:
        """Tell whether a claimed number is the importing party's, or nobody's as the file is."""
        if self._party_id is None:
            return row.holder_id is None and row.registrar_id is None
        return self._party_id in (row.holder_id, row.registrar_id)

    def _whose(self, digits: str, row: Row[Any]) -> str:
        """Return to whom a number belongs that the importing party may not change."""
        owner_id = row.registrar_id or row.holder_id
        if owner_id is None:
            return f"+{digits} belongs to no party; import it without --as"
        if owner_id not in self._owners:
            self._owners[owner_id] = self._session.get_one(PartyRow, owner_id).name
        owner = self._owners[owner_id]
        return f"+{digits} belongs to {owner}; if the file is theirs, import it with --as {owner}"

    def _write(self, batch: _Batch) -> None:
        """Write all of *batch*, and the log of it."""
        entries: dict[int, list[LogLine]] = defaultdict(list)
        self._insert(batch, entries)
        self._claim_again(batch, entries)
        self._replace(batch, entries)
        for zone_id, logged in entries.items():
            self._change.record_all(self._finder.row(zone_id), logged)

    def _insert(self, batch: _Batch, entries: dict[int, list[LogLine]]) -> None:
        """Insert the numbers that have no row."""
        if not batch.new:
            return
        tail = (State.CLAIMED.value, self._change.now_s, self._party_id, self._registrar_id)
        ids = self._ids.take(len(batch.new))
        rows = []
        endpoints: list[tuple[Any, ...]] = []
        for number_id, (zone_id, number) in zip(ids, batch.new, strict=True):
            rows.append((number_id, zone_id, number.digits, *tail, number.stored_ttl_s))
            for position, (preference, service, uri) in enumerate(number.endpoints):
                endpoints.append((number_id, preference, position, service, uri))
            entries[zone_id].append(self._claim(number, number_image.FREE))
            self.tally.lines_taken += len(number.lines)
        self.tally.created += len(rows)
        self._insert_numbers(rows)
        self._insert_endpoints(endpoints)

    def _claim_again(self, batch: _Batch, entries: dict[int, list[LogLine]]) -> None:
        """Claim the numbers whose row has lapsed."""
        if not batch.again:
            return
        ids = [number_id for _, _, number_id in batch.again]
        images = number_image.describe_all(self._session, ids, self._change.now_s)
        self._keep_secrets(ids)
        self._session.execute(delete(_ENDPOINT).where(_ENDPOINT.c.number_id.in_(ids)))
        self._session.execute(delete(_HOLD).where(_HOLD.c.number_id.in_(ids)))
        columns = number_row.BLANK | {
            "state": State.CLAIMED.value,
            "claimed_s": self._change.now_s,
            "holder_id": self._party_id,
            "registrar_id": self._registrar_id,
        }
        self._session.execute(update(_NUMBER).where(_NUMBER.c.id.in_(ids)).values(**columns))
        ttls = [(each[2], each[1].stored_ttl_s) for each in batch.again]
        self._set_ttls([each for each in ttls if each[1] is not None])
        for zone_id, number, number_id in batch.again:
            self._insert_endpoints(_rows(number_id, number.endpoints))
            entries[zone_id].append(self._claim(number, images[number_id]))
            self.tally.created += 1
            self.tally.lines_taken += len(number.lines)

    def _replace(self, batch: _Batch, entries: dict[int, list[LogLine]]) -> None:
        """Give the numbers that are there already what the file says, where that differs."""
        there = self._endpoints([each[2] for each in batch.there])
        gone: list[dict[str, Any]] = []
        come: list[tuple[Any, ...]] = []
        ttls: list[tuple[int, int | None]] = []
        changed: list[_There] = []
        for zone_id, number, number_id, ttl_s in batch.there:
            before = there.get(number_id, ())
            wanted_s = ttl_s if number.ttl_s is None else number.stored_ttl_s
            if before == number.endpoints and ttl_s == wanted_s:
                self.tally.unchanged += 1
                self.tally.lines_unchanged += len(number.lines)
                continue
            if before != number.endpoints:
                gone.append({"b_id": number_id})
                come += _rows(number_id, number.endpoints)
            ttls += [(number_id, wanted_s)] if ttl_s != wanted_s else []
            changed.append((zone_id, number, number_id, wanted_s))
            self.tally.changed += 1
            self.tally.silenced += not number.endpoints
            self.tally.lines_taken += len(number.lines)
        self._log_replaced(changed, entries)
        if gone:
            here = _ENDPOINT.c.number_id == bindparam("b_id")
            self._session.connection().execute(delete(_ENDPOINT).where(here), gone)
        self._insert_endpoints(come)
        self._set_ttls(ttls)

    def _set_ttls(self, ttls: list[tuple[int, int | None]]) -> None:
        """Give numbers the TTLs that stand behind their ids."""
        if ttls:
            statement = update(_NUMBER).where(_NUMBER.c.id == bindparam("b_id"))
            rows = [{"b_id": number_id, "b_ttl_s": ttl_s} for number_id, ttl_s in ttls]
            statement = statement.values(ttl_s=bindparam("b_ttl_s"))
            self._session.connection().execute(statement, rows)

    def _endpoints(self, ids: list[int]) -> dict[int, Endpoints]:
        """Return the endpoints of the numbers with *ids*."""
        found: dict[int, Endpoints] = {}
        if ids:
            columns = (_ENDPOINT.c.number_id, _ENDPOINT.c.preference, _ENDPOINT.c.service)
            query = select(*columns, _ENDPOINT.c.uri).where(_ENDPOINT.c.number_id.in_(ids))
            order = (*columns[:2], _ENDPOINT.c.position)
            rows = self._session.connection().execute(query.order_by(*order))
            for number_id, *endpoint in rows:
                found[number_id] = (*found.get(number_id, ()), tuple(endpoint))
        return found

    def _keep_secrets(self, ids: list[int]) -> None:
        """Keep the hashes that the numbers with *ids* are about to forget."""
        query = select(_NUMBER.c.recovery, _NUMBER.c.hold_hash).where(_NUMBER.c.id.in_(ids))
        for hashes in self._session.execute(query).all():
            for stored in hashes:
                secret_rows.keep(self._session, stored)

    def _claim(self, number: Wanted, before: Image) -> LogLine:
        """Return the line of the log about *number*, which was free."""
        after = _with(self._claimed_as, number.endpoints, number.stored_ttl_s)
        return LogLine("number.import", number.digits, None, before, after)

    def _log_replaced(self, changed: list[_There], entries: dict[int, list[LogLine]]) -> None:
        """Log what numbers say that are there already, before any of it is changed."""
        ids = [number_id for _, _, number_id, _ in changed]
        images = number_image.describe_all(self._session, ids, self._change.now_s) if ids else {}
        for zone_id, number, number_id, ttl_s in changed:
            before = images[number_id]
            after = _with(before, number.endpoints, ttl_s)
            entries[zone_id].append(LogLine("number.import", number.digits, None, before, after))


def _image_of_claim(change: Change, party: PartyRow | None) -> Image:
    """Return what the log says of any number that *party* imports, but for its endpoints."""
    image: Image = {"state": State.CLAIMED.value, "claimed_s": change.now_s}
    if party is not None:
        image["holder"] = party.name
        if party.kind == "registrar":
            image["registrar"] = party.name
    return image


def _with(image: Image, endpoints: Endpoints, ttl_s: int | None) -> Image:
    """Return *image* with other endpoints and another TTL."""
    kept = {name: value for name, value in image.items() if name not in ("endpoints", "ttl_s")}
    if endpoints:
        kept["endpoints"] = endpoints
    if ttl_s is not None:
        kept["ttl_s"] = ttl_s
    return kept


def _rows(number_id: int, endpoints: Endpoints) -> list[tuple[Any, ...]]:
    """Return the rows of the *endpoints* of one number."""
    return [
        (number_id, preference, position, service, uri)
        for position, (preference, service, uri) in enumerate(endpoints)
    ]


_NO_ROWS: Final[dict[int, Row[Any]]] = {}

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


_There = tuple[int, Wanted, int, int | None]
"""The id of a zone, a number of it that is there, its id and a TTL."""


class _Batch:
    """Numbers of one batch and the ids of their zones, by what has to be done with them.

    Those that have a row come with its id, and those that are there with their TTL.
    """

    def __init__(self) -> None:
        self.new: list[tuple[int, Wanted]] = []
        self.again: list[tuple[int, Wanted, int]] = []
        self.there: list[_There] = []


class _Ids:
    """Gives out the ids of new numbers, which their endpoints need in the same statement."""

    def __init__(self, change: Change) -> None:
        self._session = change.session
        self._last: int | None = None

    def take(self, count: int) -> Iterable[int]:
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
        return range(first, self._last + 1)
