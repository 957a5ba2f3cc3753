"""Cuts and aliases against numbers."""

import dns.rdata
import pytest

from enumd.core.apex import parse_name
from enumd.core.number import Number
from enumd.core.rrset import RRset
from enumd.errors import Conflict
from enumd.registry import cuts, numbers, records, zones

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
    with tree.change("operator", NOW_S) as opened:
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

    cuts.refuse_hiding_record(change.session, zone, name, rrtype)
