"""Parties: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.party import AddParty, PartyFacts


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    assert keys(PartyFacts) == ("party", "kind", "contact", "created")


def test_who_says_nothing_of_its_kind_is_a_holder():
    """A registrar or an operator is one because somebody says so."""
    assert AddParty("ada@example.net").kind == "holder"
