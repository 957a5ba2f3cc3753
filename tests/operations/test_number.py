"""Numbers: what is asked, and the keys of what comes back."""

from dataclasses import fields

import pytest

from enumd.errors import BadRequest
from enumd.operations.number import ClaimNumber, NumberCard, NumberClaimed, NumberFacts, NumberHeld


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "+44", "pool": "demo"},
        {"number": "+44", "like": "*17"},
        {"hold": "h_1"},
        {"recovery_code": "C5CG"},
        {"zone": "enum.example"},
    ],
    ids=str,
)
def test_a_claim_names_its_number_or_leaves_it(wrong):
    """What chooses among free numbers and what belongs to a given one do not go together."""
    with pytest.raises(BadRequest):
        ClaimNumber("ada@example.net", **wrong)


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    facts = (
        *("number", "state", "zone", "pool", "in_zone", "holder", "registrar", "claimed", "until"),
        *("not_after", "suspended_why", "ttl_s"),
    )

    assert keys(NumberFacts) == facts
    assert keys(NumberCard) == (*facts, "owner_name", "endpoints")
    assert keys(NumberClaimed) == ("number", "holder", "recovery_code", "not_after")
    assert keys(NumberHeld) == ("number", "hold", "until")
