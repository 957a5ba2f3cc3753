"""Records written in batches."""

import pytest

from enumd.core.rrset import RRset, RRType
from enumd.registry import records, zones
from enumd.registry.changes import Actor
from enumd.registry.imports.record_batches import RecordImport, WantedRRset
from enumd.registry.imports.zone_choice import ZoneFinder
from enumd.registry.schema import ChangeRow

NOW_S = 1_795_000_000


def wanted(key, owner, rrtype, *rdatas, line=1):
    """Return an RRset as a file wants it."""
    octets = b"\xc0\0\x02\1" if rrtype == RRType.A else b"\x01x\x00"
    return WantedRRset(key, owner, RRset(rrtype, 60, rdatas or (octets,)), (line,))


@pytest.fixture
def importing(tree):
    """Make imports of records within one transaction."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]

        def make(adopt=False):
            return RecordImport(change, zone, ZoneFinder(change), adopt=adopt)

        yield make, change, zone


def test_rrsets_replace_rrsets(importing):
    """
    An RRset takes the place of the one before; an equal one changes nothing; both are logged.
    """
    make, change, zone = importing
    each = make()
    each.take(
        [wanted("1", "1", RRType.TXT, b"\x01a", b"\x01b"), wanted("1", "1", RRType.A, b"abcd")]
    )

    each.take([wanted("1", "1", RRType.TXT, b"\x01c"), wanted("1", "1", RRType.A, b"abcd")])

    assert (each.tally.changed, each.tally.unchanged) == (3, 1)
    assert [rrset.rdatas for rrset in records.at(change.session, zone, "1")] == [
        (b"abcd",),
        (b"\x01c",),
    ]
    log = change.session.query(ChangeRow).filter(ChangeRow.action == "record.import")
    assert [(row.owner, row.before is None) for row in log.order_by(ChangeRow.id)] == [
        ("1", True),
        ("1", True),
        ("1", False),
    ]


def test_the_apex_is_the_registrys_own(importing):
    """
    NS of the apex follow the file only when they are adopted; the SOA never comes from here.
    """
    make, change, zone = importing
    before = records.at(change.session, zone, "@")

    kept = make()
    kept.take([wanted("", "@", RRType.NS), wanted("", "@", RRType.SOA)])
    assert (kept.tally.changed, records.at(change.session, zone, "@")) == (0, before)

    adopted = make(adopt=True)
    adopted.take([wanted("", "@", RRType.NS), wanted("", "@", RRType.SOA)])
    assert adopted.tally.changed == 1
    assert records.at(change.session, zone, "@")[0].rdatas == (b"\x01x\x00",)


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        (("1", "1", RRType.NS), ("12", "2.1", RRType.TXT), "name-occluded"),
        (("1", "1", RRType.NS), ("12", "2.1", RRType.A), None),
        (("1", "1", RRType.DNAME), ("12", "2.1", RRType.A), "name-occluded"),
        (("1", "1", RRType.TXT), ("1", "1", RRType.NS), "name-occluded"),
        (("1", "1", RRType.CNAME), ("1", "1", RRType.TXT), "cname-and-other-data"),
        (("1", "1", RRType.CNAME), ("12", "2.1", RRType.TXT), None),
    ],
)
def test_names_respect_one_another(importing, first, then, code):
    """
    Within one import as between two, what a cut or a CNAME leaves no room for is refused.
    """
    make, _, _ = importing
    for _ in range(2):
        each = make()
        assert each.take([wanted(*first)]) == []
        refusals = each.take([wanted(*then)])
        assert [refusal.code for refusal in refusals] == ([code] if code else [])
