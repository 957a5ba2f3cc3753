"""Endpoints: what is asked, and the keys of what comes back."""

from dataclasses import fields

import pytest

from enumd.errors import BadRequest
from enumd.operations.endpoint import EndpointPlaced, EndpointTtl, MoveEndpoint


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


@pytest.mark.parametrize("where", [{}, {"preference": 10, "first": True}], ids=str)
def test_an_endpoint_moves_to_one_place(where):
    """Neither nowhere nor to two places."""
    with pytest.raises(BadRequest):
        MoveEndpoint("+441632960017", "sip", **where)


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    assert keys(EndpointPlaced) == ("number", "preference", "service", "uri", "shared_with")
    assert keys(EndpointTtl) == ("number", "ttl_s", "own")
