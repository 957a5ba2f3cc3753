"""A transaction undone: what its lines say was before is put back, the last line first.

A line is inverted only where things still are as it left them, so nothing that came later is lost.
Undoing is a change like any other: it is logged, under `thing.undo`, has a serial of its own, and
can be undone. Two things never go back: a serial, and the row of a zone, which is removed instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.errors import Conflict, NotFound
from enumd.registry import put_back
from enumd.registry.changes import Change, Json
from enumd.registry.schema import ChangeRow, MetaRow, ZoneRow

_CHUNK: Final = 500
"""How many lines are read together."""


def invert(change: Change, transaction_id: int) -> int:
    """Undo the transaction with that id; return how many lines it had.

    Raises:
        NotFound: there is none.
        Conflict: something it changed is not as it left it, or its lines do not say enough.
    """
    _refuse_unknown(change.session, transaction_id)
    zones = _lock_zones(change, transaction_id)
    count = 0
    for line in _lines(change.session, transaction_id):
        _invert_line(change, zones.get(line.zone_id or 0), line)
        count += 1
    return count


def _refuse_unknown(session: Session, transaction_id: int) -> None:
    """Raise where there is no such transaction, or one of the time before lines said enough."""
    query = select(func.min(ChangeRow.id)).where(ChangeRow.transaction_id == transaction_id)
    first = session.scalar(query)
    if first is None:
        raise NotFound(f"the log has no transaction {transaction_id}")
    full = session.get(MetaRow, "first_full_line")
    if full is not None and first < int(full.value):
        raise Conflict(
            f"transaction {transaction_id} was logged by an older enumd, which did not say all "
            "that was before"
        ).advise("Change by hand what it changed: the log says as much as is known of it.")


def _lock_zones(change: Change, transaction_id: int) -> dict[int, ZoneRow]:
    """Lock the zones a transaction changed and return them by id."""
    query = select(ChangeRow.zone_id).where(
        ChangeRow.transaction_id == transaction_id, ChangeRow.zone_id.is_not(None)
    )
    # Always in the same order, so that two transactions never wait for each other.
    ids = sorted(each for each in change.session.scalars(query.distinct()) if each is not None)
    return {each: change.lock(change.session.get_one(ZoneRow, each)) for each in ids}


def _lines(session: Session, transaction_id: int) -> Iterator[ChangeRow]:
    """Yield the lines of a transaction, the last one first."""
    last: int | None = None
    while True:
        query = select(ChangeRow).where(ChangeRow.transaction_id == transaction_id)
        if last is not None:
            query = query.where(ChangeRow.id < last)
        rows = session.scalars(query.order_by(ChangeRow.id.desc()).limit(_CHUNK)).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def _invert_line(change: Change, zone: ZoneRow | None, line: ChangeRow) -> None:
    """Put back what *line* says was before, and log that."""
    thing, _, verb = line.action.partition(".")
    if (thing, verb) == ("zone", "serial"):
        return
    kind = put_back.KINDS[thing]
    place = put_back.Place(change, zone, line.digits, line.owner)
    before, after = _read(line.before), _read(line.after)
    present = kind.present(place, before, after)
    if kind.keeps(present) != kind.keeps(after):
        what = f"+{line.digits}" if line.digits else line.owner or _name(before or after)
        raise Conflict(
            f"{what} has been changed since: {line.action} cannot be undone, which was in "
            f"transaction {line.transaction_id}"
        ).advise("Undo what came later first, or change it by hand. Nothing was changed.")
    kind.put(place, kind.keeps(before), present)
    undone = kind.present(place, after, before)
    action = f"{'number' if thing == 'endpoint' else thing}.undo"
    change.record(zone, action, line.digits, present, undone, line.owner)


def _read(text: str | None) -> Any:
    """Return what JSON of the log says."""
    return None if text is None else json.loads(text)


def _name(image: Json) -> str:
    """Return what a zone, a pool or a party is called."""
    said = image if isinstance(image, dict) else {}
    return str(said.get("apex") or said.get("name"))
