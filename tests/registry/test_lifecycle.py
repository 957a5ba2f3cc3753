"""The life of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.registry.lifecycle import (
    DEFAULT_POLICY,
    TRANSITIONS,
    Policy,
    State,
    in_zone,
    may_follow,
    moment,
    state_at,
)

NOW_S = 1_795_000_000


class TestInZone:
    """The truth table of the zone."""

    @pytest.mark.parametrize("state", [State.FREE, State.HELD, State.RELEASED])
    @pytest.mark.parametrize("not_after_s", [None, NOW_S - 1, NOW_S, NOW_S + 1])
    def test_what_nobody_has_is_out(self, state, not_after_s):
        """
        Free, held and released numbers are never in the zone.
        """
        assert not in_zone(state, not_after_s, NOW_S)

    @pytest.mark.parametrize("state", [State.CLAIMED, State.SUSPENDED])
    @pytest.mark.parametrize(
        ("not_after_s", "there"), [(None, True), (NOW_S + 1, True), (NOW_S, False), (1, False)]
    )
    def test_what_somebody_has_is_in_until_it_ends(self, state, not_after_s, there):
        """
        A claim is out from the very second of `not_after_s` on.
        """
        assert there is in_zone(state, not_after_s, NOW_S)

    def test_only_a_claimed_number_is_reachable(self):
        """
        A suspended number is in the zone and answers with nothing.
        """
        assert [state for state in State if state.reachable] == [State.CLAIMED]


class TestStateAt:
    """States that end by themselves."""

    def test_no_row_is_free(self):
        """
        A number nobody has touched is free.
        """
        assert State.FREE is state_at(None, None, NOW_S)

    @pytest.mark.parametrize("stored", ["held", "released"])
    def test_an_end_is_exact_to_the_second(self, stored):
        """
        One second before it is what it was, at the second itself it is free.
        """
        assert State(stored) is state_at(stored, NOW_S + 1, NOW_S)
        assert State(stored) is state_at(stored, NOW_S + 1, NOW_S + 0.999)
        assert State.FREE is state_at(stored, NOW_S, NOW_S)

    @given(st.sampled_from(["claimed", "suspended"]), st.integers(0, 1 << 33))
    def test_what_somebody_has_never_lapses(self, stored, now_s):
        """
        No clock takes a claimed or suspended number away.
        """
        assert State(stored) is state_at(stored, None, now_s)


def test_every_state_can_be_reached_and_left():
    """
    No state is a dead end, and none is an orphan.
    """
    assert set(State) == set(TRANSITIONS) == set().union(*TRANSITIONS.values())
    assert may_follow(State.FREE, State.HELD)
    assert not may_follow(State.HELD, State.HELD)


class TestPolicy:
    """The periods a registry keeps to."""

    def test_the_defaults_are_half_an_hour_and_ninety_days(self):
        """
        A hold lasts 1800 seconds, a quarantine 90 days.
        """
        assert (DEFAULT_POLICY.hold_s, DEFAULT_POLICY.quarantine_s) == (1800, 7_776_000)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hold_s": 0},
            {"quarantine_s": -1},
            {"max_digits": 0},
            {"max_digits": 33},
            {"max_endpoints": 0},
            {"max_endpoints": 16},
        ],
    )
    def test_nonsense_is_refused(self, wrong):
        """
        A policy nobody could keep is not a policy.
        """
        with pytest.raises(ValueError, match=next(iter(wrong)).replace("_s", "")[:4]):
            Policy(**wrong)


def test_a_moment_is_written_in_utc():
    """
    Times in messages are ISO 8601 with the zone.
    """
    assert moment(0) == "1970-01-01 00:00:00Z"
