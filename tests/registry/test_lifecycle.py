"""The life of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.registry.lifecycle import (
    DEFAULT_POLICY,
    TRANSITIONS,
    Policy,
    State,
    Stored,
    in_zone,
    may_follow,
    moment,
    state_at,
    until_at,
)

NOW_S = 1_795_000_000


class TestInZone:
    """The truth table of the zone."""

    def test_what_somebody_has_is_in(self):
        """
        Claimed and suspended numbers are, free, held and released ones never.
        """
        assert {state for state in State if in_zone(state)} == {State.CLAIMED, State.SUSPENDED}

    def test_only_a_claimed_number_is_reachable(self):
        """
        A suspended number is in the zone and answers with nothing.
        """
        assert [state for state in State if state.reachable] == [State.CLAIMED]


def outcome(stored, now_s):
    """Return state and end of a number at *now_s*."""
    return state_at(stored, now_s), until_at(stored, now_s)


class TestStateAt:
    """States that end by themselves."""

    def test_no_row_is_free(self):
        """
        A number nobody has touched is free.
        """
        assert outcome(None, NOW_S) == (State.FREE, None)

    @pytest.mark.parametrize("word", ["held", "released"])
    def test_an_end_is_exact_to_the_second(self, word):
        """
        One second before it is what it was, at the second itself it is free.
        """
        stored = Stored(word, NOW_S + 1)

        assert outcome(stored, NOW_S) == (State(word), NOW_S + 1)
        assert outcome(stored, NOW_S + 0.999) == (State(word), NOW_S + 1)
        assert outcome(stored, NOW_S + 1) == (State.FREE, None)

    @pytest.mark.parametrize("word", ["claimed", "suspended"])
    def test_a_claim_that_has_an_end_lapses_into_quarantine(self, word):
        """
        It is its holder's until that very second, rests, and is free afterwards like any other.
        """
        stored = Stored(word, None, NOW_S, NOW_S + 100)

        assert outcome(stored, NOW_S - 1) == (State(word), None)
        assert outcome(stored, NOW_S) == (State.RELEASED, NOW_S + 100)
        assert outcome(stored, NOW_S + 99) == (State.RELEASED, NOW_S + 100)
        assert outcome(stored, NOW_S + 100) == (State.FREE, None)

    @given(st.sampled_from(["claimed", "suspended"]), st.integers(0, 1 << 33))
    def test_what_somebody_has_without_an_end_never_lapses(self, word, now_s):
        """
        No clock takes such a number away.
        """
        assert outcome(Stored(word), now_s) == (State(word), None)

    @given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 200))
    def test_a_lapsed_claim_is_like_a_released_one(self, ends_s, rests_s, now_s):
        """
        From its end on nothing tells it from one that was released in that second.
        """
        lapsed = Stored("claimed", None, ends_s, ends_s + rests_s)
        released = Stored("released", ends_s + rests_s)

        assert now_s < ends_s or outcome(lapsed, now_s) == outcome(released, now_s)

    @given(st.integers(1, 50), st.integers(0, 50))
    def test_states_follow_each_other(self, ends_s, rests_s):
        """
        Time goes through the states in one order only, and ends with free.
        """
        stored = Stored("claimed", None, ends_s, ends_s + rests_s)
        states = [state_at(stored, now_s) for now_s in range(102)]

        order = [State.CLAIMED, State.RELEASED, State.FREE]
        assert states == sorted(states, key=order.index)
        assert states[-1] is State.FREE


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
