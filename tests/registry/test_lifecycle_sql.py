"""The life of a number as a database is asked for it."""

import pytest
from sqlalchemy import select

from enumd.registry import lifecycle_sql
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import STANDING, State, Stored, state_at, until_at
from enumd.registry.schema import NumberRow

NOW_S = 1_795_000_000
NEAR = (NOW_S - 1, NOW_S, NOW_S + 1)

HELD = {"hold_hash": b"x"}
CLAIMED = {"claimed_s": 1}
SUSPENDED = {**CLAIMED, "suspended_why": "abuse"}
ENDS = [(None, None), *((end, free) for end in NEAR for free in NEAR if end <= free)]
ROWS = [
    *({"state": "held", "until_s": until, **HELD} for until in NEAR),
    *({"state": "released", "until_s": until, **CLAIMED} for until in NEAR),
    *({"state": "claimed", "not_after_s": e, "free_s": f, **CLAIMED} for e, f in ENDS),
    *({"state": "suspended", "not_after_s": e, "free_s": f, **SUSPENDED} for e, f in ENDS),
]
"""Every state with every end beside now."""


@pytest.fixture
def rows(tree):
    """Give a session and a registry with a number of each kind."""
    with tree.change(Actor(None, "test"), NOW_S) as change:
        for place, columns in enumerate(ROWS):
            change.session.add(NumberRow(zone_id=1, digits=f"44{place:03}", **columns))
        change.session.flush()
        yield change.session
        change.session.rollback()


def test_sql_says_what_python_says(rows):
    """State, end, and whether somebody has it: for every kind of row, to the second."""
    columns = [getattr(NumberRow, name) for name in Stored._fields]
    conditions = (
        lifecycle_sql.state(NOW_S),
        lifecycle_sql.until_s(NOW_S),
        lifecycle_sql.is_standing(NOW_S),
    )
    found = rows.execute(select(*columns, *conditions)).all()

    assert len(found) == len(ROWS)
    for *row, state, until_s, is_standing in found:
        stored = Stored(*row)
        assert State(state) is state_at(stored, NOW_S), stored
        assert bool(is_standing) is (state_at(stored, NOW_S) in STANDING), stored
        if state_at(stored, NOW_S) is not State.FREE:
            assert until_s == until_at(stored, NOW_S), stored


def test_what_is_over_is_told_once(rows):
    """The two conditions together find every number that has a row and is free, none twice."""
    columns = [getattr(NumberRow, name) for name in Stored._fields]
    every = {row[0]: Stored(*row[1:]) for row in rows.execute(select(NumberRow.digits, *columns))}
    over = [
        digits
        for condition in lifecycle_sql.are_over(NOW_S)
        for digits in rows.scalars(select(NumberRow.digits).where(*condition))
    ]

    free = {digits for digits, each in every.items() if state_at(each, NOW_S) is State.FREE}
    assert sorted(over) == sorted(free)
