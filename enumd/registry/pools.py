"""Pools: the ranges of numbers people may claim."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, NumberError, NumberTooLong, PolicyRefused
from enumd.registry import lifecycle_sql, search
from enumd.registry.changes import Change, Json
from enumd.registry.lifecycle import State
from enumd.registry.schema import NumberRow, PoolRow, ZoneRow
from enumd.registry.search import Span

# The command line writes pools as NAME:FIRST-LAST.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Figures:
    """How many numbers of a pool are in which state."""

    pool: PoolRow
    zone: str
    size: int
    free: int
    held: int
    claimed: int
    suspended: int
    quarantined: int


def add(change: Change, name: str, zone: ZoneRow, first: Number, last: Number) -> PoolRow:
    """Add the numbers *first* to *last* of *zone* as a pool people may claim from.

    Raises:
        NumberError: the two differ in length, or the first comes after the last.
        NumberOutsideTree: the zone does not stand for them.
        NumberTooLong: they have more digits than the policy allows.
        Conflict: the name is taken, or a number lies in another pool of the zone.
        PolicyRefused: the name is not made of letters, digits, dots, hyphens and underscores.
    """
    _refuse_bad_range(change, name, zone, first, last)
    zone = change.lock(zone)
    if (other := _find(change.session, name)) is not None:
        raise Conflict(f"there is a pool {name} already: +{other.first} to +{other.last}").advise(
            f"Choose another name, or change that pool: `enumd pool edit {name}`."
        )
    if (other := _overlapping(change.session, zone, first, last)) is not None:
        raise Conflict(f"pool {other.name} has +{other.first} to +{other.last} already").advise(
            f"Choose a range beside it, or change that pool first: `enumd pool edit {other.name}`."
        )
    pool = PoolRow(zone_id=zone.id, name=name, first=first.digits, last=last.digits)
    pool.created_s = change.now_s
    change.session.add(pool)
    change.session.flush()
    change.record(zone, "pool.add", after=image(pool))
    return pool


@dataclass(frozen=True, slots=True)
class PoolEdit:
    """What a pool is to be; None leaves it as it is."""

    name: str | None = None
    first: Number | None = None
    last: Number | None = None


def edit(change: Change, name: str, wanted: PoolEdit) -> tuple[PoolRow, ZoneRow]:
    """Give the pool called *name* another name, or other ends; return it and its zone.

    Numbers that are claimed stay so.

    Raises:
        NotFound: there is no such pool.
        NumberError, Conflict, PolicyRefused: as `add` says.
    """
    pool = find(change.session, name)
    zone = change.lock(change.session.get_one(ZoneRow, pool.zone_id))
    first, last = wanted.first or Number(pool.first), wanted.last or Number(pool.last)
    _refuse_bad_range(change, wanted.name or name, zone, first, last)
    if wanted.name not in (None, name) and (other := _find(change.session, wanted.name or "")):
        raise Conflict(
            f"there is a pool {other.name} already: +{other.first} to +{other.last}"
        ).advise("Choose another name.")
    if (other := _overlapping(change.session, zone, first, last, besides=pool)) is not None:
        raise Conflict(f"pool {other.name} has +{other.first} to +{other.last} already").advise(
            f"Choose a range beside it, or change that pool first: `enumd pool edit {other.name}`."
        )
    before = image(pool)
    pool.name, pool.first, pool.last = wanted.name or name, first.digits, last.digits
    if image(pool) != before:
        change.record(zone, "pool.edit", None, before, image(pool))
    return pool, zone


def remove(change: Change, name: str) -> str:
    """Remove the pool called *name* and return its zone; numbers that are claimed stay so.

    Raises:
        NotFound: there is no such pool.
    """
    pool = find(change.session, name)
    zone = change.lock(change.session.get_one(ZoneRow, pool.zone_id))
    change.session.delete(pool)
    change.session.flush()
    change.record(zone, "pool.remove", None, image(pool), None)
    return zone.apex


def image(pool: PoolRow) -> dict[str, Json]:
    """Return a pool as the log says it: all of it, so that it can be put back."""
    return {
        "name": pool.name,
        "first": pool.first,
        "last": pool.last,
        "created_s": pool.created_s,
    }


def listing(session: Session, zone: ZoneRow | None = None) -> list[PoolRow]:
    """Return all pools by name, or those of one zone."""
    query = select(PoolRow).order_by(PoolRow.name)
    return list(session.scalars(query if zone is None else query.where(PoolRow.zone_id == zone.id)))


def find(session: Session, name: str) -> PoolRow:
    """Return the pool called *name*.

    Raises:
        NotFound: there is none.
    """
    pool = _find(session, name)
    if pool is None:
        names = ", ".join(each.name for each in listing(session))
        raise NotFound(f"there is no pool {name!r}").advise(
            f"There are: {names}." if names else "There is none; `enumd pool add` makes one."
        )
    return pool


def show(session: Session, name: str, now_s: float) -> Figures:
    """Return the pool called *name* with the number of its numbers in each state.

    Only numbers that are not simply claimed are counted one by one.

    Raises:
        NotFound: there is none.
    """
    pool = find(session, name)
    span = span_of(pool)
    states = _unsettled(session, span, now_s)
    stored = search.touched(session, span)
    claimed = stored - sum(states.values())
    taken = claimed + sum(count for state, count in states.items() if state is not State.FREE)
    return Figures(
        pool=pool,
        zone=session.get_one(ZoneRow, pool.zone_id).apex,
        size=span.size,
        free=span.size - taken,
        held=states.get(State.HELD, 0),
        claimed=claimed,
        suspended=states.get(State.SUSPENDED, 0),
        quarantined=states.get(State.RELEASED, 0),
    )


def span_of(pool: PoolRow) -> Span:
    """Return the numbers of *pool*."""
    return Span(pool.zone_id, pool.first, pool.last)


def containing(session: Session, zone: ZoneRow, number: Number) -> PoolRow | None:
    """Return the pool of *zone* that *number* lies in."""
    return _overlapping(session, zone, number, number)


def refuse_outside(session: Session, zone: ZoneRow, number: Number) -> None:
    """Raise NotFound where *number* cannot be given out.

    A zone with pools gives out what lies in them; a zone without any gives out every number it
    stands for.
    """
    if containing(session, zone, number) is None and (pools := listing(session, zone)):
        names = ", ".join(pool.name for pool in pools)
        raise NotFound(f"{number} is in no pool of {zone.apex} ({names})").advise(
            "Choose a number of a pool: `enumd number find`; `enumd pool list` shows the ranges."
        )


def _find(session: Session, name: str) -> PoolRow | None:
    """Return the pool called *name*, or None."""
    return session.scalar(select(PoolRow).where(PoolRow.name == name))


def _overlapping(
    session: Session, zone: ZoneRow, first: Number, last: Number, besides: PoolRow | None = None
) -> PoolRow | None:
    """Return a pool of *zone*, *besides* one, that has one of the numbers *first* to *last*."""
    # Digits of one length compare as the integers they write; ranges of other lengths never meet.
    query = select(PoolRow).where(
        PoolRow.zone_id == zone.id,
        func.length(PoolRow.first) == len(first.digits),
        PoolRow.first <= last.digits,
        PoolRow.last >= first.digits,
    )
    if besides is not None:
        query = query.where(PoolRow.id != besides.id)
    return session.scalars(query.order_by(PoolRow.first)).first()


def _refuse_bad_range(
    change: Change, name: str, zone: ZoneRow, first: Number, last: Number
) -> None:
    """Raise where a pool of that name and these ends cannot be in *zone*."""
    if not _NAME.fullmatch(name):
        raise PolicyRefused(
            f"{name!r} cannot be the name of a pool: letters, digits, . - _"
        ).advise("Choose another name, as demo or region-2.")
    if len(first.digits) != len(last.digits):
        lengths = f"{len(first.digits)} and {len(last.digits)} digits"
        raise NumberError(f"the ends of a pool are equally long, not {lengths}", f"{first}-{last}")
    if first > last:
        raise NumberError("the first number comes after the last", f"{first}-{last}")
    if len(first.digits) > change.policy.max_digits:
        why = f"at most {change.policy.max_digits} digits are allowed"
        raise NumberTooLong(why, str(first), change.policy.max_digits + 1)
    for end in (first, last):
        zone.tree.labels(end)  # refuses a number outside the tree


def _unsettled(session: Session, span: Span, now_s: float) -> dict[State, int]:
    """Return how many numbers that have a row are in which state, the claimed left out."""
    states: Counter[State] = Counter()
    over = func.coalesce(NumberRow.until_s <= now_s, False)
    query = (
        select(NumberRow.state, over, func.count())
        .where(*span.rows(), lifecycle_sql.is_unsettled())
        .group_by(NumberRow.state, over)
    )
    for stored, is_over, count in session.execute(query):
        states[State.FREE if is_over else State(stored)] += count
    lapsed = lifecycle_sql.state(now_s)
    ended = lifecycle_sql.has_end(), NumberRow.not_after_s <= now_s
    columns = (NumberRow.state, lapsed, func.count())
    lapses = select(*columns).where(*span.rows(), *ended).group_by(*columns[:2])
    for stored, state, count in session.execute(lapses):
        states[State(state)] += count
        if stored == State.SUSPENDED:
            states[State.SUSPENDED] -= count
    return states
