"""The registry's zones brought into the index that servers read.

Publishing is idempotent and can be done again at any time: it compares what a zone was published
from with what the registry has now, and applies what the change log names since, or renders the
whole zone where that is less work or the log does not lead there. Serials are not compared for
that: a registry that was restored from a backup gives them out a second time. A change that was
committed and not published is published the next time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import dns.name
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from enumd.core.rrset import RRset
from enumd.core.serial import Serial
from enumd.index.layout import Answer, Origin, Zone
from enumd.index.writer import IndexWriter, Transaction
from enumd.registry import zones
from enumd.registry.changes import Actor
from enumd.registry.compile.answers import zone_head
from enumd.registry.compile.names import at_apex, entries_of, names_at, names_of
from enumd.registry.database import Registry
from enumd.registry.garbage import few_collections
from enumd.registry.origin import has_line, zones_and_origins
from enumd.registry.schema import ChangeRow, ZoneRow

CHUNK: Final = 500
"""How many names are looked up together."""

ACTOR: Final = Actor(None, "publish")
"""Who acts, as the change log names it, where a serial has to be moved on."""

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

    A zone that is published already as the registry has it is left alone, unless *rebuild* says to
    render everything anew. Where the registry's serial would not come after the published one, it
    is moved on in the registry first: secondaries look at nothing else. For nothing but that must
    *registry* be writable; one that was opened for reading is opened once more.

    Raises:
        IndexFault: the index cannot be written.
        RegistryError: the registry cannot be read, or a serial of it cannot be moved on.
    """
    told = progress or (lambda apex, names: None)

    def work(transaction: Transaction) -> list[Published]:
        # The snapshot of the registry is taken after the lock on the index is ours. The other way
        # round, the slower of two publishers would put an older state over a newer one.
        with registry.read() as session:
            return _publish(session, transaction, rebuild, told)

    while True:
        try:
            return writer.publish(work)
        except _SerialsBehind as found:
            # Not under the lock on the index: whoever has the registry's may wait for that one.
            _move_on(registry, found.published)


class _SerialsBehind(Exception):
    """Serials of the registry do not come after those that are published of other content."""

    def __init__(self, published: dict[str, Serial]) -> None:
        """Keep the serials that are *published*, by apex."""
        super().__init__(published)
        self.published = published


def _move_on(registry: Registry, published: dict[str, Serial]) -> None:
    """Let the serials of the registry come after those that are *published*."""
    with registry.writable() as writable, writable.change(ACTOR, int(time.time())) as change:
        for zone in zones.listing(change.session):
            if zone.apex not in published:
                continue
            before = change.lock(zone).serial
            change.advance(zone, published[zone.apex])
            if zone.serial != before:
                shown = {"published": published[zone.apex].value, "serial": before}
                change.record(zone, "zone.serial", None, shown, {"serial": zone.serial})


def _publish(
    session: Session, transaction: Transaction, rebuild: bool, progress: Progress
) -> list[Published]:
    """Publish what one snapshot of the registry says.

    Raises:
        _SerialsBehind: it cannot, before its serials are moved on; nothing was done.
    """
    done: list[Published] = []
    wanted = [
        _Zone(session, transaction, row, origin, progress)
        for row, origin in zones_and_origins(session)
    ]
    behind = {zone.row.apex: zone.before.serial for zone in wanted if zone.before and zone.behind}
    if behind:
        raise _SerialsBehind(behind)
    for before in transaction.zones():
        if before.apex not in {zone.apex for zone in wanted}:
            transaction.remove_zone(before.apex)
            gone = str(dns.name.from_wire(before.apex, 0)[0])
            done.append(Published(gone, before.serial.value, None, before.names, False, 0.0))
    for zone in wanted:
        began = time.perf_counter()
        found = _publish_zone(zone, rebuild)
        if found is not None:
            names, rebuilt = found
            seconds = time.perf_counter() - began
            serials = (zone.before.serial.value if zone.before else None, zone.row.serial)
            done.append(Published(zone.row.apex, *serials, names, rebuilt, seconds))
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


