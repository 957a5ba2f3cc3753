"""Records decided in batches."""

import dns.name
import pytest

from enumd.core.rrset import RRset, RRType
from enumd.registry import records, zones
from enumd.registry.changes import Actor
from enumd.registry.imports.record_batches import RecordImport, WantedRRset
from enumd.registry.imports.stage import Sheet
from enumd.registry.imports.zone_choice import ZoneFinder

NOW_S = 1_795_000_000


def wanted(key, owner, rrtype, *rdatas, line=1):
    """Return an RRset as a file wants it."""
    octets = b"\xc0\0\x02\1" if rrtype == RRType.A else b"\x01x\x00"
    return WantedRRset(key, owner, RRset(rrtype, 60, rdatas or (octets,)), (line,))


@pytest.fixture
def change(tree):
    """Give a transaction on a zone with one RRset of its own."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        zone = zones.listing(change.session)[0]
        name = dns.name.from_text("1", zone.tree.name)
        records.put(change, zone, name, RRset(RRType.TXT, 60, (b"\x01a", b"\x01b")))
        yield change


@pytest.fixture
def importing(change):
    """Make decisions about records."""
    zone = zones.listing(change.session)[0]

    def make(adopt=False):
        return RecordImport(change, zone, ZoneFinder(change.session), adopt=adopt)

    return make


def test_rrsets_replace_rrsets(importing):
    """
    An RRset takes the place of the one before; an equal one changes nothing; both are logged.
    """
    each, sheet = importing(), Sheet(0)
    each.take(
        [wanted("1", "1", RRType.TXT, b"\x01a", b"\x01b"), wanted("1", "1", RRType.A, b"abcd")],
        sheet,
    )
    assert (each.tally.changed, each.tally.unchanged) == (1, 1)

    each.take([wanted("1", "1", RRType.TXT, b"\x01c")], sheet)

    assert sheet.records == [
        ("1", RRType.A, 0, 60, b"abcd"),
        ("1", RRType.TXT, 0, 60, b"\x01c"),
    ]
    assert [(row[2], row[3], row[4] is None) for row in sheet.log] == [
        ("1", "record.import", True),
        ("1", "record.import", False),
    ]


def test_the_apex_is_the_registrys_own(importing):
    """
    NS of the apex follow the file only when they are adopted; the SOA never comes from here.
    """
    apex = [wanted("", "@", RRType.NS), wanted("", "@", RRType.SOA)]
    kept, sheet = importing(), Sheet(0)
    kept.take(apex, sheet)
    assert (kept.tally.changed, sheet.records) == (0, [])

    adopted = importing(adopt=True)
    adopted.take(apex, sheet)
    assert adopted.tally.changed == 1
    assert sheet.records == [("@", RRType.NS, 0, 60, b"\x01x\x00")]


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        (("2", "2", RRType.NS), ("22", "2.2", RRType.TXT), "name-occluded"),
        (("2", "2", RRType.NS), ("22", "2.2", RRType.A), None),
        (("2", "2", RRType.DNAME), ("22", "2.2", RRType.A), "name-occluded"),
        (("2", "2", RRType.TXT), ("2", "2", RRType.NS), "name-occluded"),
        (("2", "2", RRType.CNAME), ("2", "2", RRType.TXT), "cname-and-other-data"),
        (("2", "2", RRType.CNAME), ("22", "2.2", RRType.TXT), None),
    ],
)
@pytest.mark.parametrize("stored", [False, True])
def test_names_respect_one_another(importing, change, stored, first, then, code):
    """
    Within one import as between two, what a cut or a CNAME leaves no room for is refused.
    """
    before, sheet = wanted(*first), Sheet(0)
    if stored:
        zone = zones.listing(change.session)[0]
        name = dns.name.from_text(before.owner, zone.tree.name)
        records.put(change, zone, name, before.rrset)
    each = importing()

    each.take([wanted(*then)] if stored else [before, wanted(*then)], sheet)

    assert [refusal.code for refusal in sheet.refusals] == ([code] if code else [])
