"""Rows of a zone, streamed and by name."""

import dns.name
import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.index.layout import pack_digits
from enumd.registry import endpoints, numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.compile.answers import owner_key
from enumd.registry.compile.streams import (
    TOLD,
    numbers_at,
    rrsets_at,
    stream_numbers,
    stream_rrsets,
)

NOW_S = 1_795_000_000
TXT = RRset(RRType.TXT, 60, (b"\x01x",))


@pytest.fixture
def session(tree):
    """Give a snapshot of a zone with numbers in every state, and records."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]
        for last in range(5, 8):
            number = Number(f"4416329600{last + 10}")
            numbers.claim(change, number, "ada@example.net")
            for preference, user in ((20, "b"), (10, "a")):
                uri = f"sip:{user}@example.net"
                endpoints.add(change, number, Endpoint.parse("sip", uri, preference))
        numbers.suspend(change, Number("441632960015"), "unpaid")
        numbers.release(change, Number("441632960016"))
        numbers.hold(change, Number("441632960019"), "ada@example.net")
        for owner in ("ns", "*.9", "1"):
            records.put(change, zone, dns.name.from_text(owner, zone.tree.name), TXT)
    with tree.read() as opened:
        yield opened


def test_numbers_come_in_order_with_their_endpoints(session):
    """
    Numbers come by digits, in the states that are asked for, their endpoints by preference.
    """
    zone = zones.listing(session)[0]
    standing = list(stream_numbers(session, zone))

    assert [number[:2] for number in standing] == [
        ("441632960015", "suspended"),
        ("441632960017", "claimed"),
    ]
    assert [way[0] for way in standing[1][5]] == [10, 20]
    released = list(stream_numbers(session, zone, TOLD))[1]
    assert (released[:2], released[5]) == (("441632960016", "released"), [])


def test_some_numbers_are_those_of_the_stream(session):
    """
    A number is the same whether it comes alone or with all others; one without a row is none.
    """
    zone = zones.listing(session)[0]
    everything = {number[0]: number for number in stream_numbers(session, zone, TOLD)}

    found = numbers_at(session, zone, [*everything, "441632960018"])

    assert found == everything
    assert numbers_at(session, zone, []) == {}


def test_records_come_in_the_order_of_keys(session):
    """
    Records come by key and without those of the apex; some are those of the stream.
    """
    zone = zones.listing(session)[0]
    everything = list(stream_rrsets(session, zone))

    assert [key for key, _ in everything] == [pack_digits("1"), pack_digits("9*"), owner_key("ns")]
    found = rrsets_at(session, zone, ["1", "ns", "@", "none"])
    assert found.keys() == {pack_digits("1"), owner_key("ns"), b""}
    assert found[b""][0].rrtype == RRType.NS
    assert found[pack_digits("1")] == dict(everything)[pack_digits("1")] == (TXT,)
