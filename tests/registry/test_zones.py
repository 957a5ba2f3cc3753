"""Zones."""

import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.core.rrset import RRType
from enumd.errors import BadOwnerName, Conflict, NotFound, NumberOutsideTree
from enumd.registry import numbers, pools, records, zones
from enumd.registry.changes import Actor
from enumd.registry.zones import Parameters

NOW_S = 1_795_000_000


@pytest.fixture
def change(registry):
    """Give an open transaction in an empty registry."""
    with registry.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


def apex(name, prefix=""):
    """Return an apex."""
    return Apex(parse_name(name), prefix)


class TestAdd:
    """A new zone."""

    def test_a_zone_begins_with_serial_one_and_a_name_server(self, change):
        """
        Without a name server of its own it names `ns` below the apex.
        """
        zone = zones.add(change, apex("ENUM.Example.org", "44"))
        assert (zone.apex, zone.prefix, zone.serial) == ("enum.example.org.", "44", 1)
        assert (zone.mname, zone.rname) == ("ns.enum.example.org.", "hostmaster.enum.example.org.")
        (ns,) = records.at(change.session, zone, "@")
        assert (ns.rrtype, ns.rdatas) == (RRType.NS, (b"\2ns\4enum\7example\3org\0",))

    def test_name_servers_are_kept_in_order_and_once(self, change):
        """
        The first is the primary; RDATA is in lower case, as signers expect.
        """
        servers = [parse_name(name) for name in ("NS1.example.net", "ns2.example.net")]
        zone = zones.add(change, apex("enum.example.org"), [*servers, servers[0]])
        assert zone.mname == "ns1.example.net."
        (ns,) = records.at(change.session, zone, "@")
        assert ns.rdatas == (b"\3ns1\7example\3net\0", b"\3ns2\7example\3net\0")

    def test_parameters_are_kept(self, change):
        """
        Times and names as they are given.
        """
        wish = Parameters(
            60, 5, 7200, 900, 86_400, parse_name("A.example"), parse_name("B.example")
        )
        zone = zones.add(change, apex("enum.example.org"), parameters=wish)
        times = (zone.ttl_s, zone.negative_ttl_s, zone.refresh_s, zone.retry_s, zone.expire_s)
        assert times == (60, 5, 7200, 900, 86_400)
        assert (zone.mname, zone.rname) == ("a.example.", "b.example.")

    @pytest.mark.parametrize("time_s", [-1, 1 << 31])
    def test_times_fit_their_fields(self, time_s):
        """
        31 bits, and no negative ones.
        """
        with pytest.raises(ValueError, match="31 bits"):
            Parameters(ttl_s=time_s)

    def test_an_apex_is_a_zone_once(self, change):
        """
        In whatever case it is written.
        """
        zones.add(change, apex("enum.example.org"))
        with pytest.raises(Conflict, match=r"enum\.example\.org\. is a zone"):
            zones.add(change, apex("enum.EXAMPLE.org", "44"))

    def test_an_apex_without_room_needs_names_of_its_own(self, change):
        """
        `hostmaster` may not fit below a very long apex.
        """
        name = ".".join(["a" * 61] * 4)
        with pytest.raises(BadOwnerName, match="no room for"):
            zones.add(change, apex(name))


class TestShow:
    """Zones by apex."""

    def test_zones_are_listed_by_apex(self, change):
        """
        And shown in whatever case they are asked for.
        """
        for name in ("b.example", "a.example"):
            zones.add(change, apex(name))
        assert [zone.apex for zone in zones.listing(change.session)] == ["a.example.", "b.example."]
        assert zones.show(change.session, parse_name("B.Example")).apex == "b.example."
        with pytest.raises(NotFound, match=r"c\.example\. is no zone"):
            zones.show(change.session, parse_name("c.example"))


class TestFindFor:
    """The zone a number belongs to."""

    @pytest.fixture
    def trees(self, change):
        """Give three trees, two of them for all digits."""
        zones.add(change, apex("e164.arpa"))
        zones.add(change, apex("4.4.e164.arpa", "44"))
        zones.add(change, apex("enum.example.org"))
        return change

    def find(self, change, digits, name=None):
        """Return the apex of the zone found."""
        asked = parse_name(name) if name else None
        return zones.find_for(change.session, Number(digits), asked).apex

    def test_the_longest_prefix_wins(self, trees):
        """
        A zone for +44 stands nearer to +44 20 than one for all.
        """
        assert self.find(trees, "4420") == "4.4.e164.arpa."

    def test_the_apex_itself_is_a_number(self, trees):
        """
        +44 is the apex of the zone for +44, and that stands nearer than one for all.
        """
        assert self.find(trees, "44") == self.find(trees, "44", "4.4.e164.arpa")
        assert self.find(trees, "44") == "4.4.e164.arpa."

    def test_a_tie_is_said(self, trees):
        """
        Two trees for all digits have the same claim.
        """
        with pytest.raises(Conflict, match=r"e164\.arpa\. and enum\.example\.org\.; say which"):
            self.find(trees, "4930")

    def test_a_pool_decides(self, trees):
        """
        Who has a pool around the number stands nearer than who has the longer prefix.
        """
        zone = zones.show(trees.session, parse_name("enum.example.org"))
        pools.add(trees, "p", zone, Number("4420"), Number("4429"))
        assert self.find(trees, "4420") == "enum.example.org."
        assert self.find(trees, "44200") == "4.4.e164.arpa."

    def test_the_number_itself_decides_first(self, trees):
        """
        Where it is claimed, there it belongs, pool or not.
        """
        numbers.claim(trees, Number("4420"), "ada@example.net", apex=parse_name("e164.arpa"))
        zone = zones.show(trees.session, parse_name("enum.example.org"))
        pools.add(trees, "p", zone, Number("4420"), Number("4429"))
        assert self.find(trees, "4420") == "e164.arpa."

    def test_a_named_zone_has_to_stand_for_it(self, trees):
        """
        A zone that is given is taken, or refused with its prefix.
        """
        assert self.find(trees, "4420", "e164.arpa") == "e164.arpa."
        with pytest.raises(NumberOutsideTree, match=r"stands for \+44"):
            self.find(trees, "4930", "4.4.e164.arpa")

    def test_no_zone_is_not_found(self, change):
        """
        An empty registry stands for nothing.
        """
        with pytest.raises(NotFound, match=r"stands for \+4420"):
            self.find(change, "4420")
