"""Tokens made, listed, revoked."""

import pytest

from enumd.errors import BadRequest, NotFound, NotPermitted
from enumd.operations.actor import Doer, Role
from enumd.operations.party import AddParty
from enumd.operations.token import CreateToken, ListTokens, RevokeToken


def test_a_token_acts_as_what_its_party_is(done):
    """If no role is said; a mail address nobody has yet becomes a holder."""
    done(AddParty("acme", "registrar", "noc@acme.example"))

    assert done(CreateToken("acme")).role == "registrar"
    assert done(CreateToken("acme", "reader")).role == "reader"
    assert done(CreateToken("Ada@example.net")).party == "ada@example.net"
    with pytest.raises(NotFound):
        done(CreateToken("nobody"))


@pytest.mark.parametrize("role", ["anybody", "root", ""])
def test_a_role_is_one_of_those_that_need_a_token(done, role):
    """Anybody needs none."""
    if role:
        with pytest.raises(BadRequest, match="no role of a token"):
            done(CreateToken("ada@example.net", role))
    else:
        assert done(CreateToken("ada@example.net", role)).role == "holder"


def test_a_scope_is_an_operation(done):
    """One that is misspelt is refused with the one that was meant; one said twice is one."""
    made = done(CreateToken("ada@example.net", scopes=("number.show", "number.show")))

    assert made.scopes == ("number.show",)
    with pytest.raises(BadRequest, match=r"did you mean number\.claim"):
        done(CreateToken("ada@example.net", scopes=("number.clam",)))
    with pytest.raises(BadRequest, match="there are"):
        done(CreateToken("ada@example.net", scopes=("xyz",)))


def test_no_token_makes_one_that_reaches_further(done):
    """What is good for making tokens alone does not make itself good for all."""
    doer = Doer("ops", "api", Role.OPERATOR, frozenset({"token.create", "number.show"}))

    assert done(CreateToken("ada@example.net", scopes=("number.show",)), doer).role == "holder"
    for scopes in ((), ("number.claim",), ("number.show", "pool.add")):
        with pytest.raises(NotPermitted, match="more than itself"):
            done(CreateToken("ada@example.net", scopes=scopes), doer)


def test_tokens_are_listed_without_the_secret(done):
    """And revoked by their id."""
    made = done(CreateToken("ada@example.net", days=2))
    (listed,) = done(ListTokens()).tokens
    gone = done(RevokeToken(made.id))

    assert made.token not in repr(listed)
    assert (listed.id, listed.expires, listed.revoked) == (made.id, made.expires, None)
    assert gone.revoked is not None
    assert done(ListTokens("ada@example.net")).tokens == (gone,)
