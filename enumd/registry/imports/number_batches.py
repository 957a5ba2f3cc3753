"""Numbers of an import file, decided a batch at a time.

What a file says of a number replaces all of its endpoints; a number it does not name is left as it
is. So the second import of a file finds nothing to do. A number belongs to the party that imports
it, or to nobody but the registry where none is named; one that belongs to somebody else, or cannot
be claimed just now, is refused as a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Row, Table, exists, select

from enumd.registry import number_image
from enumd.registry.changes import Change, compact
from enumd.registry.files.one_name import Endpoints
from enumd.registry.files.rows import ZONE_TTL, Refusal
from enumd.registry.imports.batch_loops import LoopCheck
from enumd.registry.imports.stage import Sheet
from enumd.registry.imports.zone_choice import Tree, ZoneFinder
from enumd.registry.lifecycle import State, Stored, moment, state_at, until_at
from enumd.registry.number_image import Image
from enumd.registry.schema import EndpointRow, NumberRow, PartyRow

_NUMBER: Final = cast(Table, NumberRow.__table__)
_ENDPOINT: Final = cast(Table, EndpointRow.__table__)


class WantedNumber(NamedTuple):
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
    """What becomes of numbers and lines."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    silenced: int = 0
    """Of those changed: numbers that had endpoints and have none now."""
    lines_taken: int = 0
    lines_unchanged: int = 0


class NumberImport:
    """Decides about numbers for one party."""

    def __init__(
        self, change: Change, party: PartyRow | None, finder: ZoneFinder, loops: LoopCheck
    ) -> None:
        """Decide what becomes of numbers that *party*, or the registry itself, imports."""
        self.tally = Tally()
        self._session = change.session
        self._now_s = change.now_s
        self._party_id = party.id if party else None
        self._claimed_as = _image_of_claim(change, party)
        self._finder = finder
        self._owners: dict[int, str] = {}
        self._loops = loops

    def take(self, numbers: Sequence[WantedNumber], sheet: Sheet) -> None:
        """Put *numbers*, each of them once, on *sheet*, and why any of them are refused."""
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
                sheet.refusals += [Refusal(line, code, "number", hint) for line in number.lines]
        self._claim(batch, sheet)
        self._replace(batch, sheet)

    def _rows(
        self, numbers: Sequence[WantedNumber], zone_ids: list[int]
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
        self, batch: _Batch, tree: Tree, number: WantedNumber, row: Row[Any] | None
    ) -> tuple[str, str] | None:
        """Put *number* where the batch wants it; return code and hint where it is refused."""
        if len(number.digits) - len(tree.prefix) > tree.room:
            return "owner-invalid", f"its name below {tree.apex} would have over 255 octets"
        if hidden := tree.exclusions.number_at(number.digits[len(tree.prefix) :]):
            return hidden
        if row is None:
            batch.free.append((tree.zone_id, number, None))
            return None
        stored = Stored(row.state, row.until_s, row.not_after_s, row.free_s)
        state = state_at(stored, self._now_s)
        if state is State.FREE:
            batch.free.append((tree.zone_id, number, row.id))
        elif state is not State.CLAIMED:
            until_s = until_at(stored, self._now_s)
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

    def _claim(self, batch: _Batch, sheet: Sheet) -> None:
        """Claim the numbers that are free: without a row, or with one that has lapsed."""
        lapsed = self._images([each[2] for each in batch.free if each[2] is not None])
        for zone_id, number, number_id in batch.free:
            new = number_id is None
            ref = sheet.ref() if number_id is None else -number_id
            ttl_s = number.stored_ttl_s
            sheet.numbers.append((ref, zone_id, number.digits, ttl_s, not new, not new, False))
            sheet.endpoints += _rows(ref, number.endpoints)
            before = _FREE if number_id is None else compact(lapsed[number_id])
            after = compact(_with(self._claimed_as, number.endpoints, ttl_s))
            sheet.log.append((zone_id, number.digits, None, _ACTION, before, after))
            self.tally.created += 1
            self.tally.lines_taken += len(number.lines)

    def _replace(self, batch: _Batch, sheet: Sheet) -> None:
        """Give the numbers that are there already what the file says, where that differs."""
        there = self._endpoints([each[2] for each in batch.there])
        changed: list[tuple[int, WantedNumber, int, int | None]] = []
        for zone_id, number, number_id, ttl_s in batch.there:
            before = there.get(number_id, ())
            wanted_s = ttl_s if number.ttl_s is None else number.stored_ttl_s
            emptied, retimed = before != number.endpoints, ttl_s != wanted_s
            if not emptied and not retimed:
                self.tally.unchanged += 1
                self.tally.lines_unchanged += len(number.lines)
                continue
            row = (-number_id, zone_id, number.digits, wanted_s, False, emptied, retimed)
            sheet.numbers.append(row)
            sheet.endpoints += _rows(-number_id, number.endpoints) if emptied else []
            changed.append((zone_id, number, number_id, wanted_s))
            self.tally.changed += 1
            self.tally.silenced += not number.endpoints
            self.tally.lines_taken += len(number.lines)
        images = self._images([each[2] for each in changed])
        for zone_id, number, number_id, ttl_s in changed:
            image = images[number_id]
            after = compact(_with(image, number.endpoints, ttl_s))
            sheet.log.append((zone_id, number.digits, None, _ACTION, compact(image), after))

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

    def _images(self, ids: list[int]) -> dict[int, Image]:
        """Return what the log says of the numbers with *ids*, as they are."""
        return number_image.describe_all(self._session, ids, self._now_s) if ids else {}


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


def _rows(ref: int, endpoints: Endpoints) -> list[tuple[Any, ...]]:
    """Return the rows of the *endpoints* of one number."""
    return [
        (ref, preference, position, service, uri)
        for position, (preference, service, uri) in enumerate(endpoints)
    ]


_ACTION: Final = "number.import"
_FREE: Final = compact(number_image.FREE)
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


class _Batch:
    """Numbers of one batch and the ids of their zones, by what has to be done with them.

    Those that have a row come with its id, and those that are there with their TTL.
    """

    def __init__(self) -> None:
        self.free: list[tuple[int, WantedNumber, int | None]] = []
        self.there: list[tuple[int, WantedNumber, int, int | None]] = []
