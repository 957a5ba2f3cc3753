"""Endpoints that lead back."""

import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict
from enumd.registry import endpoints, numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.loops import refuse_loop

NOW_S = 1_795_000_000
FIRST = "441632960017"


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


def link(change, digits, *others):
    """Claim a number that leads to others in our own tree."""
    numbers.claim(change, Number(digits), "ada@example.net")
    for place, other in enumerate(others, 1):
        uri = f"sip:+{other}@enum.example.org"
        endpoints.add(change, Number(digits), Endpoint.parse("sip", uri, place))


@pytest.mark.parametrize(
    "uri",
    [
        "sip:+441632960017@127.0.0.1",
        "sip:+441632960017@127.0.0.1:5060",
        "sip:441632960017@enum.example.org",
        "sips:+44-1632-960017@ENUM.example.org;user=phone",
        "sip:+441632960017;npdi@[::1]:5060;transport=tcp?subject=x",
        "sip:+441632960017:secret@localhost",
    ],
)
def test_a_uri_for_the_number_itself_is_a_loop(change, uri):
    """
    On the apex of a zone or on this very host, however it is written.
    """
    with pytest.raises(Conflict, match=r"to \+441632960017"):
        refuse_loop(change, Number(FIRST), Uri.parse(uri))


@pytest.mark.parametrize(
    "uri",
    [
        "tel:+441632960017",
        "mailto:ada@enum.example.org",
        "sip:+441632960017@carrier.example.net",
        "sip:+441632960017@sip.enum.example.org",
        "sip:+441632960018@enum.example.org",
        "sip:ada@enum.example.org",
        "sip:enum.example.org",
    ],
)
def test_what_leads_elsewhere_is_none(change, uri):
    """
    Carriers take calls for the same number on their own hosts; a telephone is the end of the way.
    """
    refuse_loop(change, Number(FIRST), Uri.parse(uri))


def test_a_loop_through_others_is_found(change):
    """
    A to B and B to A is refused at the second, with the way there; other zones count too.
    """
    link(change, FIRST, "441632960018")
    link(change, "441632960018", "441632960019")
    numbers.claim(change, Number("441632960019"), "ada@example.net")
    with pytest.raises(Conflict, match=r"\+441632960019 to \+441632960017 to \+441632960018 to"):
        refuse_loop(change, Number("441632960019"), Uri.parse(f"sip:+{FIRST}@enum.example.org"))
    other = zones.add(change, Apex(parse_name("b.example"), "49"))
    numbers.claim(change, Number("4930"), "ben@example.net", apex=other.tree.name)
    endpoint = Endpoint.parse("sip", f"sip:+{FIRST}@b.example", 10)
    endpoints.add(change, Number("4930"), endpoint)


def test_many_ways_to_one_place_are_no_loop(change):
    """
    Two numbers may lead to the same third; it is looked at once.
    """
    link(change, "441632960001")
    link(change, "441632960002", "441632960001")
    link(change, "441632960003", "441632960001")
    link(change, FIRST, "441632960002", "441632960003")
    link(change, "441632960004", FIRST)


def test_a_chain_without_end_counts_as_a_loop(change):
    """
    A call is not redirected seventy times; the search is bounded.
    """
    chain = [f"4416329601{place:02}" for place in range(70)]
    for digits, following in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        try:
            link(change, digits, following)
        except Conflict as error:
            assert "leads back" in str(error)
            return
    raise AssertionError("the chain was followed for ever")
