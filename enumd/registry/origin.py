"""What a zone is published from, so that a publish knows whether there is anything to do.

The serial alone does not tell: a registry that was restored from a backup gives serials and ids
out a second time. The last line of a zone's log does, by its content, and beside it the parameters
of the zone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Select, Table, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from enumd.index.layout import Origin
from enumd.registry.changes import compact
from enumd.registry.compile.answers import Renderer
from enumd.registry.schema import ChangeRow, ZoneRow

# All columns there are, the id first.
_LINE: Final = tuple(cast(Table, ChangeRow.__table__).columns)
_ZONE: Final = [column.name for column in _LINE].index("zone_id")

# All columns there are, so that one to come is not forgotten; the log tells of serials.
_PARAMETERS: Final = tuple(
    name
    for name in cast(Table, ZoneRow.__table__).columns.keys()  # noqa: SIM118 (no mapping)
    if name not in ("id", "serial", "created_s")
)

# Statements are made once: every publish asks them, and making one costs more than its answer.
_BY_ID: Final = select(*_LINE).where(ChangeRow.id.in_(bindparam("ids", expanding=True)))
_LAST: Final = select(*_LINE).where(
    or_(
        ChangeRow.id == select(func.max(ChangeRow.id)).scalar_subquery(),
        ChangeRow.id == bindparam("known"),
    )
)

_DIGEST_DIGITS: Final = 32

_TOGETHER: Final = 500
"""How many lines are asked for at once."""


class Lines:
    """Lines of the log in one snapshot, by id; each is read once."""

    def __init__(self, session: Session) -> None:
        """Read nothing yet."""
        self._session = session
        self._rows: dict[int, Sequence[Any]] = {}

    def read_last(self, known: int = 0) -> int:
        """Read the last line of the whole log and the one with the id *known*; return its id, or 0.

        One statement, because every publish begins with it.
        """
        self._read(_LAST, known=known)
        return max(self._rows, default=0)

    def read(self, ids: Iterable[int]) -> None:
        """Read the lines with these *ids*."""
        missing = [each for each in ids if each not in self._rows]
        for place in range(0, len(missing), _TOGETHER):
            self._read(_BY_ID, ids=missing[place : place + _TOGETHER])

    def digest(self, change: int) -> str:
        """Return the digest of the line with the id *change*, nothing where there is none."""
        self.read([change])
        return _digest(self._rows[change]) if change in self._rows else ""

    def has(self, zone: ZoneRow, origin: Origin) -> bool:
        """Tell whether the log of *zone* has the very line *origin* ends with."""
        if self.digest(origin.change) != origin.line:
            return False
        return bool(self._rows[origin.change][_ZONE] == zone.id)

    def _read(self, query: Select[Any], **values: Any) -> None:
        """Read the lines that *query* finds with *values*."""
        self._rows |= {row[0]: tuple(row) for row in self._session.execute(query, values)}


def read_zones(
    session: Session, lines: Lines, ids: Collection[int] | None = None
) -> list[tuple[ZoneRow, Origin | None]]:
    """Return every zone by apex, and what it is published from as the registry has it now.

    With *ids* only the zones with these, and those of them that were removed as well. A zone whose
    serial no line of its log carries has no origin: it cannot be told from another.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    query = _zones_and_ends(is_sqlite=is_sqlite, whole=ids is None)
    rows: Iterable[Any] = session.execute(query, {"ids": list(ids or ())})
    ends = [(zone, end) for zone, end in rows]
    lines.read(end for _, end in ends if end is not None)
    return [(zone, _origin(zone, end, lines)) for zone, end in ends]


@cache
def _zones_and_ends(*, is_sqlite: bool, whole: bool) -> Select[Any]:
    """Return the statement for zones and the ids of the last lines of their logs."""
    line = aliased(ChangeRow)
    # PostgreSQL would walk back through all of the log to a zone that has not changed for long, if
    # the order were that of the ids themselves; SQLite's index of zone and serial ends with them.
    order = line.id if is_sqlite else line.id + 0
    last = (
        select(line.id)
        .where(line.zone_id == ZoneRow.id, line.serial == ZoneRow.serial)
        .order_by(order.desc())
        .limit(1)
        .correlate(ZoneRow)
        .scalar_subquery()
    )
    # Not joined: PostgreSQL would read all of the log for it.
    chosen = ZoneRow.id.in_(bindparam("ids", expanding=True))
    wanted = ZoneRow.removed_s.is_(None) if whole else chosen
    return select(ZoneRow, last).where(wanted).order_by(ZoneRow.apex)


def _origin(zone: ZoneRow, end: int | None, lines: Lines) -> Origin | None:
    """Return the origin of *zone* whose log ends with the line *end*, None without one."""
    if end is None:
        return None
    parameters = _digest([getattr(zone, name) for name in _PARAMETERS])
    return Origin(end, lines.digest(end), parameters, Renderer.shape(zone))


def _digest(values: Sequence[Any]) -> str:
    """Return the digest of plain values."""
    text = compact(list(values)) or ""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]
