"""The records of a zone that no number makes."""

import dns.name
import dns.rdata
import pytest
from sqlalchemy import select

from enumd.core.apex import parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.rrset import RRset, RRType
from enumd.errors import BadNaptr, BadOwnerName, Conflict, NotFound, RecordError
from enumd.registry import records
from enumd.registry.changes import Actor
from enumd.registry.schema import ChangeRow, ZoneRow

NOW_S = 1_795_000_000
APEX = parse_name("enum.example.org")


def rdata(kind, text):
    """Return RDATA octets for a record as a master file has it."""
    return dns.rdata.from_text("IN", kind, text, relativize=False).to_wire()


def rrset(kind, *texts, ttl_s=300):
    """Return an RRset for records as a master file has them."""
    return RRset(RRType[kind], ttl_s, tuple(rdata(kind, text) for text in texts))


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


@pytest.fixture
def zone(change):
    """Give the zone."""
    return change.session.get_one(ZoneRow, 1)


def below(*labels):
    """Return a name below the apex."""
    return dns.name.Name([*(label.encode() for label in labels), *APEX.labels])


class TestOwner:
    """Names as they are stored."""

    @pytest.mark.parametrize(
        ("owner", "stored"),
        [
            ("ENUM.example.org.", "@"),
            ("*.4.Enum.Example.org.", "*.4"),
            ("a\\.b.enum.example.org.", "a\\.b"),
        ],
    )
    def test_names_are_relative_and_lower_case(self, zone, owner, stored):
        """
        And come back as what they were.
        """
        assert records.relative(zone, parse_name(owner)) == stored
        assert records.absolute(zone, stored) == parse_name(owner)

    def test_a_name_elsewhere_is_refused(self, zone):
        """
        A zone holds what is at or below its apex.
        """
        with pytest.raises(BadOwnerName, match=r"not at or below enum\.example\.org"):
            records.relative(zone, parse_name("example.org"))


class TestPut:
    """RRsets put whole."""

    def test_an_rrset_replaces_the_one_before(self, change, zone):
        """
        Its records keep their order; what was there is in the log as a master file has it.
        """
        ns = rrset("NS", "ns2.example.net.", "ns1.example.net.")
        assert records.put(change, zone, APEX, ns)
        assert records.at(change.session, zone, "@") == (ns,)
        row = change.session.scalars(select(ChangeRow).order_by(ChangeRow.id.desc())).first()
        assert (row.owner, row.action, row.serial) == ("@", "record.put", 2)
        assert row.before == '{"rdatas":["ns.enum.example.org."],"ttl_s":300,"type":"NS"}'
        assert row.after.startswith('{"rdatas":["ns2.example.net.","ns1.example.net."]')

    def test_putting_the_same_changes_nothing(self, change, zone):
        """
        No line in the log, no serial.
        """
        assert not records.put(change, zone, APEX, rrset("NS", "ns.enum.example.org."))
        assert zone.serial == 1

    def test_a_ttl_alone_is_a_change(self, change, zone):
        """
        An RRset with another TTL is another RRset.
        """
        assert records.put(change, zone, APEX, rrset("NS", "ns.enum.example.org.", ttl_s=5))
        assert records.at(change.session, zone, "@")[0].ttl_s == 5

    def test_types_live_side_by_side(self, change, zone):
        """
        The listing goes by owner and type.
        """
        records.put(change, zone, below("ns"), rrset("AAAA", "2001:db8::1"))
        records.put(change, zone, below("ns"), rrset("A", "192.0.2.1", "192.0.2.2"))
        listed = [(owner, each.rrtype) for owner, each in records.listing(change.session, zone)]
        assert listed == [("@", RRType.NS), ("ns", RRType.A), ("ns", RRType.AAAA)]

    @pytest.mark.parametrize("first", ["CNAME", "A"])
    def test_a_cname_stands_alone(self, change, zone, first):
        """
        Neither beside others nor others beside it (RFC 1034 section 3.6.2).
        """
        kinds = {"CNAME": rrset("CNAME", "a.example.net."), "A": rrset("A", "192.0.2.1")}
        second = "A" if first == "CNAME" else "CNAME"
        records.put(change, zone, below("x"), kinds[first])
        records.put(change, zone, below("x"), RRset(kinds[first].rrtype, 9, kinds[first].rdatas))
        with pytest.raises(Conflict, match=f"owns {first}; a CNAME stands alone"):
            records.put(change, zone, below("x"), kinds[second])

    @pytest.mark.parametrize(
        ("owner", "wrong", "why"),
        [
            (APEX, RRset(RRType.SOA, 1, (b"x",)), "follows from the zone"),
            (APEX, rrset("CNAME", "a.example.net."), "no CNAME"),
            (below("x"), RRset(RRType.A, 1, (b"\1\2\3",)), "not the RDATA of A"),
            (below("x"), RRset(RRType.NS, 1, (b"\x02ns",)), "not the RDATA of NS"),
            (below("x"), RRset(RRType.NS, 1, (b"\x01a\xc0\x00",)), "not the RDATA of NS"),
            (below("x"), RRset(15, 1, (b"",)), "of MX"),
        ],
    )
    def test_what_cannot_be_there_is_refused(self, change, zone, owner, wrong, why):
        """
        Octets that are no RDATA, and types without business at that place.
        """
        with pytest.raises(RecordError, match=why):
            records.put(change, zone, owner, wrong)

    def test_compressed_names_are_refused(self, change, zone):
        """
        A pointer within RDATA means something else in a message (RFC 3597 section 4).
        """
        soa_like = RRset(RRType.SRV, 1, (b"\0\1\0\1\0\1\1a\0",))
        assert records.put(change, zone, below("_sip", "_udp"), soa_like)
        pointer = RRset(17, 1, (b"\1a\0\xc0\x00",))
        with pytest.raises(RecordError, match="not compressed"):
            records.put(change, zone, below("m"), pointer)

    def test_a_type_nobody_knows_is_octets(self, change, zone):
        """
        Unknown types are kept as they are (RFC 3597).
        """
        assert records.put(change, zone, below("x"), RRset(65280, 1, (b"\1\2",)))

    def test_a_naptr_that_bind_would_refuse_is_refused(self, change, zone):
        """
        With every reason; the same record, made well, is taken at a wildcard.
        """
        bad = rrset("NAPTR", '10 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!x" .')
        with pytest.raises(BadNaptr, match="S-13"):
            records.put(change, zone, below("*", "1"), bad)
        good = Endpoint.parse("sip", "sip:ada@example.net", 10).rdata()
        assert records.put(change, zone, below("*", "1"), RRset(RRType.NAPTR, 1, (good,)))
        assert records.put(change, zone, below("2", "1"), RRset(RRType.NAPTR, 1, (good,)))


class TestRemove:
    """RRsets removed whole."""

    def test_a_removed_rrset_is_gone_and_logged(self, change, zone):
        """
        The log says what it was.
        """
        records.put(change, zone, below("x"), rrset("A", "192.0.2.1"))
        records.remove(change, zone, below("x"), RRType.A)
        assert records.at(change.session, zone, "x") == ()
        row = change.session.scalars(select(ChangeRow).order_by(ChangeRow.id.desc())).first()
        assert (row.action, row.owner, row.after) == ("record.remove", "x", None)
        assert "192.0.2.1" in row.before

    def test_what_is_not_there_is_not_found(self, change, zone):
        """
        The owner and the type are said.
        """
        with pytest.raises(NotFound, match=r"x\.enum\.example\.org\. has no TXT"):
            records.remove(change, zone, below("x"), RRType.TXT)
