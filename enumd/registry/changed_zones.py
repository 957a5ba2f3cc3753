"""Which zones have changed since an index was published: read from the log, not from all zones.

The log ends with the same line as when the index was published, or that line stands in it and
what comes after names the zones; where it does not, the registry is another than it was, restored
from a backup say, and every zone has to be looked at.

On SQLite lines come to light in the order of their ids: it has one writer. On PostgreSQL a
transaction may commit after another that took later ids; so lines are looked through again until
every transaction that was running meanwhile has ended.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, exists, func, select, text
from sqlalchemy.orm import Session

from enumd.index.checkpoint import Checkpoint
from enumd.registry.lifecycle_sql import SOMEBODYS
from enumd.registry.origin import Lines
from enumd.registry.schema import ChangeRow, NumberRow, ZoneRow

MANY: Final = 10_000
"""Where more lines than this were written, all zones are compared: there are fewer of those."""

_FEW: Final = 100
"""So many lines that concern no zone are looked through again rather than an index written."""

_RUNNING: Final = text(
    "SELECT CAST(CAST(pg_snapshot_xmin(now) AS text) AS bigint),"
    " CAST(CAST(pg_snapshot_xmax(now) AS text) AS bigint) FROM pg_current_snapshot() AS now"
)
"""The oldest transaction of PostgreSQL that may still be running, and the next to begin."""

# Statements are made once: every publish asks them, and making one costs more than its answer.
# In two steps: asked for the zones at once, SQLite reads the whole log by zone.
_LATER: Final = (
    select(ChangeRow.zone_id)
    .where(ChangeRow.id > bindparam("settled"))
    .order_by(ChangeRow.id)
    .limit(MANY)
    .subquery()
)
_NAMED: Final = select(_LATER.c.zone_id).distinct()

# Zone by zone, as the index has them.
_ENDS: Final = select(func.min(NumberRow.not_after_s)).where(
    NumberRow.zone_id == ZoneRow.id,
    NumberRow.not_after_s > bindparam("after_s"),
    NumberRow.state.in_(SOMEBODYS),
)
_NEXT_END: Final = select(func.min(_ENDS.correlate(ZoneRow).scalar_subquery())).where(
    ZoneRow.removed_s.is_(None)
)


class Log:
    """The end of the log in one snapshot of the registry, beside what an index says of it."""

    def __init__(self, session: Session, lines: Lines, before: Checkpoint | None) -> None:
        """Compare the log with *before*; None: the index does not say how far it is."""
        self._session = session
        self._lines = lines
        self._last = lines.read_last(before.change if before else 0)
        self._line = lines.digest(self._last) if self._last else ""
        self._oldest, self._following = self._running()
        # None as well where the log does not lead here from there.
        self._before = before if before and self._leads_here(before) else None

    def find_zones(self) -> set[int] | None:
        """Return the ids of the zones that the log names since, None where it cannot tell."""
        before = self._before
        if before is None or self._last - before.settled > MANY:
            return None
        if self._last == before.settled:
            return set()
        found = self._session.scalars(_NAMED, {"settled": before.settled})
        return {zone_id for zone_id in found if zone_id is not None}

    @property
    def lags(self) -> bool:
        """Tell whether so much of the log has to be looked through that the next should not."""
        return self._before is None or self._last - self._before.settled > _FEW

    def checkpoint(self, due_s: int) -> Checkpoint:
        """Return where an index is that is published from this snapshot, and next due at *due_s*.

        Where transactions are running that may have taken ids before the last one, these are
        waited for, one set of them after the other, so that it comes to an end.
        """
        last, before = self._last, self._before
        if self._oldest == self._following:
            return Checkpoint(last, self._line, last, due_s=due_s)
        if before is None:
            settled = 0
        elif not before.horizon:
            settled = before.settled
        elif self._oldest >= before.horizon:
            settled = before.awaited
        else:
            waiting = (before.settled, before.awaited, before.horizon)
            return Checkpoint(last, self._line, *waiting, due_s)
        return Checkpoint(last, self._line, settled, last, self._following, due_s)

    def _leads_here(self, before: Checkpoint) -> bool:
        """Tell whether the log has the very line that an index ended with.

        Transactions are counted by each server for itself: one that is yet to begin here cannot
        have been seen.
        """
        if before.horizon > self._following:
            return False
        return before.change == 0 or before.line == self._lines.digest(before.change)

    def _running(self) -> tuple[int, int]:
        """Return the oldest transaction that may be running and the next; equal: none is."""
        if self._session.get_bind().dialect.name == "sqlite":
            return 0, 0
        oldest, following = self._session.execute(_RUNNING).one()
        return oldest, following


def find_zones_with_ends(session: Session, from_s: int, to_s: int) -> set[int]:
    """Return the ids of the zones with a claim that ends from *from_s* to *to_s*, both included."""
    ends = exists().where(
        NumberRow.zone_id == ZoneRow.id, NumberRow.not_after_s.between(from_s, to_s)
    )
    return set(session.scalars(select(ZoneRow.id).where(ends)))


def find_next_end_s(session: Session, after_s: int) -> int:
    """Return the second at which the next claim of any zone ends; 0: none does."""
    return session.scalar(_NEXT_END, {"after_s": after_s}) or 0
