"""Moments are RFC 3339 in UTC, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import BadRequest
from enumd.operations.times import seconds, timestamp


def test_programs_get_utc():
    """A time for programs is RFC 3339 in UTC; none is None."""
    assert timestamp(1795256163) == "2026-11-21T10:16:03Z"
    assert timestamp(None) is None
    assert timestamp(0) is None


@given(st.integers(1, 253_402_300_799))
def test_a_moment_comes_back_as_it_went(at_s):
    """What a result says can be read again, to the second."""
    assert at_s == seconds(timestamp(at_s))


def test_a_moment_of_another_zone_is_understood():
    """An offset is part of RFC 3339."""
    assert seconds("2026-11-21T11:16:03+01:00") == 1795256163


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-21T10:16:03", ""])
def test_what_is_no_moment_is_refused(text):
    """A text that is no time, and one that does not say in which zone, is no request."""
    with pytest.raises(BadRequest):
        seconds(text)
