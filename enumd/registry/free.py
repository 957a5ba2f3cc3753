"""The numbers that nobody has: which of them may be had, and found."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.errors import NotFound
from enumd.registry import hidden, pools, search
from enumd.registry.lifecycle import State
from enumd.registry.pattern import Pattern
from enumd.registry.schema import PoolRow, ZoneRow


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A free number of a pool."""

    number: Number
    pool: str
    recycled: bool
    """Somebody had it before, and its quarantine is over."""


def find(
    session: Session,
    pool: str | None = None,
    like: str | None = None,
    limit: int = 20,
    *,
    now_s: float,
) -> list[FoundNumber]:
    """Return up to *limit* free numbers of one pool or of all, the never used ones first.

    *like* is a `Pattern`: digits, `?` for any one, `*` for any run, for the whole number.

    Raises:
        NotFound: there is no such pool, or none at all.
        NumberError: *like* is no pattern.
    """
    pattern = Pattern.parse(like)
    chosen = [
        (each.name, span)
        for each in choose_pools(session, pool)
        for span in open_spans(session, each)
    ]
    found: list[FoundNumber] = []
    for name, span in chosen:
        for digits in search.untouched(session, span, pattern, span.first):
            if len(found) >= limit:
                return found
            found.append(FoundNumber(Number(digits), name, recycled=False))
    for name, span in chosen:
        rest = limit - len(found)
        for digits, state in search.lapsed(session, span, pattern, now_s, rest):
            found.append(FoundNumber(Number(digits), name, state is not State.HELD))
    return found


def choose_pools(session: Session, name: str | None) -> list[PoolRow]:
    """Return the pool called *name*, or all of them."""
    chosen = [pools.find(session, name)] if name else pools.listing(session)
    if not chosen:
        raise NotFound("there is no pool to choose from; `enumd pool add` makes one").advise(
            "Make one, as `enumd pool add demo +441632960000 999`, or claim a number that you name."
        )
    return chosen


def open_spans(session: Session, pool: PoolRow) -> list[search.Span]:
    """Return the numbers of *pool* that can be given out: those that nothing in the zone hides."""
    zone = session.get_one(ZoneRow, pool.zone_id)
    return hidden.find_visible(session, zone, pools.span_of(pool))
