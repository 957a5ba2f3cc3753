"""Parties added, listed, shown."""

import pytest

from enumd.errors import NotFound
from enumd.operations.party import AddParty, ListParties, ShowParty
from enumd.operations.times import timestamp


def test_a_party_is_added_and_shown(done, clock):
    """Its contact is its name where nothing else is said."""
    added = done(AddParty("noc@acme.example", "registrar"))

    assert (added.kind, added.contact) == ("registrar", "noc@acme.example")
    assert added.created == timestamp(clock.now_s)
    assert done(ShowParty("noc@acme.example")) == added
    with pytest.raises(NotFound):
        done(ShowParty("acme"))


def test_parties_are_listed_by_kind(done, claimed):
    """The first claim has added its holder."""
    done(AddParty("acme", "registrar", "noc@acme.example"))

    assert {one.party for one in done(ListParties()).parties} == {"acme", "ada@example.net"}
    assert [one.party for one in done(ListParties("registrar")).parties] == ["acme"]
