"""One zone on its way from a snapshot of the registry to a transaction on the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.core.rrset import RRset
from enumd.core.serial import Serial
from enumd.index.layout import Answer, Origin
from enumd.index.writer import IndexTransaction
from enumd.registry.compile.affected import Change, affected, read_changes
from enumd.registry.compile.answers import zone_head
from enumd.registry.compile.names import Name, compile_apex, compile_names, compile_zone
from enumd.registry.garbage import few_collections
from enumd.registry.lifecycle_sql import SOMEBODYS
from enumd.registry.origin import Lines
from enumd.registry.schema import NumberRow, ZoneRow

_TELL_EVERY: Final = 10_000

Progress = Callable[[str, int], None]
"""Is told the apex, and how many of its names are done."""


@dataclass(frozen=True, slots=True)
class ZonePublished:
    """What one publish did to a zone."""

    apex: str
    from_serial: int | None
    """The serial that was published before; None for a new zone."""
    to_serial: int | None
    """The serial that is published now; None for a zone that is gone."""
    names: int
    """How many names were looked at."""
    rebuilt: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What all zones of one publish have in common."""

    session: Session
    lines: Lines
    transaction: IndexTransaction
    now_s: int
    progress: Progress


class ZonePublication:
    """One zone: what is published of it, and what is to be."""

    def __init__(self, run: Run, row: ZoneRow, origin: Origin | None) -> None:
        """Compare what *row* is published from now, *origin*, with what is published."""
        self.run = run
        self.row = row
        self.apex = row.tree.name.to_wire() or b""
        self.origin = origin
        self.before = run.transaction.zone(self.apex)
        """The head that is published; None for a new zone."""
        self.due_s = self.before.due_s if self.before else 0
        """The second at which it was to be published again; afterwards the next such second."""

    @property
    def is_due(self) -> bool:
        """Tell whether something has ended since it was published."""
        return 0 < self.due_s <= self.run.now_s

    @property
    def is_published(self) -> bool:
        """Tell whether the zone is published as the registry has it."""
        same = bool(self.before and self.origin and self.before.made_from == self.origin)
        return same and not self.is_due

    @property
    def is_behind(self) -> bool:
        """Tell whether other content is published under a serial that is not older."""
        if self.before is None or self.is_published:
            return False
        return not Serial(self.row.serial).newer_than(self.before.serial)

    def publish(self, rebuild: bool) -> ZonePublished | None:
        """Publish the zone, all of it where that is less work or *rebuild* says so.

        None where it is published already.
        """
        if self.is_published and not rebuild:
            return None
        began = time.perf_counter()
        changes = None if rebuild else self._changes()
        self.due_s = self._next_due_s()
        names = self._rebuild() if changes is None else self._apply(changes)
        serial = self.before.serial.value if self.before else None
        seconds = time.perf_counter() - began
        return ZonePublished(
            self.row.apex, serial, self.row.serial, names, changes is None, seconds
        )

    def _changes(self) -> Iterator[list[Change]] | None:
        """Return what has changed since it was published, None where everything may have.

        So it is where the log does not lead here from what is published: the registry was restored
        from a backup, say.
        """
        before = self.before.made_from if self.before else None
        if self.before is None or before is None or self.origin is None:
            return None
        if before.names != self.origin.names or not self.run.lines.has(self.row, before):
            return None
        return read_changes(self.run.session, self.row, self.before, self.run.now_s)

    def _rebuild(self) -> int:
        """Publish the whole zone; return how many names it has."""
        run = self.run
        self._put_head(compile_apex(run.session, self.row))
        run.transaction.replace_entries(self.apex, ())
        with few_collections():
            run.transaction.replace(
                self.apex, self._answers(compile_zone(run.session, self.row, run.now_s))
            )
        head = run.transaction.zone(self.apex)
        return head.names if head else 0

    def _answers(self, names: Iterator[Name]) -> Iterator[tuple[bytes, Answer]]:
        """Yield the answers of *names*, publish their entries on the way, say how far it is."""
        count = 0
        for key, answer, entry in names:
            if entry is not None:
                self.run.transaction.put_entry(self.apex, key, entry)
            if answer is not None:
                yield key, answer
                count += 1
                if not count % _TELL_EVERY:
                    self.run.progress(self.row.apex, count)

    def _apply(self, changes: Iterator[list[Change]]) -> int:
        """Publish what is there now at the names of *changes*; return how many there were."""
        count, run = 0, self.run
        for chunk in changes:
            touched = affected(self.row.prefix, chunk)
            at_apex, names = compile_names(run.session, self.row, touched, run.now_s)
            self._put_head(at_apex)
            for key, answer, entry in names:
                run.transaction.put(self.apex, key, answer)
                run.transaction.put_entry(self.apex, key, entry)
            count += len(names)
            run.progress(self.row.apex, count)
        return count

    def _put_head(self, at_apex: tuple[RRset, ...]) -> None:
        """Publish the head of the zone, with the records it has *at_apex*."""
        head = zone_head(self.row, at_apex)
        self.run.transaction.put_zone(replace(head, made_from=self.origin, due_s=self.due_s))

    def _next_due_s(self) -> int:
        """Return the second at which the next claim of the zone ends; 0: none does."""
        query = select(func.min(NumberRow.not_after_s)).where(
            NumberRow.zone_id == self.row.id,
            NumberRow.not_after_s > self.run.now_s,
            NumberRow.state.in_(SOMEBODYS),
        )
        return self.run.session.scalar(query) or 0
