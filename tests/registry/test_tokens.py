"""Tokens: made, recognised, revoked; the secret is nowhere but with its owner."""

import hashlib

import pytest
from sqlalchemy import select

from enumd.errors import Conflict, NotFound, NotRecognised
from enumd.registry import inversion, parties, tokens
from enumd.registry.changes import Actor
from enumd.registry.parties import PartyKind
from enumd.registry.schema import ChangeRow, TokenRow

NOW_S = 1_795_000_000
DAY_S = 86_400
ACTOR = Actor("operator", "test")
GRANT = tokens.Grant("registrar", ("number.claim", "number.show"), DAY_S)


@pytest.fixture
def made(registry):
    """Make a token for a registrar; return it and its id."""
    with registry.change(ACTOR, NOW_S) as change:
        acme = parties.add(change, PartyKind.REGISTRAR, "acme", "noc@acme.example")
        token, row = tokens.issue(change, acme, GRANT)
        return token, row.id


def test_a_token_is_recognised_until_it_ends(registry, made):
    """Blanks around it do no harm; in the second it ends it is void."""
    token, token_id = made
    with registry.read() as session:
        row, party = tokens.recognise(session, f" {token}\n", NOW_S + DAY_S - 1)
        assert (row.id, party.name, row.role) == (token_id, "acme", "registrar")
        assert row.scopes.split() == list(GRANT.scopes)
        with pytest.raises(NotRecognised, match=f"{token_id} has ended"):
            tokens.recognise(session, token, NOW_S + DAY_S)


@pytest.mark.parametrize("wrong", ["", "enumd_", "h_ABC", "{}x", "{}{}"])
def test_any_other_text_is_nobodys(registry, made, wrong):
    """And what was given stands in no error."""
    text = wrong.format(*made)
    with registry.read() as session, pytest.raises(NotRecognised) as refused:
        tokens.recognise(session, text, NOW_S)
    assert made[0] not in f"{refused.value} {refused.value.advice}"


def test_a_revoked_token_is_void_at_once_and_once(registry, made):
    """It keeps its row, so that the log goes on naming something."""
    token, token_id = made
    with registry.change(ACTOR, NOW_S + 1) as change:
        assert tokens.revoke(change, token_id).row.revoked_s == NOW_S + 1
    with registry.read() as session, pytest.raises(NotRecognised, match="revoked"):
        tokens.recognise(session, token, NOW_S + 1)
    with registry.change(ACTOR, NOW_S + 2) as change, pytest.raises(Conflict):
        tokens.revoke(change, token_id)
    with registry.change(ACTOR, NOW_S + 2) as change, pytest.raises(NotFound):
        tokens.revoke(change, "nobody")


def test_the_secret_is_stored_nowhere(registry, made):
    """The row has its SHA-256, the log neither of them."""
    token, token_id = made
    with registry.change(ACTOR, NOW_S) as change:
        tokens.revoke(change, token_id)
    with registry.read() as session:
        row = session.scalars(select(TokenRow)).one()
        lines = session.scalars(select(ChangeRow).where(ChangeRow.action.like("token.%"))).all()
    assert row.hash == hashlib.sha256(token.encode()).digest()
    assert [line.action for line in lines] == ["token.create", "token.revoke"]
    said = "".join(f"{line.before}{line.after}" for line in lines)
    assert token_id in said
    assert token not in said and row.hash.hex() not in said


def test_a_token_is_random(registry, made):
    """256 bits behind a prefix that can be recognised, and no two alike."""
    with registry.change(ACTOR, NOW_S) as change:
        acme = parties.show(change.session, "acme")
        found = {tokens.issue(change, acme, GRANT)[0] for _ in range(20)} | {made[0]}
    assert len(found) == 21
    assert all(one.startswith(tokens.PREFIX) and len(one) == 6 + 43 for one in found)


def test_tokens_are_listed_by_party(registry, made):
    """The newest first; nobody's where nobody of that name is."""
    with registry.change(ACTOR, NOW_S + 5) as change:
        ben = parties.holder(change, "ben@example.net")
        tokens.issue(change, ben, tokens.Grant("holder", (), DAY_S))
    with registry.read() as session:
        assert [one.party.name for one in tokens.listing(session)] == ["ben@example.net", "acme"]
        assert [one.row.id for one in tokens.listing(session, "acme")] == [made[1]]
        with pytest.raises(NotFound):
            tokens.listing(session, "nobody")


def test_its_use_is_written_down_once_a_minute(registry, made):
    """Or when it comes from elsewhere; that is no line of the log."""
    with registry.change(ACTOR, NOW_S) as change:
        row = tokens.show(change.session, made[1]).row
        assert tokens.is_use_news(row, "192.0.2.1", NOW_S)
        tokens.mark_use(change, made[1], "192.0.2.1")
    with registry.read() as session:
        row = tokens.show(session, made[1]).row
        assert (row.used_s, row.used_from) == (NOW_S, "192.0.2.1")
        assert not tokens.is_use_news(row, "192.0.2.1", NOW_S + 59)
        assert tokens.is_use_news(row, "192.0.2.1", NOW_S + 60)
        assert tokens.is_use_news(row, "192.0.2.2", NOW_S)
        assert len(session.scalars(select(ChangeRow)).all()) == 2


def test_making_a_token_is_not_undone(registry, made):
    """What was undone could be put back, and a secret never comes back."""
    with registry.change(ACTOR, NOW_S) as change:
        line = change.session.scalars(
            select(ChangeRow).where(ChangeRow.action == "token.create")
        ).one()
        with pytest.raises(Conflict, match=r"token\.create cannot be undone"):
            inversion.invert(change, line.transaction_id)
