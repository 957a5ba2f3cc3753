"""Sorting more rows than memory may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.registry.files.sorting import RowSpill, in_order, sort_rows

ROWS = st.lists(st.tuples(st.text("0123", max_size=3), st.integers(0, 99), st.binary(max_size=3)))


@given(ROWS, st.integers(1, 7))
def test_rows_come_by_key_and_line(rows, run_rows):
    """
    Whatever fits one run, the rows come out by key and line, equal ones as they came.
    """
    assert list(sort_rows(rows, run_rows)) == sorted(rows, key=lambda row: row[:2])


@given(ROWS, st.integers(1, 7))
def test_a_spill_gives_back_what_it_got(rows, most):
    """
    Rows put away come back in the order they came, as often as asked.
    """
    spill = RowSpill(most)
    for row in rows:
        spill.append(row)

    try:
        assert list(spill.rows()) == rows
        assert list(spill.rows()) == rows
    finally:
        spill.close()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [((), True), (("1", "1", "12", "2"), True), (("2", "12"), False), (("1", "0"), False)],
)
def test_order_is_that_of_the_keys(keys, expected):
    """
    Keys are in order while none comes after a greater one.
    """
    assert in_order(iter(keys)) is expected
