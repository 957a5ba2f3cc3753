"""Pools added, listed, shown, edited, removed."""

from __future__ import annotations

from enumd.core.apex import parse_name
from enumd.operations.desk import Deed, Look
from enumd.operations.pool import (
    AddPool,
    EditPool,
    ListPools,
    PoolCard,
    PoolFacts,
    PoolGone,
    PoolList,
    PoolSize,
    RemovePool,
    ShowPool,
)
from enumd.operations.work.reading import name_of, number_of
from enumd.registry import pools, zones


def add(deed: Deed, request: AddPool) -> PoolFacts:
    """Add a pool to the zone that is named, or to the one its numbers belong to."""
    first, last = number_of(deed, request.first), number_of(deed, request.last)
    zone = zones.find_for(deed.session, first, name_of(request.zone))
    pools.add(deed.change, request.name, zone, first, last)
    return PoolFacts(request.name, zone.apex, str(first), str(last))


def listing(look: Look, request: ListPools) -> PoolList:
    """List the pools."""
    apexes = {zone.id: zone.apex for zone in zones.listing(look.session)}
    return PoolList(
        tuple(
            PoolSize(
                row.name,
                apexes[row.zone_id],
                f"+{row.first}",
                f"+{row.last}",
                int(row.last) - int(row.first) + 1,
            )
            for row in pools.listing(look.session)
        )
    )


def show(look: Look, request: ShowPool) -> PoolCard:
    """Show a pool."""
    figures = pools.show(look.session, request.name, look.now_s)
    return PoolCard(
        pool=figures.pool.name,
        zone=figures.zone,
        first=f"+{figures.pool.first}",
        last=f"+{figures.pool.last}",
        size=figures.size,
        free=figures.free,
        held=figures.held,
        claimed=figures.claimed,
        suspended=figures.suspended,
        quarantined=figures.quarantined,
    )


def edit(deed: Deed, request: EditPool) -> PoolFacts:
    """Give a pool another name, or other ends."""
    wanted = pools.PoolEdit(
        request.new_name,
        number_of(deed, request.first) if request.first else None,
        number_of(deed, request.last) if request.last else None,
    )
    row, zone = pools.edit(deed.change, request.name, wanted)
    return PoolFacts(row.name, zone.apex, f"+{row.first}", f"+{row.last}")


def remove(deed: Deed, request: RemovePool) -> PoolGone:
    """Remove a pool."""
    apex = pools.remove(deed.change, request.name)
    if not pools.listing(deed.session, zones.show(deed.session, parse_name(apex))):
        deed.note(
            f"note: {apex} has no pool any more, so every number it stands for can be claimed"
        )
    return PoolGone(request.name, apex)
