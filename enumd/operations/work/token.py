"""Tokens made, listed, revoked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from enumd.errors import BadRequest, NotPermitted
from enumd.operations.actor import Doer, Role
from enumd.operations.desk import Deed, Look
from enumd.operations.table import OPERATIONS
from enumd.operations.times import timestamp
from enumd.operations.token import (
    CreateToken,
    ListTokens,
    RevokeToken,
    TokenCreated,
    TokenFacts,
    TokenList,
)
from enumd.registry import parties, tokens
from enumd.registry.lifecycle import DAY_S


def create(deed: Deed, request: CreateToken) -> TokenCreated:
    """Make a token for a party; a mail address nobody has yet becomes a holder."""
    scopes = tuple(dict.fromkeys(request.scopes))
    _check_scopes(deed.doer, scopes)
    party = parties.holder(deed.change, request.party)
    role = _role(request.role or party.kind)
    grant = tokens.Grant(role, scopes, request.days * DAY_S)
    token, row = tokens.issue(deed.change, party, grant)
    return TokenCreated(token, row.id, party.name, role, scopes, timestamp(row.expires_s))


def listing(look: Look, request: ListTokens) -> TokenList:
    """List tokens."""
    return TokenList(tuple(map(_facts, tokens.listing(look.session, request.party))))


def revoke(deed: Deed, request: RevokeToken) -> TokenFacts:
    """Make a token void."""
    return _facts(tokens.revoke(deed.change, request.id))


def _role(text: str) -> Role:
    """Return the role written *text*, in which a token can act.

    Raises:
        BadRequest: it is none; anybody needs no token.
    """
    roles = [role for role in Role if role is not Role.ANYBODY]
    if text not in roles:
        raise BadRequest(f"{text!r} is no role of a token; there are {', '.join(roles)}")
    return Role(text)


def _check_scopes(doer: Doer, scopes: Sequence[str]) -> None:
    """Refuse what is no operation, and what reaches further than who asks.

    Raises:
        BadRequest: there is no such operation.
        NotPermitted: *doer* acts by a token that is not good for all of it.
    """
    names = [operation.name for operation in OPERATIONS]
    for scope in scopes:
        if scope not in names:
            near = difflib.get_close_matches(scope, names, 1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            raise BadRequest(f"no operation is called {scope!r}; {meant}")
    if doer.scopes is not None and not (scopes and doer.scopes.issuperset(scopes)):
        raise NotPermitted("no token makes one that is good for more than itself").advise(
            f"Ask for some of its own scopes alone: {', '.join(sorted(doer.scopes))}."
        )


def _facts(owned: tokens.Owned) -> TokenFacts:
    """Return what a result says of a token."""
    row = owned.row
    return TokenFacts(
        id=row.id,
        party=owned.party.name,
        role=row.role,
        scopes=tuple(row.scopes.split()),
        created=timestamp(row.created_s),
        expires=timestamp(row.expires_s),
        revoked=timestamp(row.revoked_s),
        used=timestamp(row.used_s),
        used_from=row.used_from,
    )
