"""A number as the log says it."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.registry import endpoints, number_image, number_row, numbers
from enumd.registry.changes import Actor
from enumd.registry.schema import ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
ADA = "ada@example.net"


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


def image(change, now_s=NOW_S):
    """Return the image of the number."""
    zone = change.session.get_one(ZoneRow, 1)
    row = number_row.find(change.session, zone, NUMBER)
    return number_image.describe(change.session, row, now_s)


def test_what_nobody_has_touched_is_free(change):
    """There is no row, and nothing more to say."""
    assert image(change) == {"state": "free"}


def test_all_of_a_claim_is_said(change):
    """Columns that have a value, who has it by name, endpoints in their order; no hash."""
    numbers.claim(change, NUMBER, ADA, not_after_s=NOW_S + 9)
    for preference, user in ((20, "b"), (10, "c"), (20, "a")):
        uri = f"sip:{user}@example.net"
        endpoints.add(change, NUMBER, Endpoint.parse("sip", uri, preference))
    endpoints.set_ttl(change, NUMBER, 0)
    said = image(change)

    assert len(said.pop("recovery")) == 32
    assert said == {
        "state": "claimed",
        "claimed_s": NOW_S,
        "not_after_s": NOW_S + 9,
        "free_s": NOW_S + 9 + change.policy.quarantine_s,
        "holder": ADA,
        "ttl_s": 0,
        "endpoints": [
            [10, "sip", "sip:c@example.net"],
            [20, "sip", "sip:b@example.net"],
            [20, "sip", "sip:a@example.net"],
        ],
    }


def test_who_held_it_is_said(change):
    """Nobody holds a number twice, so that belongs to it."""
    numbers.hold(change, NUMBER, "ben@example.net")
    said = image(change)

    assert (said["state"], said["until_s"]) == ("held", NOW_S + 1800)
    assert said["holds"] == [["ben@example.net", NOW_S + 1800]]
    assert len(said["hold"]) == 32


def test_what_has_lapsed_says_what_it_was(change):
    """What it is by then, and beside it all that its row still says."""
    numbers.claim(change, NUMBER, ADA, not_after_s=NOW_S + 9)
    was, free_s = image(change), NOW_S + 9 + change.policy.quarantine_s

    resting = {"state": "released", "until_s": free_s, "lapsed": was}
    assert image(change, NOW_S + 9) == resting
    assert image(change, free_s) == {"state": "free", "lapsed": was}
