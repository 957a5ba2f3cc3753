"""The index of a home brought up to its registry."""

from __future__ import annotations

from typing import Final

from enumd.index.writer import IndexWriter
from enumd.operations.desk import Desk
from enumd.operations.performed import PublishReport
from enumd.registry.database import Registry
from enumd.registry.publish import ZonePublished, publish
from enumd.registry.rebuild import rebuild

SAFE: Final = (
    "The change itself is safe in the registry. Do not repeat it: "
    "`enumd publish` brings it to the servers once this is mended."
)


def bring_up(desk: Desk, registry: Registry, *, whole: bool = False) -> tuple[PublishReport, ...]:
    """Publish what the registry has and the index has not.

    *whole* compares every zone, also those that have not changed since the last time.

    Raises:
        IndexFault: the index cannot be written.
        RegistryError: the registry cannot be read.
    """
    index = desk.home.config.index_path
    with (
        desk.streams.meter("publishing, names", None) as advance,
        IndexWriter(index, registry.registry_id) as writer,
    ):
        done = publish(registry, writer, progress=lambda apex, names: advance(names), whole=whole)
    return tuple(map(report_of, done))


def make_anew(desk: Desk, registry: Registry) -> tuple[PublishReport, ...]:
    """Make the index from nothing, whatever is there; what is not ours is moved aside.

    Raises:
        IndexFault, RegistryError: as `bring_up` says.
    """
    index = desk.home.config.index_path
    with desk.streams.meter("publishing, names", None) as advance:
        made = rebuild(registry, index, lambda apex, names: advance(names))
    if made.aside:
        desk.note(
            f"what was there was not this registry's index, or cannot be read; "
            f"it is kept in {made.aside}: delete it when nobody misses it"
        )
    return tuple(map(report_of, made.published))


def publish_committed(
    desk: Desk, registry: Registry
) -> tuple[tuple[PublishReport, ...], BaseException | None]:
    """Publish what was just committed; what fails is returned, for the result comes first."""
    try:
        return bring_up(desk, registry), None
    except (Exception, KeyboardInterrupt) as error:
        error.add_note(SAFE)
        return (), error


def report_of(one: ZonePublished) -> PublishReport:
    """Return what publishing did to a zone as a result has it."""
    return PublishReport(
        zone=one.apex,
        from_serial=one.from_serial,
        to_serial=one.to_serial,
        names=one.names,
        how="removed" if one.to_serial is None else "whole" if one.rebuilt else "changes",
        seconds=round(one.seconds, 3),
    )
