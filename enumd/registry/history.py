"""What the change log says of one number."""

from __future__ import annotations

import json
from dataclasses import dataclass

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.registry import zones
from enumd.registry.changes import Json
from enumd.registry.schema import ChangeRow


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a number."""

    at_s: int
    serial: int
    actor: str
    action: str
    """`thing.verb`, such as `number.claim`."""
    before: Json
    after: Json


def of_number(
    session: Session, number: Number, apex: dns.name.Name | None = None, limit: int | None = None
) -> list[Event]:
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
    return [_event(row) for row in reversed(session.scalars(query).all())]


def _event(row: ChangeRow) -> Event:
    """Return a line of the log with its JSON read."""
    before, after = (None if text is None else json.loads(text) for text in (row.before, row.after))
    return Event(row.at_s, row.serial or 0, row.actor, row.action, before, after)
