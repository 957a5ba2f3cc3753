"""The numbers somebody has, or that are in some state, listed."""

from __future__ import annotations

from dataclasses import dataclass

import dns.name
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from enumd.registry import lifecycle_sql, parties, pools, zones
from enumd.registry.lifecycle import State
from enumd.registry.number_row import NumberNames, NumberRecord, describe_row
from enumd.registry.schema import NumberRow, PartyRow, PoolRow


@dataclass(frozen=True, slots=True)
class Wish:
    """Which numbers are wanted; what is not said is not asked."""

    holder: str | None = None
    registrar: str | None = None
    state: State | None = None
    pool: str | None = None
    apex: dns.name.Name | None = None


def listing(session: Session, wish: Wish, now_s: float, limit: int) -> list[NumberRecord]:
    """Return up to *limit* numbers that meet *wish*, by zone and digits; free ones never.

    Raises:
        NotFound: no party, pool or zone is called so.
    """
    found = []
    holders, registrars = aliased(PartyRow), aliased(PartyRow)
    query = (
        select(NumberRow, holders.name, registrars.name)
        .outerjoin(holders, holders.id == NumberRow.holder_id)
        .outerjoin(registrars, registrars.id == NumberRow.registrar_id)
        .where(*_conditions(session, wish, now_s))
        .order_by(NumberRow.zone_id, NumberRow.digits)
        .execution_options(yield_per=1000)
    )
    by_zone = {zone.id: (zone, pools.listing(session, zone)) for zone in zones.listing(session)}
    with session.execute(query) as rows:  # the cursor of the server ends with it
        for row, holder, registrar in rows:
            if row.zone_id not in by_zone:
                continue
            zone, of_zone = by_zone[row.zone_id]
            names = NumberNames(_pool(of_zone, row.digits), holder, registrar)
            found.append(describe_row(zone, row, names, now_s))
            if len(found) == limit:
                break
    return found


def _conditions(session: Session, wish: Wish, now_s: float) -> list[ColumnElement[bool]]:
    """Return what a row must meet."""
    where: list[ColumnElement[bool]] = [lifecycle_sql.state(now_s) != State.FREE.value]
    if wish.holder is not None:
        where.append(NumberRow.holder_id == parties.show(session, wish.holder).id)
    if wish.registrar is not None:
        where.append(NumberRow.registrar_id == parties.show(session, wish.registrar).id)
    if wish.state is not None:
        where.append(lifecycle_sql.state(now_s) == wish.state.value)
    if wish.pool is not None:
        where += pools.span_of(pools.find(session, wish.pool)).rows()
    if wish.apex is not None:
        where.append(NumberRow.zone_id == zones.show(session, wish.apex).id)
    return where


def _pool(of_zone: list[PoolRow], digits: str) -> str | None:
    """Return the pool that *digits* lie in."""
    inside = (
        pool.name
        for pool in of_zone
        if len(pool.first) == len(digits) and pool.first <= digits <= pool.last
    )
    return next(inside, None)
