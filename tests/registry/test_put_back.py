"""Things put back as an image says; the whole law stands in `test_inversion`."""

import pytest
from sqlalchemy import delete, select

from enumd.core.number import Number
from enumd.errors import Conflict
from enumd.registry import number_image, number_row, numbers, put_back
from enumd.registry.changes import Actor
from enumd.registry.put_back import KINDS, Place
from enumd.registry.schema import PartyRow, SecretRow, ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


@pytest.fixture
def place(change):
    """Give where lines about the number belong."""
    return Place(change, change.session.get_one(ZoneRow, 1), NUMBER.digits, None)


def test_what_a_row_keeps_of_an_image():
    """Not by whose right, and not what time has made of it."""
    keeps = KINDS["number"].keeps
    claimed = {"state": "claimed", "claimed_s": 1}

    assert keeps({**claimed, "by": "holder"}) == claimed
    assert keeps({"state": "free", "lapsed": claimed}) == claimed
    assert keeps({"state": "free"}) is None
    assert keeps(None) is None


def test_an_erased_code_stays_away(change, place):
    """The number comes back without one; the hold of a number cannot."""
    numbers.hold(change, NUMBER, "ada@example.net")
    held = KINDS["number"].present(place, None, None)
    change.now_s += 1800
    numbers.claim(change, NUMBER, "ada@example.net")
    claimed = KINDS["number"].present(place, None, None)
    numbers.release(change, NUMBER)
    change.session.execute(delete(SecretRow))
    change.session.expire_all()
    number_row.find(change.session, place.zone, NUMBER).recovery = None
    change.session.flush()

    KINDS["number"].put(place, KINDS["number"].keeps(claimed), None)
    row = number_row.find(change.session, place.zone, NUMBER)
    assert (row.state, row.recovery) == ("claimed", None)
    with pytest.raises(Conflict, match="its token has been erased"):
        KINDS["number"].put(place, KINDS["number"].keeps(held), claimed)


def test_who_is_gone_gets_nothing_back(change, place):
    """A number cannot go back to a party that is no more."""
    numbers.claim(change, NUMBER, "ada@example.net")
    image = KINDS["number"].present(place, None, None)
    KINDS["number"].put(place, None, image)
    change.session.execute(delete(PartyRow))

    assert number_image.describe(change.session, None, NOW_S) == {"state": "free"}
    with pytest.raises(Conflict, match=r"no party called .* any more"):
        KINDS["number"].put(place, image, None)
    assert put_back._party_id(change.session, None) is None
    assert change.session.scalar(select(PartyRow.id)) is None
