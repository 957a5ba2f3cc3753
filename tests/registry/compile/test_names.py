"""The names a zone publishes, some and all."""

import dns.name

from enumd.core.apex import Apex
from enumd.core.endpoint import Endpoint, rdata_of
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import OWN_KEY, pack_digits
from enumd.index.records import pack_answer, unpack_answer
from enumd.registry import endpoints, numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.compile.answers import owner_key
from enumd.registry.compile.names import at_apex, entries_of, names_at, names_of, numbers_of

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
        found = list(names_of(session, zone))

    keys = [key for key, _ in found]
    assert keys == sorted(keys)
    numbers_ = {pack_digits("1632960015"), pack_digits("1632960017")}
    assert set(keys) == {owner_key(owner) for owner in OWNERS} | numbers_
    both = dict(found)[pack_digits("1632960017")]
    assert {each.rrtype for each in unpack_answer(both)} == {35, 16}
    assert dict(found)[pack_digits("1632960015")].count == 0


def test_endpoints_come_by_preference(tree):
    """
    Claimed and suspended numbers come with their endpoints by preference, others do not come.
    """
    filled(tree)
    with tree.read() as session:
        found = list(numbers_of(session, zones.listing(session)[0]))

    assert [(digits, state) for digits, state, *_ in found] == [
        ("441632960015", "suspended"),
        ("441632960017", "claimed"),
    ]
    assert [way[0] for way in found[1][3]] == [10, 20]


def test_some_names_are_what_all_names_say(tree):
    """
    What is published at a name is the same whether it is asked for alone or with all others.
    """
    filled(tree)
    with tree.read() as session:
        zone = zones.listing(session)[0]
        everything = dict(names_of(session, zone))
        states = dict(entries_of(session, zone))
        changed = [(f"44163296001{last}", None) for last in range(10)]
        changed += [(None, owner) for owner in (*OWNERS, "@", "none", "9.9")] + [(None, None)]

        found = names_at(session, zone, changed)

    assert {key: each for key, each in found.answers.items() if each} == everything
    assert {key: each for key, each in found.entries.items() if each} == states
    assert found.answers[owner_key("none")] is None
    assert found.answers[pack_digits("1632960019")] is None
    assert b"" not in found.answers
    assert states[pack_digits("1632960015")] == Entry(EntryState.SUSPENDED)
    assert states[pack_digits("1632960016")].state is EntryState.QUARANTINE


def test_the_number_that_the_apex_is_comes_first(tree):
    """
    With what the apex has of NAPTRs; the head of the zone then holds all else.
    """
    naptr = rdata_of(10, "sip", "sip:b@example.net")
    with tree.change(Actor("operator", "test"), NOW_S) as change:
        zone = zones.add(change, Apex.called("3.4.4.e164.arpa"))
        records.put(change, zone, zone.tree.name, RRset(RRType.NAPTR, 300, (naptr,)))
        before = next(names_of(change.session, zone))
        numbers.claim(change, Number("443"), "ada@example.net")
        endpoint = Endpoint.parse("sip", "sip:ada@example.net", 20)
        endpoints.add(change, Number("443"), endpoint)
        key, after = next(names_of(change.session, zone))
        changes = [names_at(change.session, zone, [name]) for name in (("443", None), (None, "@"))]

        assert before == (OWN_KEY, pack_answer([RRset(RRType.NAPTR, 300, (naptr,))]))
        assert (key, after.count, after.mixed) == (OWN_KEY, 2, False)
        assert [found.answers for found in changes] == [{OWN_KEY: after}] * 2
        assert {rrset.rrtype for rrset in at_apex(change.session, zone)} == {RRType.NS}
        assert changes[0].at_apex == at_apex(change.session, zone)


def test_an_empty_zone_has_no_names(tree):
    """
    Nothing is published of a zone without numbers and records.
    """
    with tree.read() as session:
        zone = zones.listing(session)[0]
        assert list(names_of(session, zone)) == list(entries_of(session, zone)) == []
        assert names_at(session, zone, []).answers == {}
