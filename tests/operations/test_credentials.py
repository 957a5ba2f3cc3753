"""Who somebody is that came with a token."""

import pytest

from enumd.errors import NotRecognised
from enumd.operations.actor import Role
from enumd.operations.credentials import mark_use, recognise
from enumd.operations.times import timestamp
from enumd.operations.token import CreateToken, ListTokens, RevokeToken


def test_a_token_says_who_acts_and_for_what_it_is_good(done, home):
    """Party, role and scopes are those it was made with; the door is the one that asks."""
    made = done(CreateToken("ada@example.net", "reader", ("number.show",)))
    doer = recognise(home, made.token, "api", "192.0.2.1").doer

    assert (doer.party, doer.door, doer.role) == ("ada@example.net", "api", Role.READER)
    assert doer.scopes == {"number.show"}
    free = done(CreateToken("ada@example.net"))
    assert recognise(home, free.token, "api", "192.0.2.1").doer.scopes is None


def test_a_void_token_is_nobodys(done, home, clock):
    """One that has ended, and one that was revoked."""
    made = done(CreateToken("ada@example.net", days=1))
    other = done(CreateToken("ada@example.net"))
    done(RevokeToken(other.id))
    clock.now_s += 86_400

    for token in (made.token, other.token, "enumd_x"):
        with pytest.raises(NotRecognised):
            recognise(home, token, "api", "192.0.2.1")


def test_the_use_of_a_token_can_be_seen(done, home, clock):
    """When it was used last, and from where."""
    made = done(CreateToken("ada@example.net"))
    first = recognise(home, made.token, "api", "192.0.2.1")
    mark_use(home, first, "192.0.2.1")

    assert first.is_news
    assert not recognise(home, made.token, "api", "192.0.2.1").is_news
    (listed,) = done(ListTokens()).tokens
    assert (listed.used, listed.used_from) == (timestamp(clock.now_s), "192.0.2.1")
