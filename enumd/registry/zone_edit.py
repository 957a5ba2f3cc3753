"""Zones changed, and taken out again with all that is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final

import dns.name
from sqlalchemy import delete, func, select

from enumd.core.rrset import MAX_TTL_S, RRset, RRType
from enumd.errors import Conflict, RecordError
from enumd.registry import (
    lifecycle_sql,
    number_image,
    pools,
    records,
    secret_rows,
    zones,
)
from enumd.registry.changes import Change, LogLine
from enumd.registry.schema import (
    EndpointRow,
    HoldRow,
    NumberRow,
    PoolRow,
    RecordRow,
    ZoneRow,
)

CHUNK: Final = 500
"""How many lines of the log are written together."""


@dataclass(frozen=True, slots=True)
class WantedZone:
    """What a zone is to say from now on; None leaves it as it is."""

    ttl_s: int | None = None
    negative_ttl_s: int | None = None
    refresh_s: int | None = None
    retry_s: int | None = None
    expire_s: int | None = None
    soa_ttl_s: int | None = None
    mname: dns.name.Name | None = None
    rname: dns.name.Name | None = None

    def __post_init__(self) -> None:
        """Refuse times that do not fit 31 bits (RFC 2181 section 8)."""
        for name, value in asdict(self).items():
            if name.endswith("_s") and value is not None and not 0 <= value <= MAX_TTL_S:
                raise RecordError(f"{name} is 0 to {MAX_TTL_S} seconds", str(value))


@dataclass(frozen=True, slots=True)
class ZoneRemoved:
    """What went with a zone."""

    apex: str
    numbers: int
    rrsets: int
    pools: int


def edit(change: Change, zone: ZoneRow, wanted: WantedZone) -> bool:
    """Let the SOA and the TTL of *zone* be as *wanted*; tell whether that changed anything."""
    zone = change.lock(zone)
    before = zones.image(zone)
    for name, value in asdict(wanted).items():
        if value is not None:
            setattr(zone, name, value if isinstance(value, int) else str(value).lower())
    after = zones.image(zone)
    if before != after:
        change.record(zone, "zone.edit", None, before, after)
    return before != after


def serve_by(change: Change, zone: ZoneRow, servers: Sequence[dns.name.Name]) -> bool:
    """Let *servers* be all the name servers of *zone*; tell whether that changed anything."""
    names = dict.fromkeys(server.canonicalize() for server in servers)
    rdatas = tuple(name.to_wire() or b"" for name in names)
    apex = zone.tree.name
    return records.put(change, zone, apex, RRset(RRType.NS, zone.ttl_s, rdatas))


def remove(change: Change, zone: ZoneRow, with_numbers: bool = False) -> ZoneRemoved:
    """Take *zone* out, with its records and pools; its log stays.

    Numbers that are somebody's go only *with_numbers*: each is logged as it was. Who adds the zone
    again goes on from its serial.

    Raises:
        Conflict: numbers of it are somebody's.
    """
    zone = change.lock(zone)
    standing = _count_standing(change, zone)
    if standing and not with_numbers:
        raise Conflict(f"numbers of {zone.apex} that are somebody's: {standing:,}").advise(
            f"List them with `enumd number list --zone {zone.apex}`, and keep a copy with "
            f"`enumd export FILE --zone {zone.apex}`; `--with-numbers` removes them with the zone."
        )
    numbers = _log(change, zone, _numbers(change, zone))
    rrsets = _log(change, zone, _records(change, zone))
    ranges = _log(change, zone, _pools(change, zone))
    _delete_content(change, zone)
    before = zones.image(zone)
    zone.removed_s = change.now_s
    change.record(zone, "zone.remove", None, before, zones.image(zone))
    return ZoneRemoved(zone.apex, numbers, rrsets, ranges)


def _count_standing(change: Change, zone: ZoneRow) -> int:
    """Return how many numbers of *zone* are somebody's."""
    standing = lifecycle_sql.is_standing(change.now_s)
    query = select(func.count()).where(NumberRow.zone_id == zone.id, standing)
    return change.session.scalar(query) or 0


def _log(change: Change, zone: ZoneRow, entries: Iterable[LogLine]) -> int:
    """Log *entries*, some at a time; return how many there were."""
    count, stream = 0, iter(entries)
    while chunk := list(islice(stream, CHUNK)):
        change.record_all(zone, chunk)
        count += len(chunk)
    return count


def _numbers(change: Change, zone: ZoneRow) -> Iterator[LogLine]:
    """Yield what each number of *zone* was."""
    last = ""
    while True:
        query = select(NumberRow).where(NumberRow.zone_id == zone.id, NumberRow.digits > last)
        rows = change.session.scalars(query.order_by(NumberRow.digits).limit(CHUNK)).all()
        images = number_image.describe_all(change.session, [row.id for row in rows], change.now_s)
        for row in rows:
            secret_rows.keep(change.session, row.recovery)
            secret_rows.keep(change.session, row.hold_hash)
            yield LogLine("number.remove", row.digits, None, images[row.id], None)
        if not rows:
            return
        last = rows[-1].digits
        change.session.flush()
        for row in rows:
            change.session.expunge(row)


def _records(change: Change, zone: ZoneRow) -> Iterator[LogLine]:
    """Yield what each RRset of *zone* was."""
    for owner, rrset in records.listing(change.session, zone):
        yield LogLine("record.remove", None, owner, records.image(rrset), None)


def _pools(change: Change, zone: ZoneRow) -> Iterator[LogLine]:
    """Yield what each pool of *zone* was."""
    for pool in pools.listing(change.session, zone):
        yield LogLine("pool.remove", None, None, pools.image(pool), None)


def _delete_content(change: Change, zone: ZoneRow) -> None:
    """Delete everything that belongs to *zone*."""
    numbers = select(NumberRow.id).where(NumberRow.zone_id == zone.id)
    for statement in (
        delete(EndpointRow).where(EndpointRow.number_id.in_(numbers)),
        delete(HoldRow).where(HoldRow.number_id.in_(numbers)),
        delete(NumberRow).where(NumberRow.zone_id == zone.id),
        delete(PoolRow).where(PoolRow.zone_id == zone.id),
        delete(RecordRow).where(RecordRow.zone_id == zone.id),
    ):
        change.session.execute(statement)
