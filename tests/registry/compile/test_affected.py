"""Which names changes touch."""

from dataclasses import replace

import pytest

from enumd.core.number import Number
from enumd.registry import numbers, records, zones
from enumd.registry.changes import Actor
from enumd.registry.compile import affected as module
from enumd.registry.compile.affected import Affected, affected, read_changes
from enumd.registry.compile.answers import zone_head

NOW_S = 1_795_000_000


@pytest.mark.parametrize(
    ("prefix", "change", "touched", "owners"),
    [
        ("44", ("44123", None), {"44123"}, {"3.2.1"}),
        ("44", (None, "3.2.1"), {"44123"}, {"3.2.1"}),
        ("44", (None, "*.1"), set(), {"*.1"}),
        ("44", (None, "ns"), set(), {"ns"}),
        ("44", (None, "ns.1"), set(), {"ns.1"}),
        ("44", (None, "12.1"), set(), {"12.1"}),
        ("44", (None, None), set(), set()),
        ("443", ("443", None), {"443"}, set()),
        ("443", (None, "@"), {"443"}, set()),
        ("", (None, "@"), set(), set()),
        ("", ("44", None), {"44"}, {"4.4"}),
    ],
)
def test_every_row_of_the_table(prefix, change, touched, owners):
    """
    Numbers touch what stands beside them and the other way round; the apex its own number.
    """
    assert affected(prefix, [change]) == Affected(frozenset(touched), frozenset(owners))


def test_changes_are_read_once_each_and_in_chunks(tree, monkeypatch):
    """
    The log after a serial and the claims that have ended are read, up to half of the zone.
    """
    monkeypatch.setattr(module, "CHUNK", 2)
    ends_s = NOW_S + 60
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        for last in range(3):
            numbers.claim(change, Number(f"44163296001{last}"), "a@x.org", not_after_s=ends_s)
    with tree.read() as session:
        (zone,) = zones.listing(session)
        before = zone_head(zone, records.at(session, zone, "@"))
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        for last in range(5, 8):
            numbers.claim(change, Number(f"44163296001{last}"), "ada@example.net")
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.suspend(change, Number("441632960015"), "unpaid")

    def read(names, due_s):
        head = replace(before, names=names, due_s=due_s)
        with tree.read() as session:
            (zone,) = zones.listing(session)
            found = read_changes(session, zone, head, ends_s)
            return found and [len(chunk) for chunk in found]

    assert read(100, 0) == [2, 1]
    assert read(100, ends_s) == [2, 2, 2]
    assert read(5, ends_s) is None
    assert read(100, ends_s + 1) == [2, 1]
