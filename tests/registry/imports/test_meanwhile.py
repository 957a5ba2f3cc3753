"""What has changed since a decision."""

import dns.name
import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.registry import numbers, parties, pools, records, zones
from enumd.registry.changes import Actor
from enumd.registry.imports import meanwhile
from enumd.registry.imports.meanwhile import find_touched, read_standing

NOW_S = 1_795_000_000


def claim(change, last="1"):
    """Claim a number."""
    numbers.claim(change, Number(f"44163296000{last}"), "ada@example.net")


def put(change):
    """Put a record."""
    zone = zones.listing(change.session)[0]
    owner = dns.name.from_text("x", zone.tree.name)
    records.put(change, zone, owner, RRset(RRType.TXT, 60, (b"\x01x",)))


def touched(tree, act):
    """Return what is touched by *act*."""
    with tree.read() as session:
        before = read_standing(session, None)
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        act(change)
    with tree.read() as session:
        return find_touched(session, before, read_standing(session, None))


def test_numbers_are_named_by_the_log(tree):
    """Whatever happens to a number names it; where nothing happened nothing is named."""
    assert touched(tree, lambda change: None) == set()
    assert touched(tree, claim) == {"441632960001"}
    assert touched(tree, lambda change: numbers.release(change, Number("441632960001"))) == {
        "441632960001"
    }
    assert (
        touched(tree, lambda change: parties.add(change, parties.PartyKind.HOLDER, "x", ""))
        == set()
    )


@pytest.mark.parametrize(
    "act",
    [
        put,
        lambda change: zones.add(change, Apex(parse_name("other.example"), "49")),
        lambda change: pools.add(
            change,
            "more",
            zones.listing(change.session)[0],
            Number("441632970000"),
            Number("441632970001"),
        ),
    ],
)
def test_other_changes_touch_everything(tree, act):
    """Records, zones and pools decide which numbers have room, and where."""
    assert touched(tree, act) is None


def test_too_much_is_everything(tree, monkeypatch):
    """Past a limit nobody looks at single numbers any more."""
    monkeypatch.setattr(meanwhile, "_MOST", 1)

    def act(change):
        for last in "123":
            claim(change, last)

    assert touched(tree, act) is None


def test_another_party_is_another_import(tree):
    """A party that was added meanwhile, or is another, owns other numbers."""
    with tree.read() as session:
        before, now = read_standing(session, 0), read_standing(session, 1)
        assert find_touched(session, before, now) is None


def test_serials_wrap(tree):
    """Past 2**32 nothing is missed: what has a low serial from its first life counts again."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zones.listing(change.session)[0].serial = 2**32 - 2

    assert touched(tree, claim) == {"441632960001"}
    assert touched(tree, lambda change: claim(change, "2")) is None
    assert touched(tree, lambda change: claim(change, "3")) == {"441632960003"}
