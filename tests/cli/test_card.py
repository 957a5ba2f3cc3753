"""A number as a person reads it."""

from enumd.cli.card import card
from enumd.operations.number import EndpointFacts, NumberCard


def number(state="claimed", pool="demo", ways=(), **known):
    """Return a number in some state, and what is known of it."""
    unknown = ("holder", "registrar", "claimed", "until", "not_after", "suspended_why", "ttl_s")
    return NumberCard(
        number="+441632960017",
        state=state,
        zone="enum.example.",
        pool=pool,
        in_zone=state == "claimed",
        owner_name="7.1.enum.example.",
        endpoints=tuple(ways),
        **{**dict.fromkeys(unknown), **known},
    )


def test_a_claimed_number_shows_holder_and_endpoints():
    """The card has a line for what is known, and none for what is not."""
    way = EndpointFacts(10, "sip", "sip:ada@example.net")

    lines = card(number(ways=[way], claimed="2026-11-21T10:16:03Z", holder="ada@b.example"))

    assert lines[0] == "+44 1632 960017  claimed"
    assert "  holder  ada@b.example" in lines
    assert [line for line in lines if line.startswith("  since   2026-11-2")]
    assert lines[-1] == "  10      sip           sip:ada@example.net"
    assert not [line for line in lines if line.startswith(("  until", "  why", "  ends", "  ttl"))]


def test_a_ttl_is_shown_where_it_is_the_numbers_own():
    """That of the zone is said by the zone."""
    assert "  ttl     60 s" in card(number(ttl_s=60, has_own_ttl=True))


def test_a_claimed_number_without_endpoints_says_how_to_add_one():
    """Nothing is a dead end."""
    assert "  next    enumd endpoint add +441632960017" in card(number())[-1]


def test_a_free_number_says_how_to_claim_it():
    """A free number of a pool can be claimed; one of no pool cannot."""
    assert "enumd number claim +441632960017" in card(number("free"))[-1]
    assert "claim" not in "\n".join(card(number("free", pool=None)))
