"""Zones added, listed, shown, edited, removed, checked."""

from __future__ import annotations

import dns.name

from enumd.core.apex import Apex, parse_name
from enumd.core.rrset import RRType
from enumd.errors import BadOwnerName, IndexMissing
from enumd.index.reader import IndexReader
from enumd.operations.desk import Deed, Look
from enumd.operations.home import Home
from enumd.operations.opening import policy_of
from enumd.operations.work.glue import put_addresses
from enumd.operations.work.reading import name_of
from enumd.operations.zone import (
    AddZone,
    CheckZones,
    EditZone,
    ListZones,
    RemoveZone,
    ShowZone,
    ZoneCard,
    ZoneComplaint,
    ZoneEdited,
    ZoneFacts,
    ZoneGone,
    ZoneReport,
    ZoneState,
    ZoneStates,
)
from enumd.registry import pools, records, zone_check, zone_edit, zones
from enumd.registry.database import Reading
from enumd.registry.schema import APEX_OWNER, ZoneRow


def add(deed: Deed, request: AddZone) -> ZoneFacts:
    """Add a zone, with the addresses of those of its name servers that are inside it."""
    defaults = deed.home.config.zone
    tree = Apex.called(request.apex, request.prefix)
    names = [parse_name(server.name) for server in request.name_servers]
    for name, server in zip(names, request.name_servers, strict=True):
        if name.is_subdomain(tree.name) and not server.addresses:
            raise _without_address(server.name, str(tree))
    parameters = zones.Parameters(
        defaults.ttl_s if request.ttl_s is None else request.ttl_s,
        defaults.negative_ttl_s if request.negative_ttl_s is None else request.negative_ttl_s,
    )
    row = zones.add(deed.change, tree, names, parameters)
    put_addresses(deed.change, row, request.name_servers)
    return ZoneFacts(row.apex, row.prefix, row.serial)


def listing(look: Look, request: ListZones) -> ZoneStates:
    """List the zones with what is published of them."""
    published = _read_heads(look.home)
    rows = zones.listing(look.session)
    return ZoneStates(
        tuple(
            ZoneState(row.apex, row.prefix, row.serial, *published.get(row.apex, (None, None)))
            for row in rows
        )
    )


def show(look: Look, request: ShowZone) -> ZoneCard:
    """Show a zone."""
    row = zones.show(look.session, parse_name(request.apex))
    published, names = _read_heads(look.home).get(row.apex, (None, None))
    return ZoneCard(
        zone=row.apex,
        prefix=row.prefix,
        serial=row.serial,
        published=published,
        names=names,
        name_servers=_name_servers(look.session, row),
        mname=row.mname,
        rname=row.rname,
        ttl_s=row.ttl_s,
        negative_ttl_s=row.negative_ttl_s,
        soa_ttl_s=row.soa_ttl_s,
        absence_ttl_s=row.absence_ttl_s,
        refresh_s=row.refresh_s,
        retry_s=row.retry_s,
        expire_s=row.expire_s,
        pools=tuple(pool.name for pool in pools.listing(look.session, row)),
    )


def edit(deed: Deed, request: EditZone) -> ZoneEdited:
    """Change what a zone says of itself."""
    row = zones.show(deed.session, parse_name(request.apex))
    wanted = zone_edit.WantedZone(
        ttl_s=request.ttl_s,
        negative_ttl_s=request.negative_ttl_s,
        refresh_s=request.refresh_s,
        retry_s=request.retry_s,
        expire_s=request.expire_s,
        soa_ttl_s=request.soa_ttl_s,
        mname=name_of(request.mname),
        rname=name_of(request.rname),
    )
    zone_edit.edit(deed.change, row, wanted)
    put_addresses(deed.change, row, request.name_servers)
    if request.name_servers:
        names = [parse_name(server.name) for server in request.name_servers]
        zone_edit.serve_by(deed.change, row, names)
    idle = zones.tell_idle_minimum(row.apex, row.negative_ttl_s, row.soa_ttl_s)
    if idle and request.negative_ttl_s is not None:
        deed.note(f"note: {idle}")
    return ZoneEdited(row.apex)


def remove(deed: Deed, request: RemoveZone) -> ZoneGone:
    """Remove a zone with all that is in it."""
    row = zones.show(deed.session, parse_name(request.apex))
    gone = zone_edit.remove(deed.change, row, request.with_numbers)
    return ZoneGone(gone.apex, gone.numbers, gone.rrsets, gone.pools)


def check(look: Look, request: CheckZones) -> ZoneReport:
    """Check one zone or all."""
    session, apex = look.session, name_of(request.apex)
    rows = [zones.show(session, apex)] if apex else zones.listing(session)
    policy = policy_of(look.home.config)
    return ZoneReport(
        len(rows),
        tuple(
            ZoneComplaint(row.apex, found.severity.value, found.where, found.text)
            for row in rows
            for found in zone_check.check(session, row, look.now_s, policy)
        ),
    )


def _without_address(server: str, apex: str) -> BadOwnerName:
    """Return the error for a name server that nobody could find."""
    why = f"a name server inside {apex} is found by its address alone, and none is given"
    return BadOwnerName(why, server).advise(
        f"Write --ns {server}=192.0.2.1 with its own address, or name a server elsewhere."
    )


def _read_heads(home: Home) -> dict[str, tuple[int, int]]:
    """Return serial and names of every published zone by apex; none where nothing is published."""
    try:
        with IndexReader(home.config.index_path) as reader, reader.snapshot() as snapshot:
            heads = [view.zone for view in snapshot.zones.values()]
    except IndexMissing:
        return {}
    return {
        str(dns.name.from_wire(head.apex, 0)[0]): (head.serial.value, head.names) for head in heads
    }


def _name_servers(session: Reading, row: ZoneRow) -> tuple[str, ...]:
    """Return what the NS records of a zone name."""
    return tuple(
        str(dns.name.from_wire(rdata, 0)[0])
        for rrset in records.at(session, row, APEX_OWNER)
        if rrset.rrtype == RRType.NS
        for rdata in rrset.rdatas
    )
