"""The registry's zones brought into the index that servers read.

Publishing is idempotent and can be done again at any time: it compares serials and applies what the
change log names after the index's own, or renders the whole zone where that is less work or the
log does not reach back. A change that was committed and not published is published the next time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import dns.name
from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from enumd.core.serial import Serial
from enumd.index.layout import Answer
from enumd.index.writer import IndexWriter, Transaction
from enumd.registry import zones
from enumd.registry.database import Registry
from enumd.registry.garbage import few_collections
from enumd.registry.render import zone_head
from enumd.registry.schema import ChangeRow, ZoneRow
from enumd.registry.zone_content import at_apex, names_at, names_of, states_of

CHUNK: Final = 500
"""How many names are looked up together."""

_TELL_EVERY: Final = 10_000

Progress = Callable[[str, int], None]
"""Is told the apex, and how many of its names are done."""


@dataclass(frozen=True, slots=True)
class Published:
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


def publish(
    registry: Registry,
    writer: IndexWriter,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> list[Published]:
    """Bring the index of *writer* up to *registry*; return what was done, zone by zone.

    A zone whose serial is published already is left alone, unless *rebuild* says to render
    everything anew.
    """
    told = progress or (lambda apex, names: None)

    def work(transaction: Transaction) -> list[Published]:
        # The snapshot of the registry is taken after the lock on the index is ours. The other way
        # round, the slower of two publishers would put an older state over a newer one.
        with registry.read() as session:
            return _publish(session, transaction, rebuild, told)

    return writer.publish(work)


def _publish(
    session: Session, transaction: Transaction, rebuild: bool, progress: Progress
) -> list[Published]:
    """Publish what one snapshot of the registry says."""
    done: list[Published] = []
    wanted = {zone.tree.name.to_wire() or b"": zone for zone in zones.listing(session)}
    for before in transaction.zones():
        if before.apex not in wanted:
            transaction.remove_zone(before.apex)
            gone = str(dns.name.from_wire(before.apex, 0)[0])
            done.append(Published(gone, before.serial.value, None, before.names, False, 0.0))
    for apex, zone in wanted.items():
        began = time.perf_counter()
        found = _publish_zone(_Zone(session, transaction, zone, apex, progress), rebuild)
        if found is not None:
            names, rebuilt, before_serial = found
            seconds = time.perf_counter() - began
            done.append(Published(zone.apex, before_serial, zone.serial, names, rebuilt, seconds))
    return done


class _Counted:
    """Counts the names of a stream, and says how far it is."""

    def __init__(self, names: Iterator[tuple[bytes, Answer]], tell: Callable[[int], None]) -> None:
        self._stream = names
        self._tell = tell
        self.names = 0

    def __iter__(self) -> Iterator[tuple[bytes, Answer]]:
        """Yield the names of the stream."""
        for name in self._stream:
            self.names += 1
            if not self.names % _TELL_EVERY:
                self._tell(self.names)
            yield name


@dataclass(frozen=True, slots=True)
class _Zone:
    """One zone on its way from a snapshot of the registry to a transaction on the index."""

    session: Session
    transaction: Transaction
    row: ZoneRow
    apex: bytes
    progress: Progress

    def told(self, names: int) -> None:
        """Say how many names are done."""
        self.progress(self.row.apex, names)

    def rebuild(self) -> int:
        """Publish the whole zone; return how many names it has."""
        self.transaction.put_zone(zone_head(self.row, at_apex(self.session, self.row)))
        counted = _Counted(names_of(self.session, self.row), self.told)
        with few_collections():
            self.transaction.replace(self.apex, counted)
            self.transaction.replace_states(self.apex, states_of(self.session, self.row))
        return counted.names

    def apply(self, changed: Iterator[tuple[str | None, str | None]]) -> int:
        """Publish what is there now at each of the *changed* names; return how many there were."""
        names = 0
        while chunk := list(islice(changed, CHUNK)):
            found = names_at(self.session, self.row, chunk)
            self.transaction.put_zone(zone_head(self.row, found.at_apex))
            for key, answer in found.answers.items():
                self.transaction.put(self.apex, key, answer)
            for key, state in found.states.items():
                self.transaction.put_state(self.apex, key, state)
            names += len(found.answers)
            self.told(names)
        return names


def _publish_zone(zone: _Zone, rebuild: bool) -> tuple[int, bool, int | None] | None:
    """Publish one zone: return names, whether it was rebuilt, the serial before; None: no need."""
    before = zone.transaction.zone(zone.apex)
    if before is None:
        return zone.rebuild(), True, None
    if rebuild:
        return zone.rebuild(), True, before.serial.value
    if before.serial.value == zone.row.serial:
        return None
    changed = _changed(zone, before.serial, max(CHUNK, before.names // 2))
    if changed is None:
        return zone.rebuild(), True, before.serial.value
    return zone.apply(changed), False, before.serial.value


def _changed(
    zone: _Zone, serial: Serial, most: int
) -> Iterator[tuple[str | None, str | None]] | None:
    """Return the digits and owners the log names after *serial*, each once.

    None where they are more than *most*, or the log does not know that serial: the registry was
    restored from a backup, say, and the index is ahead of it.
    """
    log = ChangeRow.zone_id == zone.row.id
    known = exists().where(log, ChangeRow.serial == serial.value)
    later: ColumnElement[bool] = ChangeRow.serial > serial.value
    if zone.row.serial < serial.value:
        # The serial has passed 2**32 meanwhile. Names from its first life are only looked at again.
        later = or_(later, ChangeRow.serial <= zone.row.serial)
    # By serial and not by id: the index of the log finds a serial among millions of lines.
    names = select(ChangeRow.digits, ChangeRow.owner).where(log, later, known).distinct()
    first = [(row[0], row[1]) for row in zone.session.execute(names.limit(CHUNK + 1))]
    if not first:
        return None
    if len(first) <= CHUNK:
        return iter(first)
    count = zone.session.scalar(select(func.count()).select_from(names.subquery()))
    if count is None or count > most:
        return None
    return (
        (row[0], row[1]) for row in zone.session.execute(names.execution_options(yield_per=CHUNK))
    )
