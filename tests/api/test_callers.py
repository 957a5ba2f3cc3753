"""Who calls."""

import asyncio

import pytest
from fastapi import Request

from enumd.api.callers import ANYBODY, GUESSES, Callers
from enumd.api.performers import Performers
from enumd.errors import NotRecognised
from enumd.operations.actor import Role
from enumd.operations.perform import perform
from enumd.operations.token import ListTokens
from tests.api.conftest import OPERATOR, token_for


def identify(callers, *fields, client="192.0.2.1"):
    """Return who sent a request with the *fields* Authorization."""
    headers = [(b"authorization", each.encode()) for each in fields]
    scope = {"type": "http", "client": (client, 1), "headers": headers}
    return asyncio.run(callers.identify(Request(scope)))


@pytest.fixture
def callers(home):
    """Return callers of the home, at a moment that stays."""
    performers = Performers()
    yield Callers(home, performers, lambda: 0.0)
    performers.close()


def test_who_gives_no_token_is_anybody(callers):
    """And may do what anybody may."""
    assert identify(callers) == ANYBODY
    assert (ANYBODY.party, ANYBODY.door, ANYBODY.role) == (None, "api", Role.ANYBODY)


def test_a_token_says_who_acts(callers, home):
    """Its use is written down, with the address."""
    token = token_for(home, "acme", None, ("number.show",))
    doer = identify(callers, f"bearer {token}", client="2001:db8::1")

    assert (doer.party, doer.role, doer.scopes) == ("acme", Role.REGISTRAR, {"number.show"})
    used = [one.used_from for one in perform(ListTokens("acme"), OPERATOR, home).result.tokens]
    assert used == ["2001:db8::1"]


@pytest.mark.parametrize("field", ["", "Bearer", "Basic YTpi", "Bearer enumd_x"])
def test_a_wrong_token_is_not_taken_for_none(callers, field):
    """Whoever gives one means to be somebody."""
    with pytest.raises(NotRecognised):
        identify(callers, field)


def test_who_guesses_is_slowed_down(callers, template):
    """A source that gave many wrong tokens is not even asked for the right one for a while."""
    right = f"Bearer {template[1]}"
    for _ in range(GUESSES.burst):
        with pytest.raises(NotRecognised, match="no such token"):
            identify(callers, "Bearer enumd_x")
    with pytest.raises(NotRecognised, match="too many") as slowed:
        identify(callers, right)

    assert "Wait 5 s" in slowed.value.advice
    assert identify(callers, right, client="192.0.2.2").role is Role.OPERATOR
