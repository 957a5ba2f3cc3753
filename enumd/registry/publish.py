"""The registry's zones brought into the index that servers read.

Publishing is idempotent and can be done again at any time: it compares what a zone was published
from with what the registry has now, and applies what the change log names since, or compiles the
whole zone where that is less work or the log does not lead there. Serials are not compared for
that: a registry that was restored from a backup gives them out a second time. A change that was
committed and not published is published the next time.

Zones the log does not name since the last publish are not even looked at, unless somebody asks for
it: publishing one change costs the same however many zones there are.

What ends by itself is answered until that second and no longer, by whoever reads the index. What
has ended is part of the next publication, under a serial of its own, so that the journal tells of
it; the head of a zone says when that is due.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import dns.name

from enumd.core.serial import Serial
from enumd.index.layout import Zone
from enumd.index.writer import IndexTransaction, IndexWriter
from enumd.registry import zones
from enumd.registry.changed_zones import Log, find_next_end_s, find_zones_with_ends
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.origin import Lines, read_zones
from enumd.registry.schema import ZoneRow
from enumd.registry.zone_publication import Progress as Progress
from enumd.registry.zone_publication import Run, ZonePublication
from enumd.registry.zone_publication import ZonePublished as ZonePublished

ACTOR: Final = Actor(None, "publish")
"""Who acts, as the change log names it, where a serial has to be moved on."""


def publish(
    registry: Registry,
    writer: IndexWriter,
    rebuild: bool = False,
    progress: Progress | None = None,
    *,
    now_s: int | None = None,
    whole: bool = False,
) -> list[ZonePublished]:
    """Bring the index of *writer* up to *registry*; return what was done, zone by zone.

    A zone that is published already as the registry has it at *now_s* (None: this very second) is
    left alone, unless *rebuild* says to compile everything anew. *whole* compares every zone, also
    those that the log does not name since the last publish. Where the registry's serial would not
    come after the published one, or nothing but an end has come, it is moved on in the registry
    first: secondaries look at nothing else. For nothing but that must *registry* be writable; one
    that was opened for reading is opened once more.

    Raises:
        IndexFault: the index cannot be written.
        RegistryError: the registry cannot be read, or a serial of it cannot be moved on.
    """
    tell = progress or (lambda apex, names: None)
    at_s = int(time.time()) if now_s is None else now_s

    def work(transaction: IndexTransaction) -> list[ZonePublished]:
        # The snapshot of the registry is taken after the lock on the index is ours. The other way
        # round, the slower of two publishers would put an older state over a newer one.
        with registry.read() as session:
            anew = rebuild or transaction.renews
            return _publish(Run(session, Lines(session), transaction, at_s, tell), anew, whole)

    while True:
        try:
            return writer.publish(work)
        except _SerialsBehindError as found:
            # Not under the lock on the index: whoever has the registry's may wait for that one.
            _move_on(registry, found.zones, at_s)


@dataclass(frozen=True, slots=True)
class _Behind:
    """A zone whose serial has to be moved on: past what, and whether for an end alone."""

    published: Serial
    is_due: bool


class _SerialsBehindError(Exception):
    """Serials of the registry do not come after those that are published of other content."""

    def __init__(self, zones: dict[str, _Behind]) -> None:
        """Keep the *zones*, by apex."""
        super().__init__(zones)
        self.zones = zones


def _move_on(registry: Registry, behind: dict[str, _Behind], now_s: int) -> None:
    """Let the serials of the registry come after those that are published."""
    with registry.writable() as writable, writable.change(ACTOR, now_s) as change:
        for apex, each in sorted(behind.items()):
            zone = change.lock(zones.show(change.session, dns.name.from_text(apex)))
            before = zone.serial
            change.advance(zone, each.published)
            if zone.serial != before:
                said = {"published": each.published.value, "serial": before}
                action = "zone.expire" if each.is_due else "zone.serial"
                change.record(zone, action, None, said, {"serial": zone.serial})


def _publish(run: Run, rebuild: bool, whole: bool) -> list[ZonePublished]:
    """Publish what one snapshot of the registry says.

    Raises:
        _SerialsBehindError: it cannot, before its serials are moved on; nothing was done.
    """
    before = run.transaction.checkpoint
    log = Log(run.session, run.lines, before)
    ids = None if whole or rebuild else log.find_zones()
    is_due = bool(before and 0 < before.due_s <= run.now_s)
    if ids is not None and before is not None and is_due:
        ids |= find_zones_with_ends(run.session, before.due_s, run.now_s)
    rows = read_zones(run.session, run.lines, ids) if ids is None or ids else []
    chosen = [ZonePublication(run, row, origin) for row, origin in rows if row.removed_s is None]
    behind = {
        zone.row.apex: _Behind(zone.before.serial, zone.before.made_from == zone.origin)
        for zone in chosen
        if zone.before and zone.is_behind
    }
    if behind:
        raise _SerialsBehindError(behind)
    done = _remove(run, [row for row, _ in rows] if ids is not None else None, chosen)
    done += [found for zone in chosen if (found := zone.publish(rebuild)) is not None]
    if done or is_due or log.lags:
        known_s = None if ids is None or is_due or before is None else before.due_s
        run.transaction.put_checkpoint(log.checkpoint(_next_due_s(run, chosen, known_s)))
    return done


def _next_due_s(run: Run, chosen: list[ZonePublication], known_s: int | None) -> int:
    """Return when a zone is due next: at *known_s*, if one of those *chosen* is not before that.

    None: it is not known, or past; 0: none is due.
    """
    if known_s is None:
        return find_next_end_s(run.session, run.now_s)
    return min((each for each in (known_s, *(zone.due_s for zone in chosen)) if each), default=0)


def _remove(
    run: Run, looked_at: list[ZoneRow] | None, chosen: list[ZonePublication]
) -> list[ZonePublished]:
    """Take away the zones that the registry has no more, of those *looked_at*; None: of all."""
    there = {zone.apex for zone in chosen}
    gone: list[Zone] = []
    if looked_at is None:
        gone = [zone for zone in run.transaction.zones() if zone.apex not in there]
    else:
        removed = [row.tree.name.to_wire() or b"" for row in looked_at if row.removed_s is not None]
        gone = [zone for apex in removed if (zone := run.transaction.zone(apex)) is not None]
    for zone in gone:
        run.transaction.remove_zone(zone.apex)
    return [
        ZonePublished(
            str(dns.name.from_wire(zone.apex, 0)[0]),
            zone.serial.value,
            None,
            zone.names,
            rebuilt=False,
            seconds=0.0,
        )
        for zone in gone
    ]
