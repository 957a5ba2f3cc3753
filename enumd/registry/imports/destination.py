"""The zone of a zone file, which may not be there yet.

So it is found twice: outside the lock as it is going to be, for what is decided, and under the lock
as it is, made where it was missing.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from enumd.core.apex import Apex
from enumd.core.serial import Serial
from enumd.errors import Conflict, NotFound, UnreadableFile
from enumd.registry import zones
from enumd.registry.changes import Change, Json
from enumd.registry.files.reading import SourceFile
from enumd.registry.imports.options import ImportOptions
from enumd.registry.imports.stage import NEW_ZONE
from enumd.registry.imports.zone_head import ZoneHead
from enumd.registry.schema import ZoneRow


def tree_of(
    session: Session, path: Path, head: ZoneHead, options: ImportOptions
) -> tuple[Apex, ZoneRow | None]:
    """Return the tree a file is about, and its zone where the registry has it."""
    if options.apex is not None and options.apex.canonicalize() != head.apex:
        raise UnreadableFile(str(path), f"its SOA is that of {head.apex}, not of {options.apex}")
    try:
        zone = zones.show(session, head.apex)
        return zone.tree, zone
    except NotFound:
        prefix = head.prefix if options.prefix is None else options.prefix
        if prefix is None:
            raise NotFound(
                f"{head.apex} is no zone of this registry, and nothing says which digits it stands "
                f"for; add it with `enumd zone add {head.apex} --prefix DIGITS`"
            ) from None
    return Apex(head.apex, prefix), None


def expected_zone(
    session: Session, source: SourceFile, head: ZoneHead, options: ImportOptions
) -> tuple[ZoneRow, bool]:
    """Return the zone of *source* as it is going to be, and whether it follows the file's head.

    Raises:
        Conflict: the tree is another than it was when reading began.
    """
    tree, zone = tree_of(session, source.path, head, options)
    if tree != source.apex:
        raise Conflict(f"{tree} was changed while {source.path} was read").advise(
            "Nothing was imported; run it again."
        )
    if zone is None:
        # Never stored: it stands for the zone that `made_zone` adds.
        zone = ZoneRow(id=NEW_ZONE, apex=str(tree), prefix=tree.prefix, serial=0)
        zone.ttl_s = head.parameters.ttl_s
        return zone, True
    return zone, options.adopt


def make_zone(
    change: Change, source: SourceFile, head: ZoneHead, options: ImportOptions
) -> ZoneRow:
    """Return the zone of *source*, added or changed as the options ask for."""
    zone, adopts = expected_zone(change.session, source, head, options)
    if zone.id == NEW_ZONE:
        assert source.apex is not None  # `expected_zone` has compared it
        zone = zones.add(change, source.apex, parameters=head.parameters)
    if adopts:
        _adopt(change, zone, head)
    return zone


def _adopt(change: Change, zone: ZoneRow, head: ZoneHead) -> None:
    """Let the SOA of *zone* say what that of the file says.

    The serial goes on after that of the file, or secondaries that know the zone would not look.
    """
    change.lock(zone)
    said = head.parameters
    wanted: dict[str, Json] = {
        "ttl_s": said.ttl_s,
        "negative_ttl_s": said.negative_ttl_s,
        "refresh_s": said.refresh_s,
        "retry_s": said.retry_s,
        "expire_s": said.expire_s,
        "soa_ttl_s": said.soa_ttl_s,
        "mname": str(said.mname).lower(),
        "rname": str(said.rname).lower(),
    }
    before = zones.image(zone)
    for name, value in wanted.items():
        setattr(zone, name, value)
    ahead = head.serial.newer_than(Serial(zone.serial))
    if ahead:
        change.advance(zone, head.serial)
    if ahead or before != zones.image(zone):
        change.record(zone, "zone.import", None, before, zones.image(zone))
