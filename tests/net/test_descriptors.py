"""Open files and how they are shared out."""

from __future__ import annotations

import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.net import descriptors
from enumd.net.descriptors import METRICS, MOST, RESERVED, Shares

INFINITY = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ((1024, 4096), (4096, 4096), 4096),
        ((4096, 4096), None, 4096),
        ((1024, INFINITY), (MOST, INFINITY), MOST),
        ((INFINITY, INFINITY), None, MOST),
    ],
)
def test_the_limit_is_raised_as_far_as_it_goes(monkeypatch, before, after, says):
    """To what the system allows, and not beyond what makes sense."""
    now, made = [before], []
    monkeypatch.setattr(resource, "getrlimit", lambda which: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, to: (made.append(to), now.append(to)))

    assert descriptors.raise_limit() == says
    assert made == ([after] if after else [])


def test_where_there_is_room_everybody_has_what_is_configured():
    """Nothing is taken away."""
    assert Shares.of(2048, 150, 1000) == Shares(2048, 150, 1000)


@given(st.integers(16, 100_000), st.integers(1, 65_535), st.integers(0, 65_535))
def test_what_is_shared_out_is_there(limit, dns, sip):
    """Nobody gets more than is configured or than fits, and everybody one at least."""
    shares = Shares.of(limit, dns, sip)

    assert 1 <= shares.dns <= dns
    assert min(1, sip) <= shares.sip <= max(1, sip)
    if limit > RESERVED + METRICS + 2:
        assert shares.dns + shares.sip <= max(limit - RESERVED - METRICS, 2)
