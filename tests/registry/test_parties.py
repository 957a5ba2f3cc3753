"""Parties."""

import json

import pytest
from sqlalchemy import select

from enumd.errors import Conflict, NotFound, PolicyRefused
from enumd.registry import changes, parties
from enumd.registry.changes import Actor
from enumd.registry.parties import PartyKind

NOW_S = 1_795_000_000


@pytest.fixture
def change(registry):
    """Give one open transaction."""
    with registry.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


class TestHolder:
    """A holder by contact."""

    def test_a_new_mail_address_becomes_a_holder_once(self, change):
        """
        The same address, in whatever case, is the same holder.
        """
        ada = parties.holder(change, " Ada@Example.NET ")
        assert (ada.name, ada.kind) == ("ada@example.net", "holder")
        assert ada.id == parties.holder(change, "ada@example.net").id
        assert len(parties.listing(change.session)) == 1

    def test_a_party_is_found_by_its_name(self, change):
        """
        A registrar can hold numbers under its name.
        """
        acme = parties.add(change, PartyKind.REGISTRAR, "Acme Ltd", "noc@acme.example")
        assert acme.id == parties.holder(change, "Acme Ltd").id

    @pytest.mark.parametrize("contact", ["ada", "@example.net", "ada@", "ada lovelace@example.net"])
    def test_another_name_is_no_holder(self, change, contact):
        """
        A name nobody has is a mistake, not a new party.
        """
        with pytest.raises(NotFound, match="no mail address"):
            parties.holder(change, contact)


class TestImporter:
    """The party whose numbers a file has."""

    def test_a_misspelt_name_is_told_what_is_near(self, change):
        """
        Names that are nearly the same are offered, of holders by their first letters.
        """
        parties.add(change, PartyKind.REGISTRAR, "acme", "")
        parties.holder(change, "ada@example.net")
        for name, near in (("acmee", "acme"), ("ada@exmaple.net", "ada@example.net")):
            with pytest.raises(NotFound) as caught:
                parties.importer(change, name, add_new=False)
            assert f"Did you mean {near}?" in caught.value.advice
        with pytest.raises(NotFound) as caught:
            parties.show(change.session, "100%_")
        assert caught.value.advice.startswith("`enumd party list`")

    def test_one_is_added_when_asked_for(self, change):
        """
        A mail address becomes a holder, another name a registrar, each once.
        """
        for name, kind in (("Bell@example.net", "holder"), ("Bell", "registrar")):
            first = parties.importer(change, name, add_new=True)
            assert first.kind == kind
            assert first.id == parties.importer(change, name, add_new=False).id


class TestAdd:
    """Parties added by hand."""

    def test_a_name_is_given_once(self, change):
        """
        A second party of that name is a conflict.
        """
        parties.add(change, PartyKind.OPERATOR, "Acme", "a@acme.example")
        with pytest.raises(Conflict, match="'Acme'"):
            parties.add(change, PartyKind.HOLDER, " Acme ", "b@acme.example")

    @pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[31m"])
    def test_a_name_can_be_printed(self, change, name):
        """
        Names with control characters would be shown to others; they are refused.
        """
        with pytest.raises(PolicyRefused):
            parties.add(change, PartyKind.HOLDER, name, "x@y.example")

    def test_parties_are_listed_by_name_and_kind(self, change):
        """
        All of them, or one kind.
        """
        parties.add(change, PartyKind.REGISTRAR, "b", "b")
        parties.add(change, PartyKind.HOLDER, "a", "a")
        assert [party.name for party in parties.listing(change.session)] == ["a", "b"]
        registrars = parties.listing(change.session, PartyKind.REGISTRAR)
        assert [party.name for party in registrars] == ["b"]
        assert parties.show(change.session, "b").contact == "b"
        with pytest.raises(NotFound, match="'c'"):
            parties.show(change.session, "c")

    def test_a_party_is_logged_outside_zones(self, registry):
        """
        The log says who was added; no zone gets a serial for it.
        """
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            parties.add(change, PartyKind.REGISTRAR, "Acme", "noc@acme.example")
        with registry.read() as session:
            row = session.scalars(select(changes.ChangeRow)).one()
            assert (row.action, row.serial) == ("party.add", None)
            said = {"contact": "noc@acme.example", "kind": "registrar", "name": "Acme"}
            assert json.loads(row.after) == {**said, "created_s": NOW_S}


def test_who_loses_a_race_finds_the_winner(registry, monkeypatch):
    """
    Where another transaction added the holder in between, that one is taken.
    """
    with registry.change(Actor("operator", "test"), NOW_S) as change:
        ada = parties.holder(change, "ada@example.net")
        found = [None, ada]
        monkeypatch.setattr(parties, "_find", lambda session, name: found.pop(0))
        assert ada is parties.holder(change, "ada@example.net")


def test_a_contact_can_be_seen(change):
    """Control characters are refused where they would be entered."""
    with pytest.raises(PolicyRefused, match="cannot be a contact"):
        parties.add(change, PartyKind.REGISTRAR, "Acme Ltd", "noc\x1b[31m@acme.example")
