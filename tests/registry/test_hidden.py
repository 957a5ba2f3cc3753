"""Cuts and aliases against numbers."""

import dns.rdata
import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.core.rrset import RRset
from enumd.errors import Conflict, NotFound
from enumd.registry import free, hidden, numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.search import Span

NOW_S = 1_795_000_000
ADA = Number("441632960017")
BLOCK = "6.9.2.3.6.1"
"""The owner of +44163296, relative to the apex, which stands for 44."""

OWNER = "7.1.0.0." + BLOCK


def put(change, owner, kind, text="ns.example.net."):
    """Put one record at *owner*, relative to the apex."""
    zone = zones.listing(change.session)[0]
    rdata = dns.rdata.from_text("IN", kind, text)
    name = parse_name(f"{owner}.{zone.apex}" if owner else zone.apex)
    records.put(change, zone, name, RRset(int(rdata.rdtype), 300, (rdata.to_wire(),)))


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


@pytest.mark.parametrize(
    ("owner", "kind"),
    [
        (BLOCK, "NS"),
        (BLOCK, "DNAME"),
        (OWNER, "NS"),
        (OWNER, "DNAME"),
        (OWNER, "CNAME"),
        ("", "DNAME"),
    ],
)
def test_a_number_behind_a_cut_is_not_given_out(change, owner, kind):
    """
    Neither by its name nor by a hold, and the error says what stands where.
    """
    put(change, owner, kind)

    with pytest.raises(Conflict, match=rf"0017 is not ours to give out: .* has {kind} at"):
        numbers.claim(change, ADA, "ada@example.net")
    with pytest.raises(Conflict, match="not ours"):
        numbers.hold(change, ADA)


@pytest.mark.parametrize(
    ("owner", "kind", "text"),
    [
        ("8.1.0.0." + BLOCK, "NS", "ns.example.net."),
        (BLOCK, "CNAME", "ns.example.net."),
        (BLOCK, "TXT", '"a block"'),
        ("x." + OWNER, "NS", "ns.example.net."),
    ],
)
def test_what_stands_elsewhere_hides_nothing(change, owner, kind, text):
    """
    A cut beside or below a number, an alias above it and other types leave it free to claim.
    """
    put(change, owner, kind, text)

    assert numbers.claim(change, ADA, "ada@example.net").number == ADA


@pytest.mark.parametrize(
    ("owner", "kind"),
    [(BLOCK, "NS"), (BLOCK, "DNAME"), (OWNER, "CNAME"), (OWNER, "NS"), ("", "DNAME")],
)
def test_a_claimed_number_is_not_hidden(change, owner, kind):
    """
    A cut at or above it, or an alias in its place, is refused and names the number.
    """
    numbers.claim(change, ADA, "ada@example.net")

    with pytest.raises(Conflict, match=rf"{kind} at .* would hide \+441632960017"):
        put(change, owner, kind)


def test_a_dname_at_the_apex_hides_no_number_that_is_the_apex(change):
    """
    It says nothing of its own owner (RFC 6672 section 2.3), whichever was there first.
    """
    tree = zones.add(change, Apex.called("3.4.4.e164.arpa"))
    whole = Number("443")
    assert zones.listing(change.session)[0] is tree
    numbers.claim(change, whole, "ada@example.net")
    put(change, "", "DNAME")
    numbers.release(change, whole)

    with pytest.raises(Conflict, match="quarantine"):
        numbers.claim(change, whole, "ada@example.net")


@pytest.mark.parametrize(
    ("owner", "rrtype"),
    [("", 2), ("9." + OWNER, 2), (BLOCK, 5), (BLOCK, 16), ("x." + BLOCK, 2), ("*." + BLOCK, 5)],
)
def test_what_hides_no_number_is_let_be(change, owner, rrtype):
    """
    The apex has NS, and so may names beside numbers; an alias hides only its own name.
    """
    numbers.claim(change, ADA, "ada@example.net")
    zone = zones.listing(change.session)[0]
    name = parse_name(f"{owner}.{zone.apex}" if owner else zone.apex)

    hidden.refuse_hiding_record(change.session, zone, name, rrtype, NOW_S)


def test_a_number_whose_claim_has_ended_hides_from_nothing(change):
    """
    From the second of its end on, a record may stand above it though nobody has touched it since.
    """
    numbers.claim(change, ADA, "ada@example.net", not_after_s=NOW_S + 60)
    zone = zones.listing(change.session)[0]
    name = parse_name(f"{BLOCK}.{zone.apex}")
    with pytest.raises(Conflict, match=r"would hide \+441632960017"):
        hidden.refuse_hiding_record(change.session, zone, name, 2, NOW_S + 59)

    hidden.refuse_hiding_record(change.session, zone, name, 2, NOW_S + 60)


class TestVisible:
    """What is left of a range."""

    def spans(self, change, first="441632960000", last="441632960999"):
        """Return the parts that can be given out, as (first, last)."""
        zone = zones.listing(change.session)[0]
        parts = hidden.find_visible(change.session, zone, Span(zone.id, first, last))
        return [(part.first, part.last) for part in parts]

    def test_nothing_hidden_is_all_of_it(self, change):
        """
        The name servers of the zone, wildcards and other records hide nothing.
        """
        put(change, "*.9", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .')
        put(change, "www", "CNAME")
        assert self.spans(change) == [("441632960000", "441632960999")]

    def test_holes_are_cut_out(self, change):
        """
        A delegation takes its block, an alias its number, whichever comes first.
        """
        put(change, "0.0." + BLOCK, "NS")
        put(change, "5.9.9.0." + BLOCK, "CNAME")
        put(change, "9.9.9.0." + BLOCK, "DNAME")
        put(change, "3.0.0." + BLOCK, "NS")
        assert self.spans(change) == [
            ("441632960100", "441632960994"),
            ("441632960996", "441632960998"),
        ]

    @pytest.mark.parametrize(("owner", "kind"), [(BLOCK, "NS"), ("", "DNAME")])
    def test_all_may_be_hidden(self, change, owner, kind):
        """
        A cut above the range leaves nothing, and neither does a DNAME at the apex.
        """
        put(change, owner, kind)
        assert self.spans(change) == []

    def test_an_alias_hides_its_own_number_alone(self, change):
        """
        A CNAME above a number tolerates it; one of a longer number is none of ours.
        """
        put(change, BLOCK, "CNAME")
        put(change, "7." + OWNER, "NS")
        assert self.spans(change) == [("441632960000", "441632960999")]

    def test_find_and_claim_any_pass_over_what_is_hidden(self, change):
        """
        What is offered can be claimed; where all is hidden there is no number.
        """
        for first in range(9):
            put(change, f"{first}.0.{BLOCK}", "NS")
        found = free.find(change.session, limit=3, now_s=NOW_S)
        assert [one.number.digits for one in found] == [f"44163296090{last}" for last in range(3)]
        assert numbers.claim_any(change, "ada@example.net").number.digits.startswith("4416329609")
        put(change, "9.0." + BLOCK, "CNAME")
        put(change, "a", "DNAME")
        assert numbers.claim_any(change, "ada@example.net").number.digits.startswith("4416329609")

    def test_no_number_at_all_is_said(self, change):
        """
        A pool that is hidden whole has none.
        """
        put(change, BLOCK, "NS")
        with pytest.raises(NotFound):
            numbers.claim_any(change, "ada@example.net")
