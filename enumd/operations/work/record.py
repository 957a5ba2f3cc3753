"""Records added, removed, listed."""

from __future__ import annotations

from typing import Any

from enumd.core.rrset import RRset
from enumd.operations.desk import Deed, Look
from enumd.operations.record import AddRecord, ListRecords, RecordSet, RecordSets, RemoveRecord
from enumd.operations.work.reading import only_zone
from enumd.registry import record_edit, records
from enumd.registry.schema import ZoneRow


def add(deed: Deed, request: AddRecord) -> RecordSet:
    """Add a record to what its owner has of that type."""
    zone = only_zone(deed.session, request.zone)
    wanted = record_edit.WrittenRecord.parse(zone, request.owner, request.type, request.data)
    whole = record_edit.add(deed.change, zone, wanted, request.ttl_s)
    return _describe(zone, str(wanted.owner), whole)


def remove(deed: Deed, request: RemoveRecord) -> RecordSet:
    """Remove a record, or all that its owner has of that type."""
    zone = only_zone(deed.session, request.zone)
    name = record_edit.parse_owner(zone, request.owner)
    kind = record_edit.parse_type(request.type)
    rdata = None
    if request.data is not None:
        rdata = record_edit.WrittenRecord.parse(
            zone, request.owner, request.type, request.data
        ).rdata
    left = record_edit.remove(deed.change, zone, name, int(kind), rdata)
    return _describe(zone, str(name), left, kind.name)


def listing(look: Look, request: ListRecords) -> RecordSets:
    """List the records of a zone."""
    zone = only_zone(look.session, request.zone)
    kind = int(record_edit.parse_type(request.type)) if request.type else None
    place = None
    if request.owner:
        place = records.relative(zone, record_edit.parse_owner(zone, request.owner))
    found: list[RecordSet] = []
    for name, rrset in records.listing(look.session, zone):
        if place not in (None, name) or kind not in (None, rrset.rrtype):
            continue
        if len(found) == request.limit:
            return RecordSets(tuple(found), more=True)
        found.append(_describe(zone, str(records.absolute(zone, name)), rrset))
    return RecordSets(tuple(found), more=False)


def _describe(zone: ZoneRow, owner: str, rrset: RRset | None, kind: str | None = None) -> RecordSet:
    """Return an RRset as a result has it; nothing but its owner and *kind* where none is left."""
    if rrset is None:
        return RecordSet(zone.apex, owner, kind, None, ())
    shown: Any = records.image(rrset)
    return RecordSet(zone.apex, owner, shown["type"], shown["ttl_s"], tuple(shown["rdatas"]))
