"""Endpoints added, removed, moved, listed."""

import pytest

from enumd.errors import BadUri, Conflict, NotFound
from enumd.operations.endpoint import (
    AddEndpoint,
    ListEndpoints,
    MoveEndpoint,
    RemoveEndpoint,
    SetTtl,
)
from enumd.operations.perform import perform

NUMBER = "+441632960017"
SIP = "sip:ada@example.net"


def uris(done):
    """Return the URIs of the number in order."""
    return [way.uri for way in done(ListEndpoints(NUMBER)).endpoints]


def test_endpoints_come_one_after_the_other(done, claimed):
    """Unless a preference is asked for; equal ones are told."""
    assert done(AddEndpoint(NUMBER, SIP)).preference == 10
    assert done(AddEndpoint(NUMBER, "mailto:ada@example.net")).preference == 20
    shared = done(AddEndpoint(NUMBER, "matrix:@ada:example.net", preference=10))

    assert shared.shared_with == (SIP,)
    assert uris(done)[2] == "mailto:ada@example.net"


def test_an_endpoint_is_meant_by_a_part_of_it(done, claimed):
    """By its place or its Enumservice as well; what fits none or two is told."""
    for uri in (SIP, "mailto:ada@example.net", "xmpp:ada@example.net"):
        done(AddEndpoint(NUMBER, uri))

    assert done(MoveEndpoint(NUMBER, "mailto", first=True)).preference < 10
    assert done(MoveEndpoint(NUMBER, "1", preference=40)).uri == "mailto:ada@example.net"
    assert done(RemoveEndpoint(NUMBER, SIP)).uri == SIP
    with pytest.raises(Conflict):
        done(RemoveEndpoint(NUMBER, "ada"))
    with pytest.raises(NotFound):
        done(RemoveEndpoint(NUMBER, "signal"))


def test_what_is_unusual_is_noted_beside_the_result(home, claimed):
    """The endpoint is added all the same."""
    from enumd.operations.actor import Doer, Role

    request = AddEndpoint(NUMBER, "signal:+441632960017")
    performed = perform(request, Doer("ada", "test", Role.OPERATOR), home)

    assert performed.result.service == "X-signal"
    assert "experimental" in performed.notes[0]


def test_what_is_no_uri_changes_nothing(done, claimed):
    """The place is marked."""
    with pytest.raises(BadUri):
        done(AddEndpoint(NUMBER, "sip:ada@@x"))
    assert uris(done) == []


def test_the_ttl_is_one_for_all_of_a_number(done, claimed):
    """Its own, or that of the zone."""
    own = done(SetTtl(NUMBER, 60))
    assert (own.ttl_s, own.own) == (60, True)
    assert done(ListEndpoints(NUMBER)).ttl_s == 60
    assert not done(SetTtl(NUMBER, None)).own
