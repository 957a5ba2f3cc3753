"""A number as a person reads it."""

from enumd.cli.card import card, claim_fields, endpoint_fields, record_fields
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.registry.lifecycle import State
from enumd.registry.number_row import NumberRecord
from enumd.registry.numbers import Claim

NUMBER = Number("441632960017")
NOW_S = 1_795_256_163


def fields(*ways, owner="7.1.enum.example."):
    """Return the fields of a number with these endpoints."""
    return {"owner_name": owner, "endpoints": [endpoint_fields(way) for way in ways]}


def test_a_claimed_number_shows_holder_and_endpoints():
    """The card has a line for what is known, and none for what is not."""
    record = NumberRecord(
        NUMBER,
        "enum.example.",
        "demo",
        State.CLAIMED,
        True,
        claimed_s=NOW_S,
        holder="ada@b.example",
    )
    way = Endpoint.parse("sip", "sip:ada@example.net", 10)

    lines = card(record, fields(way))

    assert lines[0] == "+44 1632 960017  claimed"
    assert "  holder  ada@b.example" in lines
    assert lines[-1] == "  10      sip           sip:ada@example.net"
    assert not [line for line in lines if line.startswith(("  until", "  why", "  ends"))]


def test_a_claimed_number_without_endpoints_says_how_to_add_one():
    """Nothing is a dead end."""
    record = NumberRecord(NUMBER, "enum.example.", "demo", State.CLAIMED, True)

    assert "  next    enumd endpoint add +441632960017" in card(record, fields())[-1]


def test_a_free_number_says_how_to_claim_it():
    """A free number of a pool can be claimed; one of no pool cannot."""
    free = NumberRecord(NUMBER, "enum.example.", "demo", State.FREE, False)
    outside = NumberRecord(NUMBER, "enum.example.", None, State.FREE, False)

    assert "enumd number claim +441632960017" in card(free, fields())[-1]
    assert "claim" not in "\n".join(card(outside, fields()))


def test_times_are_plain_values_for_programs():
    """Programs get RFC 3339 in UTC and None for what is not known."""
    record = NumberRecord(NUMBER, "enum.example.", None, State.RELEASED, False, until_s=NOW_S)
    claim = Claim(NUMBER, "enum.example.", "ada", "AAAA-BBBB-CCCC", NOW_S)

    assert record_fields(record)["until"] == "2026-11-21T10:16:03Z"
    assert record_fields(record)["claimed"] is None
    assert claim_fields(claim)["not_after"] is None
