"""The names a zone publishes, some and all."""

import dns.name

from enumd.core.apex import Apex
from enumd.core.endpoint import Endpoint, rdata_of
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import OWN_KEY, Answer, pack_digits
from enumd.index.records import pack_answer, unpack_answer
from enumd.registry import endpoints, numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.compile.affected import affected
from enumd.registry.compile.answers import owner_key
from enumd.registry.compile.names import compile_apex, compile_names, compile_zone

NOW_S = 1_795_000_000
OWNERS = ("ns", "*.9", "7.1.0.0.6.9.2.3.6.1", "8.1.0.0.6.9.2.3.6.1", "1")


def filled(tree):
    """Put numbers and records into the registry, some at the same names."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]
        for last in range(5, 8):
            number = Number(f"4416329600{last + 10}")
            numbers.claim(change, number, "ada@example.net")
            endpoints.add(change, number, Endpoint.parse("sip", "sip:b@example.net", 20))
            endpoints.add(change, number, Endpoint.parse("sip", "sip:a@example.net", 10))
        numbers.suspend(change, Number("441632960015"), "unpaid")
        numbers.release(change, Number("441632960016"))
        numbers.hold(change, Number("441632960019"), "ada@example.net")
        for owner in OWNERS:
            name = dns.name.from_text(owner, zone.tree.name)
            records.put(change, zone, name, RRset(RRType.TXT, 60, (b"\x01x",)))


def test_all_names_come_in_order(tree):
    """
    Numbers and records come merged in the order of the index, each name once.
    """
    filled(tree)
    with tree.read() as session:
        zone = zones.listing(session)[0]
        found = [(key, answer) for key, answer, _ in compile_zone(session, zone, NOW_S) if answer]

    keys = [key for key, _ in found]
    assert keys == sorted(keys)
    numbers_ = {pack_digits("1632960015"), pack_digits("1632960017")}
    assert set(keys) == {owner_key(owner) for owner in OWNERS} | numbers_
    both = dict(found)[pack_digits("1632960017")]
    assert {each.rrtype for each in unpack_answer(both)} == {35, 16}
    assert dict(found)[pack_digits("1632960015")].count == 0


def test_some_names_are_what_all_names_say(tree):
    """
    What is published at a name is the same whether it is asked for alone or with all others.
    """
    filled(tree)
    with tree.read() as session:
        zone = zones.listing(session)[0]
        everything = list(compile_zone(session, zone, NOW_S))
        changes = [(f"44163296001{last}", None) for last in range(10)]
        changes += [(None, owner) for owner in (*OWNERS, "@", "none", "9.9")] + [(None, None)]

        _, found = compile_names(session, zone, affected(zone.prefix, changes), NOW_S)

    assert [name for name in found if name[1] or name[2]] == everything
    said = {key: (answer, entry) for key, answer, entry in found}
    assert said[owner_key("none")] == said[pack_digits("1632960019")] == (None, None)
    assert b"" not in said
    assert said[pack_digits("1632960015")] == (Answer(0, b""), Entry(EntryState.SUSPENDED))
    assert said[pack_digits("1632960016")][1].state is EntryState.QUARANTINE


def test_the_number_that_the_apex_is_comes_first(tree):
    """
    With what the apex has of NAPTRs; the head of the zone then holds all else.
    """
    naptr = rdata_of(10, "sip", "sip:b@example.net")
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zone = zones.add(change, Apex.called("3.4.4.e164.arpa"))
        records.put(change, zone, zone.tree.name, RRset(RRType.NAPTR, 300, (naptr,)))
        before = next(compile_zone(change.session, zone, NOW_S))
        numbers.claim(change, Number("443"), "ada@example.net")
        endpoint = Endpoint.parse("sip", "sip:ada@example.net", 20)
        endpoints.add(change, Number("443"), endpoint)
        after = next(compile_zone(change.session, zone, NOW_S))
        changes = [
            compile_names(change.session, zone, affected("443", [each]), NOW_S)
            for each in (("443", None), (None, "@"))
        ]

        assert before == (OWN_KEY, pack_answer([RRset(RRType.NAPTR, 300, (naptr,))]), None)
        assert (after[0], after[1].count, after[1].mixed) == (OWN_KEY, 2, False)
        assert [names for _, names in changes] == [[after]] * 2
        at_apex = compile_apex(change.session, zone)
        assert {rrset.rrtype for rrset in at_apex} == {RRType.NS}
        assert changes[0][0] == at_apex


def test_an_empty_zone_has_no_names(tree):
    """
    Nothing is published of a zone without numbers and records.
    """
    with tree.read() as session:
        zone = zones.listing(session)[0]
        assert list(compile_zone(session, zone, NOW_S)) == []
        assert compile_names(session, zone, affected("44", []), NOW_S)[1] == []
