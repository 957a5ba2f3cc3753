"""What is wrong with a zone."""

import dns.name
import dns.rdata
import pytest
from sqlalchemy import insert, update

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.registry import endpoints, numbers, records, zone_check, zones
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import Policy
from enumd.registry.schema import EndpointRow, PoolRow, RecordRow, ZoneRow
from enumd.registry.zone_check import Severity
from enumd.registry.zones import Parameters

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")


@pytest.fixture
def change(tree):
    """Give an open transaction in a registry with one zone that is in order."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        zone = opened.session.get_one(ZoneRow, 1)
        put(opened, zone, "@", "NS", "ns.enum.example.org.", "ns.example.net.")
        put(opened, zone, "ns", "A", "192.0.2.1")
        yield opened


@pytest.fixture
def zone(change):
    """Give the zone."""
    return change.session.get_one(ZoneRow, 1)


def put(change, zone, owner, kind, *texts):
    """Put records as a master file has them."""
    rdatas = (dns.rdata.from_text("IN", kind, text, relativize=False) for text in texts)
    rrset = RRset(RRType[kind], 300, tuple(rdata.to_wire() for rdata in rdatas))
    records.put(change, zone, records.absolute(zone, owner), rrset)


def put_unasked(change, zone, owner, kind, text):
    """Put a record past the rules, as a registry of before them or another program may have."""
    rdata = dns.rdata.from_text("IN", kind, text, relativize=False).to_wire()
    row = {"zone_id": zone.id, "owner": owner, "rrtype": int(RRType[kind]), "position": 0}
    change.session.execute(insert(RecordRow).values(row | {"ttl_s": 300, "rdata": rdata}))


def found(change, zone, **policy):
    """Return the findings as (severity, text)."""
    change.session.flush()
    findings = zone_check.check(change.session, zone, change.now_s, Policy(**policy))
    return [(finding.severity, str(finding)) for finding in findings]


def one(change, zone, **policy):
    """Return the only finding."""
    (finding,) = found(change, zone, **policy)
    return finding


def test_a_zone_in_order_has_no_findings(change, zone):
    """
    Two name servers, one with its address, numbers with endpoints.
    """
    numbers.claim(change, NUMBER, "ada@example.net")
    endpoints.add(change, NUMBER, Endpoint.parse("sip", "sip:ada@example.net", 10))
    assert found(change, zone) == []


class TestSoa:
    """Times and names of the SOA."""

    @pytest.mark.parametrize(
        ("column", "value", "why"),
        [
            ("retry_s", 3600, "retry 3600 s is not shorter than refresh 3600 s"),
            ("expire_s", 4200, "expire 4200 s leaves no time"),
            ("negative_ttl_s", 86_401, "hides a new claim for more than a day"),
            ("mname", "hidden.example.net.", "MNAME hidden.example.net. is none of the name"),
        ],
    )
    def test_what_secondaries_and_resolvers_stumble_over_is_a_warning(
        self, change, zone, column, value, why
    ):
        """
        The zone works, and each value is said.
        """
        setattr(zone, column, value)
        severity, text = one(change, zone)
        assert severity is Severity.WARNING
        assert why in text


class TestNameServers:
    """NS records and their addresses."""

    def test_a_zone_just_made_lacks_the_address_of_its_server(self, change):
        """
        `ns` below the apex is named by default and has no address yet: BIND loads no such zone.
        """
        zone = zones.add(change, Apex(parse_name("new.example.org"), "49"))
        findings = found(change, zone)
        assert [severity for severity, _ in findings] == [Severity.ERROR, Severity.WARNING]
        assert "ns.new.example.org. has no A or AAAA in this zone" in findings[0][1]
        assert "one name server only" in findings[1][1]

    def test_no_name_server_is_an_error(self, change, zone):
        """
        A zone without NS is none.
        """
        records.remove(change, zone, zone.tree.name, RRType.NS)
        severity, text = found(change, zone)[0]
        assert severity is Severity.ERROR
        assert "this has none" in text

    def test_a_server_that_is_an_alias_is_an_error(self, change, zone):
        """
        NS never points to a CNAME (RFC 2181 section 10.3); the CNAME needs no address beside it.
        """
        records.remove(change, zone, records.absolute(zone, "ns"), RRType.A)
        put(change, zone, "ns", "CNAME", "ns.example.net.")
        severity, text = one(change, zone)
        assert severity is Severity.ERROR
        assert "is an alias" in text

    def test_glue_of_a_delegation_counts_too(self, change, zone):
        """
        A delegation to a name below itself needs the address here.
        """
        put(change, zone, "5", "NS", "ns.5.enum.example.org.")
        severity, text = one(change, zone)
        assert severity is Severity.ERROR
        assert text.startswith("error: 5.enum.example.org. NS: ns.5.enum.example.org. has no A")


class TestApex:
    """Names and digits."""

    def test_an_apex_too_long_for_yate_is_a_warning(self, change):
        """
        33 octets and 15 digits are the last that fit; digits of the prefix are no labels.
        """
        for length, prefix, warned in ((33, "", False), (34, "", True), (37, "44", False)):
            name = "a" * (length - 8) + ".example"
            servers = [parse_name("a.example.net"), parse_name("b.example.net")]
            zone = zones.add(change, Apex(parse_name(name), prefix), servers)
            assert any("Yate cuts" in text for _, text in found(change, zone)) is warned

    def test_an_apex_without_room_is_an_error(self, change):
        """
        Fifteen digits have to fit into 255 octets.
        """
        name = parse_name(".".join(["a" * 60] * 3 + ["a" * 50]))
        wish = Parameters(rname=parse_name("a.example"))
        servers = [parse_name("a.example.net"), parse_name("b.example.net")]
        zone = zones.add(change, Apex(name), servers, wish)
        assert one(change, zone)[0] is Severity.ERROR

    @pytest.mark.parametrize(
        ("name", "prefix", "wrong"),
        [
            ("4.4.e164.arpa", "44", False),
            ("e164.arpa", "", False),
            ("4.4.e164.arpa", "", True),
            ("4.4.e164.arpa", "49", True),
            ("infra.4.4.e164.arpa", "44", False),
        ],
    )
    def test_a_name_below_e164_arpa_says_its_digits_itself(self, change, name, prefix, wrong):
        """
        Another prefix than the name spells would answer for other numbers (RFC 6116 section 3.2).
        """
        servers = [parse_name("a.example.net"), parse_name("b.example.net")]
        zone = zones.add(change, Apex(parse_name(name), prefix), servers)
        findings = found(change, zone)
        assert [severity for severity, _ in findings] == [Severity.ERROR] * wrong
        assert all("RFC 6116" in text for _, text in findings)


class TestNumbers:
    """Pools, numbers and endpoints."""

    def test_a_pool_elsewhere_is_an_error(self, change, zone):
        """
        However it came there.
        """
        row = {"zone_id": zone.id, "name": "x", "first": "491", "last": "492", "created_s": 1}
        change.session.execute(insert(PoolRow).values(row))
        severity, text = one(change, zone)
        assert severity is Severity.ERROR
        assert "pool x: +491 to +492 is not all below +44" in text

    def test_records_at_a_claimed_number_are_an_error(self, change, zone):
        """
        What is published at the number comes from its endpoints.
        """
        numbers.claim(change, NUMBER, "ada@example.net")
        assert found(change, zone) == []
        put_unasked(change, zone, "7.1.0.0.6.9.2.3.6.1", "CNAME", "x.example.net.")
        severity, text = one(change, zone)
        assert severity is Severity.ERROR
        assert "+441632960017 is claimed and publishes here, too" in text

    def test_a_delegation_over_claimed_numbers_is_a_warning(self, change, zone):
        """
        The numbers below are hidden; a wildcard or another number hides nothing.
        """
        numbers.claim(change, NUMBER, "ada@example.net")
        good = Endpoint.parse("sip", "sip:ada@example.net", 10).rdata()
        wildcard = records.absolute(zone, "*.6.1")
        records.put(change, zone, wildcard, RRset(RRType.NAPTR, 1, (good,)))
        put(change, zone, "9", "NS", "ns.example.net.")
        assert found(change, zone) == []
        put_unasked(change, zone, "6.9.2.3.6.1", "NS", "ns.example.net.")
        severity, text = one(change, zone)
        assert severity is Severity.WARNING
        assert "numbers that begin with +44163296 are claimed" in text

    def test_too_many_endpoints_are_an_error(self, change, zone):
        """
        A stricter policy finds what an older one allowed.
        """
        numbers.claim(change, NUMBER, "ada@example.net")
        for place in (1, 2, 3):
            endpoint = Endpoint.parse("sip", f"sip:ada@{place}.example.net", place)
            endpoints.add(change, NUMBER, endpoint)
        assert found(change, zone, max_endpoints=3) == []
        severity, text = one(change, zone, max_endpoints=2)
        assert severity is Severity.ERROR
        assert "+441632960017: 3 endpoints" in text

    def test_a_uri_some_clients_cut_is_a_warning(self, change, zone):
        """
        Over 127 octets Asterisk loses the rest.
        """
        numbers.claim(change, NUMBER, "ada@example.net")
        endpoints.add(change, NUMBER, Endpoint.parse("sip", f"sip:{'a' * 112}@example.net", 10))
        change.session.execute(update(EndpointRow).values(preference=20))
        severity, text = one(change, zone)
        assert severity is Severity.WARNING
        assert "128 octets" in text


def test_another_zone_is_another_matter(change, zone):
    """
    Findings are about the zone asked for alone.
    """
    other = zones.add(change, Apex(parse_name("other.example.org"), "49"))
    assert found(change, other) != []
    assert found(change, zone) == []
