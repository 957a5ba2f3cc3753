"""What the change log says of one number."""

from __future__ import annotations

import json
from dataclasses import dataclass

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.registry import zones
from enumd.registry.changes import Actor, Json
from enumd.registry.schema import ChangeRow


@dataclass(frozen=True, slots=True)
class NumberEvent:
    """One thing that happened to a number."""

    at_s: int
    serial: int
    actor: Actor
    action: str
    """`thing.verb`, such as `number.claim`."""
    before: Json
    after: Json


def of_number(
    session: Session, number: Number, apex: dns.name.Name | None = None, limit: int | None = None
) -> list[NumberEvent]:
    """Return what happened to *number* in its zone, oldest first; of more than *limit* the latest.

    Raises:
        NotFound, Conflict: as `zones.find_for` says.
    """
    zone = zones.find_for(session, number, apex)
    query = (
        select(ChangeRow)
        .where(ChangeRow.zone_id == zone.id, ChangeRow.digits == number.digits)
        .order_by(ChangeRow.id.desc())
        .limit(limit)
    )
    return [_read(row) for row in reversed(session.scalars(query).all())]


def _read(row: ChangeRow) -> NumberEvent:
    """Return what a line of the log says."""
    before, after = (None if text is None else json.loads(text) for text in (row.before, row.after))
    actor = Actor(row.party, row.door)
    return NumberEvent(row.at_s, row.serial or 0, actor, row.action, before, after)
