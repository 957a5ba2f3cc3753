"""Tokens: 256 random bits by which a party acts from another machine.

They are shown once and kept as a SHA-256 alone: with so many bits behind it a slow hash would only
slow down every request. The log says which token was made for whom, and never the token.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.errors import Conflict, NotFound, NotRecognised
from enumd.registry import parties
from enumd.registry.changes import Change, Json
from enumd.registry.schema import PartyRow, TokenRow

PREFIX: Final = "enumd_"
"""What a token begins with, so that people and scanners for leaked secrets know one."""
USE_EVERY_S: Final = 60
"""How often the use of a token is written down, at most."""

_OCTETS: Final = 32
_ID_OCTETS: Final = 5


class Grant(NamedTuple):
    """What a token is to be good for."""

    role: str
    scopes: Sequence[str]
    lasts_s: int


class Owned(NamedTuple):
    """A token and the party that acts by it."""

    row: TokenRow
    party: PartyRow


def issue(change: Change, party: PartyRow, grant: Grant) -> tuple[str, TokenRow]:
    """Make a token for *party*; return it, which nobody can ask for again, and its row."""
    token = PREFIX + secrets.token_urlsafe(_OCTETS)
    row = TokenRow(
        id=secrets.token_hex(_ID_OCTETS),
        hash=hash_token(token),
        party_id=party.id,
        role=grant.role,
        scopes=" ".join(grant.scopes),
        created_s=change.now_s,
        expires_s=change.now_s + grant.lasts_s,
    )
    change.session.add(row)
    change.record(None, "token.create", after=_image(Owned(row, party)))
    return token, row


def revoke(change: Change, token_id: str) -> Owned:
    """Make a token void from now on.

    Raises:
        NotFound: there is none of that id.
        Conflict: it is revoked already.
    """
    owned = show(change.session, token_id)
    if owned.row.revoked_s is not None:
        raise Conflict(f"the token {token_id} is revoked already").advise(
            "Nothing is left to be done: nobody can act by it."
        )
    before = _image(owned)
    owned.row.revoked_s = change.now_s
    change.record(None, "token.revoke", before=before, after=_image(owned))
    return owned


def show(session: Session, token_id: str) -> Owned:
    """Return the token of that id.

    Raises:
        NotFound: there is none.
    """
    found = session.execute(_OWNED.where(TokenRow.id == token_id.strip())).one_or_none()
    if found is None:
        raise NotFound(f"no token has the id {token_id!r}").advise(
            "`enumd token list` shows the ids; the token itself is never its id."
        )
    return Owned(*found)


def listing(session: Session, party: str | None = None) -> list[Owned]:
    """Return all tokens, or those of *party*, the newest first; void ones as well."""
    query = _OWNED.order_by(TokenRow.created_s.desc(), TokenRow.id)
    if party is not None:
        query = query.where(PartyRow.id == parties.show(session, party).id)
    return [Owned(*found) for found in session.execute(query)]


def recognise(session: Session, token: str, now_s: int) -> Owned:
    """Return whose *token* this is.

    It is found by its hash, of which an attacker cannot choose a digit, and compared in constant
    time nevertheless.

    Raises:
        NotRecognised: it is nobody's, or void.
    """
    digest = hash_token(token)
    found = session.execute(_OWNED.where(TokenRow.hash == digest)).one_or_none()
    if found is None or not hmac.compare_digest(found[0].hash, digest):
        raise NotRecognised("this registry knows no such token").advise(
            "Copy it whole, from `enumd_` on; it is one of another registry if that is so."
        )
    owned = Owned(*found)
    if owned.row.revoked_s is not None:
        raise NotRecognised(f"the token {owned.row.id} was revoked")
    if owned.row.expires_s <= now_s:
        raise NotRecognised(f"the token {owned.row.id} has ended")
    return owned


def is_use_news(row: TokenRow, address: str, now_s: int) -> bool:
    """Tell whether a use of a token is to be written down: another address, or a minute later."""
    return row.used_from != address or now_s - (row.used_s or 0) >= USE_EVERY_S


def mark_use(change: Change, token_id: str, address: str) -> None:
    """Write down that a token was used from *address*; this is no line of the log."""
    row = show(change.session, token_id).row
    row.used_s, row.used_from = change.now_s, address


def hash_token(token: str) -> bytes:
    """Return what the registry keeps of *token*."""
    return hashlib.sha256(token.strip().encode()).digest()


_OWNED: Final = select(TokenRow, PartyRow).join(PartyRow, PartyRow.id == TokenRow.party_id)


def _image(owned: Owned) -> Json:
    """Return what the log says of a token: all but the secret and its hash."""
    row = owned.row
    return {
        "id": row.id,
        "party": owned.party.name,
        "role": row.role,
        "scopes": row.scopes.split(),
        "created_s": row.created_s,
        "expires_s": row.expires_s,
        "revoked_s": row.revoked_s,
    }
