"""One number in the database."""

import pytest

from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, NumberTooLong
from enumd.registry import number_row, numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import State
from enumd.registry.schema import NumberRow, ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


@pytest.fixture
def zone(change):
    """Give the zone."""
    return change.session.get_one(ZoneRow, 1)


class TestLocate:
    """A number under the lock of its zone."""

    def test_an_untouched_number_has_a_zone_and_no_row(self, change, zone):
        """
        It is located by the digits the zone stands for.
        """
        assert number_row.locate(change, NUMBER) == (zone, None)
        with pytest.raises(NotFound):
            number_row.locate(change, Number("49"))

    def test_a_claimed_number_has_both(self, change, zone):
        """
        And only a claimed one passes as claimed.
        """
        with pytest.raises(NotFound, match="nobody has claimed"):
            number_row.locate_claimed(change, NUMBER)
        numbers.claim(change, NUMBER, "ada@example.net")
        assert number_row.locate_claimed(change, NUMBER)[1].digits == NUMBER.digits
        numbers.suspend(change, NUMBER, "fraud")
        with pytest.raises(Conflict, match="suspended: fraud"):
            number_row.locate_claimed(change, NUMBER)


class TestTold:
    """The state as a sentence."""

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (None, "free"),
            ({"state": "held", "until_s": NOW_S}, "free"),
            ({"state": "held", "until_s": NOW_S + 1}, "held until 2026-11-18 11:06:41Z"),
            ({"state": "released", "until_s": NOW_S + 1}, "in quarantine until 2026-11-18"),
            ({"state": "claimed", "claimed_s": NOW_S}, "claimed since 2026-11-18 11:06:40Z"),
            ({"state": "suspended", "suspended_why": "x"}, "claimed since 1970.* and suspended: x"),
        ],
    )
    def test_every_state_is_told(self, row, said):
        """
        With since when or until when.
        """
        found = None if row is None else NumberRow(**row)
        told = number_row.explain(NUMBER, found, NOW_S)
        with pytest.raises(Conflict, match=r"^\+441632960017 is " + said):
            raise Conflict(told)


class TestBecome:
    """A row that changes its state."""

    def test_what_cannot_follow_is_refused(self, change, zone):
        """
        The table of transitions is kept, whoever asks.
        """
        row = number_row.start(change, zone, NUMBER)
        with pytest.raises(Conflict, match="is free: it cannot be released"):
            number_row.become(change, row, State.RELEASED, until_s=1, claimed_s=1)
        number_row.become(change, row, State.CLAIMED, claimed_s=1)
        with pytest.raises(Conflict, match="it cannot be held"):
            number_row.become(change, row, State.HELD, until_s=1, hold_hash=b"x")

    def test_the_old_life_is_forgotten(self, change, zone):
        """
        Nothing of a former holder stays in a row that begins again.
        """
        numbers.claim(change, NUMBER, "ada@example.net", not_after_s=NOW_S + 1)
        numbers.release(change, NUMBER)
        row = number_row.find(change.session, zone, NUMBER)
        change.now_s = row.until_s
        number_row.become(change, row, State.HELD, until_s=row.until_s + 1, hold_hash=b"x")
        forgotten = (row.holder_id, row.recovery, row.not_after_s, row.claimed_s)
        assert forgotten == (None, None, None, None)

    def test_a_row_is_not_made_for_too_many_digits(self, change, zone):
        """
        The policy says how many there may be.
        """
        with pytest.raises(NumberTooLong):
            number_row.start(change, zone, Number("44" + "1" * 14))


class TestDescribe:
    """Numbers on the screen."""

    def test_a_lapsed_number_shows_nothing_of_before(self, change, zone):
        """
        Free is free, for whoever looks.
        """
        numbers.hold(change, NUMBER, "ada@example.net")
        row = number_row.find(change.session, zone, NUMBER)
        later_s = NOW_S + 1800
        record = number_row.describe(change.session, zone, row, later_s)
        assert (record.state, record.pool, record.until_s) == (State.FREE, "drama", None)

    def test_a_lapsed_claim_shows_what_a_released_number_does(self, change, zone):
        """
        Who had it, since when, and until when it rests; nothing of its end or a suspension.
        """
        numbers.claim(change, NUMBER, "ada@example.net", not_after_s=NOW_S + 1)
        numbers.suspend(change, NUMBER, "abuse")
        row = number_row.find(change.session, zone, NUMBER)
        lapsed = number_row.describe(change.session, zone, row, NOW_S + 1)
        change.now_s = NOW_S
        numbers.resume(change, NUMBER)
        change.now_s, row.not_after_s, row.free_s = NOW_S + 1, None, None
        numbers.release(change, NUMBER)
        assert lapsed == number_row.describe(change.session, zone, row, NOW_S + 1)

    def test_parties_are_shown_by_name(self, change, zone):
        """
        Names mean something to who reads them, ids do not.
        """
        numbers.claim(change, NUMBER, "ada@example.net")
        row = number_row.find(change.session, zone, NUMBER)
        record = number_row.describe(change.session, zone, row, NOW_S)
        assert (record.holder, record.registrar) == ("ada@example.net", None)
        assert zones.listing(change.session) == [zone]
