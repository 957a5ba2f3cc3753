"""Parties added, listed, shown."""

from __future__ import annotations

from enumd.operations.desk import Deed, Look
from enumd.operations.party import AddParty, ListParties, PartyFacts, PartyList, ShowParty
from enumd.operations.times import timestamp
from enumd.registry import parties
from enumd.registry.schema import PartyRow


def add(deed: Deed, request: AddParty) -> PartyFacts:
    """Add a party."""
    kind = parties.PartyKind(request.kind)
    return _describe(parties.add(deed.change, kind, request.name, request.contact or request.name))


def listing(look: Look, request: ListParties) -> PartyList:
    """List the parties."""
    kind = parties.PartyKind(request.kind) if request.kind else None
    return PartyList(tuple(map(_describe, parties.listing(look.session, kind))))


def show(look: Look, request: ShowParty) -> PartyFacts:
    """Show a party."""
    return _describe(parties.show(look.session, request.name))


def _describe(row: PartyRow) -> PartyFacts:
    """Return a party as a result has it."""
    return PartyFacts(row.name, row.kind, row.contact, timestamp(row.created_s))
