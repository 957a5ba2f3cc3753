"""The life of a number as a database is asked for it: what `lifecycle` says, in SQL.

The one home of these conditions; a test holds them and `lifecycle` equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, and_, case, literal, or_

from enumd.registry.lifecycle import STANDING, State
from enumd.registry.schema import NumberRow

SOMEBODYS: Final = tuple(sorted(state.value for state in STANDING))
"""The states of numbers that are somebody's; in one order, since statements are kept by text."""


def is_standing(now_s: float) -> ColumnElement[bool]:
    """Return the condition that a number is somebody's at *now_s*, and so in the zone."""
    return and_(NumberRow.state.in_(SOMEBODYS), is_valid(now_s))


def is_valid(now_s: float) -> ColumnElement[bool]:
    """Return the condition that a claim, if it is one, has not ended (`core.validity`)."""
    return or_(NumberRow.not_after_s.is_(None), NumberRow.not_after_s > now_s)


def are_over(now_s: float) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Yield the two conditions under which a number that has a row is free at *now_s*.

    Apart, since no number meets both, and each is answered by a partial index of its own.
    """
    yield is_unsettled(), NumberRow.until_s <= now_s
    yield has_end(), NumberRow.free_s <= now_s


def is_unsettled() -> ColumnElement[bool]:
    """Return the condition of the partial index `ix_number_unsettled`."""
    # Written into the statement, not bound: PostgreSQL plans for any value of a parameter.
    return NumberRow.state != literal(State.CLAIMED.value, literal_execute=True)


def has_end() -> ColumnElement[bool]:
    """Return the condition of the partial index `ix_number_ending`."""
    return NumberRow.not_after_s.is_not(None)


def state(now_s: float) -> ColumnElement[str]:
    """Return the state of a number at *now_s*."""
    return case(
        (NumberRow.until_s <= now_s, State.FREE.value),
        (is_valid(now_s), NumberRow.state),
        (NumberRow.free_s <= now_s, State.FREE.value),
        else_=State.RELEASED.value,
    )


def until_s(now_s: float) -> ColumnElement[int | None]:
    """Return when the state of a number that is held or rests at *now_s* is over."""
    return case((is_valid(now_s), NumberRow.until_s), else_=NumberRow.free_s)
