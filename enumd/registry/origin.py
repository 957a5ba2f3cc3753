"""What a zone is published from, so that a publish knows whether there is anything to do.

The serial alone does not tell: a registry that was restored from a backup gives serials and ids
out a second time. The last line of a zone's log does, by its content, and beside it the parameters
of the zone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session, aliased

from enumd.index.layout import Origin
from enumd.registry.changes import compact
from enumd.registry.compile.answers import Renderer
from enumd.registry.schema import ChangeRow, ZoneRow

_LINE: Final = (
    *(ChangeRow.id, ChangeRow.transaction_id, ChangeRow.zone_id, ChangeRow.serial),
    *(ChangeRow.at_s, ChangeRow.door, ChangeRow.party),
    *(ChangeRow.digits, ChangeRow.owner, ChangeRow.action, ChangeRow.before, ChangeRow.after),
)

# All columns there are, so that one to come is not forgotten; the log tells of serials.
_PARAMETERS: Final = tuple(
    name
    for name in cast(Table, ZoneRow.__table__).columns.keys()  # noqa: SIM118 (no mapping)
    if name not in ("id", "serial", "created_s")
)

_DIGEST_DIGITS: Final = 32

_TOGETHER: Final = 500
"""How many lines are asked for at once."""


def zones_and_origins(session: Session) -> list[tuple[ZoneRow, Origin | None]]:
    """Return every zone by apex, and what it is published from as the registry has it now.

    A zone whose serial no line of its log carries has no origin: it cannot be told from another.
    """
    line = aliased(ChangeRow)
    # PostgreSQL would walk back through all of the log to a zone that has not changed for long, if
    # the order were that of the ids themselves; SQLite's index of zone and serial ends with them.
    order = line.id if session.get_bind().dialect.name == "sqlite" else line.id + 0
    last = (
        select(line.id)
        .where(line.zone_id == ZoneRow.id, line.serial == ZoneRow.serial)
        .order_by(order.desc())
        .limit(1)
        .correlate(ZoneRow)
        .scalar_subquery()
    )
    # Not joined: PostgreSQL would read all of the log for it.
    query = select(ZoneRow, last).where(ZoneRow.removed_s.is_(None)).order_by(ZoneRow.apex)
    ends = [(zone, end) for zone, end in session.execute(query)]
    lines = _lines(session, [end for _, end in ends if end is not None])
    return [(zone, _origin(zone, lines[end]) if end in lines else None) for zone, end in ends]


def _lines(session: Session, ids: Sequence[int]) -> dict[int, Sequence[Any]]:
    """Return the lines of the log with these *ids*, by id."""
    found: dict[int, Sequence[Any]] = {}
    for place in range(0, len(ids), _TOGETHER):
        query = select(*_LINE).where(ChangeRow.id.in_(ids[place : place + _TOGETHER]))
        found |= {row[0]: tuple(row) for row in session.execute(query)}
    return found


def has_line(session: Session, zone: ZoneRow, origin: Origin) -> bool:
    """Tell whether the log of *zone* has the very line *origin* ends with."""
    here = (ChangeRow.id == origin.change, ChangeRow.zone_id == zone.id)
    row = session.execute(select(*_LINE).where(*here)).first()
    return row is not None and _digest(row) == origin.line


def _origin(zone: ZoneRow, line: Sequence[Any]) -> Origin:
    """Return the origin of *zone* whose log ends with *line*."""
    parameters = _digest([getattr(zone, name) for name in _PARAMETERS])
    return Origin(line[0], _digest(line), parameters, Renderer.shape(zone))


def _digest(values: Sequence[Any] | Row[Any]) -> str:
    """Return the digest of plain values."""
    text = compact(list(values)) or ""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]
