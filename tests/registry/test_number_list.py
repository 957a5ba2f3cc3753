"""Numbers listed by who has them and what they are."""

import pytest

from enumd.core.apex import parse_name
from enumd.core.number import Number
from enumd.errors import NotFound
from enumd.registry import numbers, parties, tenure
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import State
from enumd.registry.number_list import Wish, listing

NOW_S = 1_795_000_000
ADA, BEN = "ada@example.net", "ben@example.net"
FIRST, SECOND, THIRD, HELD = (Number(f"44163296000{last}") for last in "1234")


@pytest.fixture
def several(tree):
    """Give a registry with numbers in every state."""
    with tree.change(Actor("cli", "test"), NOW_S) as change:
        parties.add(change, parties.PartyKind.REGISTRAR, "acme", "")
        numbers.claim(change, FIRST, ADA)
        numbers.claim(change, SECOND, BEN)
        numbers.suspend(change, SECOND, "abuse")
        numbers.claim(change, THIRD, ADA)
        numbers.release(change, THIRD)
        numbers.hold(change, HELD, BEN)
        tenure.change_registrar(change, FIRST, "acme")
    return tree


def found(registry, wish, now_s=NOW_S, limit=10):
    """Return the numbers listed."""
    with registry.read() as session:
        return [record.number for record in listing(session, wish, now_s, limit)]


class TestListing:
    @pytest.mark.parametrize(
        ("wish", "expected"),
        [
            (Wish(), [FIRST, SECOND, THIRD, HELD]),
            (Wish(holder=ADA), [FIRST, THIRD]),
            (Wish(registrar="acme"), [FIRST]),
            (Wish(state=State.SUSPENDED), [SECOND]),
            (Wish(state=State.RELEASED), [THIRD]),
            (Wish(holder=BEN, state=State.CLAIMED), []),
            (Wish(pool="drama", state=State.HELD), [HELD]),
            (Wish(apex=parse_name("enum.example.org")), [FIRST, SECOND, THIRD, HELD]),
        ],
    )
    def test_what_is_asked_for_is_listed(self, several, wish, expected):
        """Every wish narrows, in the order of digits."""
        assert found(several, wish) == expected

    def test_a_claim_that_has_ended_is_listed_as_released(self, several):
        """Until its quarantine is over; then it is nobody's."""
        number = Number("441632960009")
        with several.change(Actor("cli", "test"), NOW_S) as change:
            numbers.claim(change, number, ADA, not_after_s=NOW_S + 5)
            free_s = NOW_S + 5 + change.policy.quarantine_s

        assert number in found(several, Wish(state=State.CLAIMED), NOW_S + 4)
        assert number not in found(several, Wish(state=State.CLAIMED), NOW_S + 5)
        assert number in found(several, Wish(holder=ADA, state=State.RELEASED), NOW_S + 5)
        assert number not in found(several, Wish(holder=ADA), free_s)

    def test_what_has_lapsed_is_free(self, several):
        """A hold that has ended is no longer listed; a bound is kept."""
        assert HELD not in found(several, Wish(), NOW_S + 3600)
        assert found(several, Wish(), limit=2) == [FIRST, SECOND]

    @pytest.mark.parametrize("wish", [Wish(holder="eve@example.net"), Wish(pool="nowhere")])
    def test_who_is_unknown_has_nothing(self, several, wish):
        """A name nobody has is an error, not an empty list."""
        with pytest.raises(NotFound):
            found(several, wish)

    def test_a_record_names_both_parties_and_the_pool(self, several):
        """What is listed says what `show` says."""
        with several.read() as session:
            (listed,) = listing(session, Wish(registrar="acme"), NOW_S, 10)
            assert listed == numbers.show(session, FIRST, NOW_S)
