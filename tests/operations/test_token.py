"""Tokens: the keys of what comes back, and what cannot be asked."""

from dataclasses import fields

import pytest

from enumd.errors import BadRequest
from enumd.operations.token import CreateToken, TokenCreated, TokenFacts


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order; what is listed has no secret."""
    assert [each.name for each in fields(TokenCreated)] == (
        ["token", "id", "party", "role", "scopes", "expires"]
    )
    assert [each.name for each in fields(TokenFacts)] == (
        ["id", "party", "role", "scopes", "created", "expires", "revoked", "used", "used_from"]
    )


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_ends(days):
    """It lasts a day at least and ten years at most."""
    with pytest.raises(BadRequest, match=str(days)):
        CreateToken("acme", days=days)
