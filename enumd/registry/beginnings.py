"""What of the registry begins with some text: for people who have typed a part of it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from enumd.registry.schema import NumberRow, PartyRow, PoolRow, ZoneRow

_NAMES: Final[dict[str, InstrumentedAttribute[str]]] = {
    "zone": ZoneRow.apex,
    "pool": PoolRow.name,
    "party": PartyRow.name,
}


def numbers(session: Session, digits: str, most: int) -> list[str]:
    """Return the digits of up to *most* numbers that were touched and begin with *digits*."""
    found: set[str] = set()
    # Zone by zone, because the index of numbers begins with the zone.
    for zone_id in session.scalars(select(ZoneRow.id)):
        query = select(NumberRow.digits).where(
            NumberRow.zone_id == zone_id,
            NumberRow.digits >= digits,
            NumberRow.digits < digits + ":",
        )
        found.update(session.scalars(query.order_by(NumberRow.digits).limit(most)))
    return sorted(found)[:most]


def names(session: Session, table: str, beginning: str, most: int) -> list[str]:
    """Return up to *most* names of *table* (zone, pool or party) that begin with *beginning*."""
    column = _NAMES[table]
    query = select(column).where(column.startswith(beginning, autoescape=True))
    return list(session.scalars(query.order_by(column).limit(most)))
