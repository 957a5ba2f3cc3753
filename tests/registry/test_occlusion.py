"""What hides what: the rules, without a database."""

import pytest

from enumd.core.rrset import RRset, RRType
from enumd.registry.occlusion import (
    EXCLUSIVE,
    Exclusions,
    breaks_alias,
    drop_hidden,
    hides_record,
    occlusion_of,
)

TXT = RRset(RRType.TXT, 60, (b"\x01x",))
ALIAS = RRset(RRType.CNAME, 60, (b"\x01x\0",))


@pytest.mark.parametrize(
    ("rrtype", "at_apex", "expected"),
    [
        (RRType.NS, True, (False, False)),
        (RRType.NS, False, (True, True)),
        (RRType.DNAME, True, (False, True)),
        (RRType.DNAME, False, (True, True)),
        (RRType.CNAME, True, (True, False)),
        (RRType.CNAME, False, (True, False)),
        (RRType.TXT, True, (False, False)),
        (RRType.TXT, False, (False, False)),
    ],
)
def test_every_row_of_the_table_of_reach(rrtype, at_apex, expected):
    """
    The table in the docstring says what a type hides at its own name and below.
    """
    assert occlusion_of(rrtype, at_apex=at_apex) == expected
    assert any(occlusion_of(rrtype, at_apex=False)) == (rrtype in EXCLUSIVE)


@pytest.mark.parametrize(
    ("cut", "rrtype", "at_cut", "below"),
    [
        (RRType.NS, RRType.NS, False, True),
        (RRType.NS, RRType.DS, False, True),
        (RRType.NS, RRType.A, False, False),
        (RRType.NS, RRType.AAAA, False, False),
        (RRType.NS, RRType.NAPTR, True, True),
        (RRType.DNAME, RRType.NAPTR, False, True),
        (RRType.DNAME, RRType.A, False, True),
    ],
)
def test_what_a_cut_leaves_of_records(cut, rrtype, at_cut, below):
    """
    A delegation leaves its own records and glue, a DNAME whatever is beside it and nothing below.
    """
    assert hides_record(cut, rrtype, own=True) is at_cut
    assert hides_record(cut, rrtype, own=False) is below


def test_an_alias_stands_alone():
    """
    Beside a CNAME nothing is answered, and everything where there is none.
    """
    assert drop_hidden([TXT, ALIAS]) == [ALIAS]
    assert drop_hidden([TXT]) == [TXT]
    assert breaks_alias({RRType.CNAME, RRType.TXT})
    assert not breaks_alias({RRType.CNAME})
    assert not breaks_alias({RRType.NS, RRType.TXT})


def test_a_record_below_a_cut_is_glue_or_nothing():
    """
    Glue may stand below NS, beside DNAME too, and nothing else may; nor beside NS but DS and glue.
    """
    known = Exclusions()
    assert known.record_at("12", RRType.TXT, {RRType.TXT}) is None
    known.add("1", RRType.NS)
    known.add("1", RRType.CNAME)
    assert known.record_at("12", RRType.A, {RRType.A}) is None
    assert known.record_at("12", RRType.TXT, {RRType.TXT})[0] == "name-occluded"
    known.add("2", RRType.DNAME)
    assert known.record_at("2", RRType.TXT, {RRType.TXT, RRType.DNAME}) is None
    assert known.record_at("22", RRType.A, {RRType.A})[0] == "name-occluded"
    assert known.record_at("3", RRType.NS, {RRType.NS, RRType.DS, RRType.A}) is None
    assert known.record_at("3", RRType.NS, {RRType.NS, RRType.TXT})[0] == "name-occluded"
    assert known.record_at("", RRType.TXT, {RRType.NS, RRType.TXT}) is None


def test_the_apex_can_be_a_cut():
    """
    NS of the apex cuts nothing off, a DNAME there everything.
    """
    known = Exclusions()
    known.add("", RRType.NS)
    known.add("1", RRType.TXT)
    assert known.number_at("1") is None
    known.add("", RRType.DNAME)
    assert known.number_at("1") == (
        "number-delegated",
        "the zone delegates it: there is a cut at the apex",
    )
