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
from enumd.registry.render import Renderer
from enumd.registry.schema import ChangeRow, ZoneRow

_LINE: Final = (
    *(ChangeRow.id, ChangeRow.zone_id, ChangeRow.serial, ChangeRow.at_s, ChangeRow.actor),
    *(ChangeRow.digits, ChangeRow.owner, ChangeRow.action, ChangeRow.before, ChangeRow.after),
)

# All columns there are, so that one to come is not forgotten; the log tells of serials.
_PARAMETERS: Final = tuple(
    name
    for name in cast(Table, ZoneRow.__table__).columns.keys()  # noqa: SIM118 (no mapping)
    if name not in ("id", "serial", "created_s")
)

_DIGEST_DIGITS: Final = 32


def zones_and_origins(session: Session) -> list[tuple[ZoneRow, Origin | None]]:
    """Return every zone by apex, and what it is published from as the registry has it now.

    A zone whose serial no line of its log carries has no origin: it cannot be told from another.
    """
    line = aliased(ChangeRow)
    last = (
        select(line.id)
        .where(line.zone_id == ZoneRow.id, line.serial == ZoneRow.serial)
        .order_by(line.id.desc())
        .limit(1)
        .correlate(ZoneRow)
        .scalar_subquery()
    )
    query = select(ZoneRow, *_LINE).outerjoin(ChangeRow, ChangeRow.id == last)
    query = query.where(ZoneRow.removed_s.is_(None))
    return [
        (zone, None if line[0] is None else _origin(zone, line))
        for zone, *line in session.execute(query.order_by(ZoneRow.apex))
    ]


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
