"""Parties: holders, registrars and operators."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Somebody who holds numbers, provisions them, or runs the registry."""

    party: str
    kind: str
    """`holder`, `registrar` or `operator`."""
    contact: str
    created: str | None


@dataclass(frozen=True, slots=True)
class AddParty(Request[PartyFacts]):
    """Add a party."""

    name: str
    kind: str = "holder"
    contact: str | None = None
    """How to reach it; the name, if nothing is said."""


@dataclass(frozen=True, slots=True)
class PartyList:
    """Parties by name."""

    parties: tuple[PartyFacts, ...]


@dataclass(frozen=True, slots=True)
class ListParties(Request[PartyList]):
    """List the parties."""

    kind: str | None = None


@dataclass(frozen=True, slots=True)
class ShowParty(Request[PartyFacts]):
    """Show a party."""

    name: str
