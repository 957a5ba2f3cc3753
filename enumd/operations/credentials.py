"""Who somebody is that came with a token."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.actor import Doer, Role
from enumd.operations.home import Home
from enumd.operations.opening import open_registry, reading
from enumd.registry import tokens
from enumd.registry.changes import Actor


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who acts by a token."""

    doer: Doer
    token_id: str
    is_news: bool
    """The use is to be written down: `mark_use`."""


def recognise(home: Home, token: str, door: str, address: str) -> Recognised:
    """Return who acts through *door*, having come from *address* with *token*.

    Raises:
        NotRecognised: it is nobody's, has ended or was revoked.
    """
    with reading(home) as session:
        row, party = tokens.recognise(session, token, home.now_s)
        scopes = frozenset(row.scopes.split()) or None
        doer = Doer(party.name, door, Role(row.role), scopes)
        return Recognised(doer, row.id, tokens.is_use_news(row, address, home.now_s))


def mark_use(home: Home, recognised: Recognised, address: str) -> None:
    """Write down when and from where a token was used."""
    actor = Actor(recognised.doer.party, recognised.doer.door)
    with open_registry(home) as registry, registry.change(actor, home.now_s) as change:
        tokens.mark_use(change, recognised.token_id, address)