class _Zone:
    """One zone on its way from a snapshot of the registry to a transaction on the index."""

    def __init__(
        self,
        session: Session,
        transaction: Transaction,
        row: ZoneRow,
        origin: Origin | None,
        progress: Progress,
    ) -> None:
        """Compare what *row* is published from now, *origin*, with what is published."""
        self.session = session
        self.transaction = transaction
        self.row = row
        self.apex = row.tree.name.to_wire() or b""
        self.origin = origin
        self.before = transaction.zone(self.apex)
        """The head that is published; None for a new zone."""
        self._progress = progress

    @property
    def is_published(self) -> bool:
        """Tell whether the zone is published as the registry has it."""
        return bool(self.before and self.origin and self.before.made_from == self.origin)

    @property
    def behind(self) -> bool:
        """Tell whether other content is published under a serial that is not older."""
        if self.before is None or self.is_published:
            return False
        return not Serial(self.row.serial).newer_than(self.before.serial)

    def told(self, names: int) -> None:
        """Say how many names are done."""
        self._progress(self.row.apex, names)

    def rebuild(self) -> int:
        """Publish the whole zone; return how many names it has."""
        self._put_head(at_apex(self.session, self.row))
        counted = _Counted(names_of(self.session, self.row), self.told)
        with few_collections():
            self.transaction.replace(self.apex, counted)
            self.transaction.replace_entries(self.apex, entries_of(self.session, self.row))
        return counted.names

    def apply(self, changed: Iterator[tuple[str | None, str | None]]) -> int:
        """Publish what is there now at each of the *changed* names; return how many there were."""
        names = 0
        while chunk := list(islice(changed, CHUNK)):
            found = names_at(self.session, self.row, chunk)
            self._put_head(found.at_apex)
            for key, answer in found.answers.items():
                self.transaction.put(self.apex, key, answer)
            for key, entry in found.entries.items():
                self.transaction.put_entry(self.apex, key, entry)
            names += len(found.answers)
            self.told(names)
        return names

    def _put_head(self, at_apex: Iterable[RRset]) -> None:
        """Publish the head of the zone, with the records it has *at_apex*."""
        head = zone_head(self.row, at_apex)
        self.transaction.put_zone(replace(head, made_from=self.origin))


def _publish_zone(zone: _Zone, rebuild: bool) -> tuple[int, bool] | None:
    """Publish one zone: return how many names and whether it was rebuilt; None: no need."""
    if zone.before is None or rebuild:
        return zone.rebuild(), True
    if zone.is_published:
        return None
    changed = _changed(zone, zone.before, max(CHUNK, zone.before.names // 2))
    if changed is None:
        return zone.rebuild(), True
    return zone.apply(changed), False


def _changed(
    zone: _Zone, before: Zone, most: int
) -> Iterator[tuple[str | None, str | None]] | None:
    """Return the digits and owners the log names after what is published *before*, each once.

    None where they are more than *most*, where all names are touched, or where the log does not
    lead here from what is published: the registry was restored from a backup, say.
    """
    origin = before.made_from
    if origin is None or zone.origin is None or origin.names != zone.origin.names:
        return None
    if not has_line(zone.session, zone.row, origin):
        return None
    serial = before.serial
    log = ChangeRow.zone_id == zone.row.id
    later: ColumnElement[bool] = ChangeRow.serial > serial.value
    if zone.row.serial < serial.value:
        # The serial has passed 2**32 meanwhile. Names from its first life are only looked at again.
        later = or_(later, ChangeRow.serial <= zone.row.serial)
    # By serial and not by id: the index of the log finds a serial among millions of lines.
    names = select(ChangeRow.digits, ChangeRow.owner).where(log, later).distinct()
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
