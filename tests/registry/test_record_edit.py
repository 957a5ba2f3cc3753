"""Single records added and removed."""

import pytest

from enumd.core.apex import parse_name
from enumd.core.rrset import RRset, RRType
from enumd.errors import BadOwnerName, Conflict, NotFound, RecordError
from enumd.registry import records, zones
from enumd.registry.changes import Actor
from enumd.registry.record_edit import WrittenRecord, add, parse_owner, parse_type, remove

NOW_S = 1_795_000_000
FIRST, SECOND = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])


@pytest.fixture
def change(tree):
    """Give an open change of the registry."""
    with tree.change(Actor("operator", "test"), NOW_S) as open_change:
        yield open_change


@pytest.fixture
def zone(change):
    """Give the zone."""
    return zones.show(change.session, parse_name("enum.example.org"))


class TestParse:
    def test_names_are_relative_to_the_apex(self, zone):
        """A relative owner and relative names in RDATA go on with the apex; `@` is the apex."""
        record = WrittenRecord.parse(zone, "9.9", "ns", "ns1")

        assert str(record.owner) == "9.9.enum.example.org."
        assert record.rdata == parse_name("ns1.enum.example.org").to_wire()
        assert parse_owner(zone, "@") == zone.tree.name

    @pytest.mark.parametrize(
        ("rrtype", "text", "advice"),
        [
            ("A", "192.0.2", "192.0.2.1"),
            ("NAPTR", "100 10", "E2U+sip"),
            ("NS", "a..b", "ns1.example.net"),
        ],
    )
    def test_what_cannot_be_read_comes_with_an_example(self, zone, rrtype, text, advice):
        """The refusal shows how RDATA of that type looks, and that example is read."""
        with pytest.raises(RecordError) as refused:
            WrittenRecord.parse(zone, "x", rrtype, text)

        assert advice in refused.value.advice
        example = refused.value.advice.partition("for example ")[2].removesuffix(".")
        WrittenRecord.parse(zone, "x", rrtype, example)

    @pytest.mark.parametrize(("name", "why"), [("NAPTER", "no such type"), ("ANY", "question")])
    def test_types_that_no_zone_holds_are_refused(self, name, why):
        """An unknown mnemonic and a type only questions have are told apart."""
        with pytest.raises(RecordError, match=why):
            parse_type(name)

    @pytest.mark.parametrize("owner", ["other.example.", "a..b"])
    def test_owners_are_names_below_the_apex(self, zone, owner):
        """A name elsewhere and one that is none are refused."""
        with pytest.raises((BadOwnerName, RecordError)):
            parse_owner(zone, owner)


class TestAdd:
    def test_a_record_joins_those_of_its_type(self, change, zone):
        """The RRset grows, and has one TTL: the one there is, or the one given (RFC 2181 5.2)."""
        name = parse_owner(zone, "ns1")

        assert add(change, zone, WrittenRecord(name, RRType.A, FIRST)).ttl_s == zone.ttl_s
        whole = add(change, zone, WrittenRecord(name, RRType.A, SECOND), 60)

        assert whole == RRset(RRType.A, 60, (FIRST, SECOND))
        assert records.at(change.session, zone, "ns1") == (whole,)

    def test_what_is_there_is_a_conflict(self, change, zone):
        """A second time says nothing new; another TTL does."""
        record = WrittenRecord(parse_owner(zone, "ns1"), RRType.A, FIRST)
        add(change, zone, record)

        with pytest.raises(Conflict):
            add(change, zone, record)
        assert add(change, zone, record, 60).ttl_s == 60

    def test_a_ttl_has_31_bits(self, change, zone):
        """RFC 2181 section 8."""
        with pytest.raises(RecordError, match="TTL"):
            add(change, zone, WrittenRecord(parse_owner(zone, "ns1"), RRType.A, FIRST), 1 << 31)

    def test_the_naptrs_of_a_number_are_its_endpoints(self, change, zone):
        """A NAPTR at a number is refused with the command that does it; one elsewhere is taken."""
        text = '100 10 "u" "E2U+sip" "!^.*$!sip:a@example.net!" .'

        with pytest.raises(Conflict) as refused:
            add(change, zone, WrittenRecord.parse(zone, "7.1", "NAPTR", text))
        assert "enumd endpoint add +4417" in refused.value.advice
        add(change, zone, WrittenRecord.parse(zone, "*.7.1", "NAPTR", text))


class TestRemove:
    def test_one_or_all_of_a_type_go(self, change, zone):
        """With RDATA one record goes, without all of them."""
        name = parse_owner(zone, "ns1")
        for rdata in (FIRST, SECOND):
            add(change, zone, WrittenRecord(name, RRType.A, rdata))

        assert remove(change, zone, name, RRType.A, FIRST).rdatas == (SECOND,)
        assert remove(change, zone, name, RRType.A) is None
        with pytest.raises(NotFound):
            remove(change, zone, name, RRType.A)

    def test_the_last_name_server_stays(self, change, zone):
        """A zone without NS would load nowhere."""
        with pytest.raises(Conflict) as refused:
            remove(change, zone, zone.tree.name, RRType.NS)

        assert "zone edit" in refused.value.advice
