"""Zones changed and taken out."""

import pytest

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.errors import Conflict, NotFound, RecordError
from enumd.registry import endpoints, numbers, pools, records, zone_edit, zones
from enumd.registry.changes import Actor
from enumd.registry.history import of_number
from enumd.registry.lifecycle import State
from enumd.registry.search import Span, touched

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
APEX = parse_name("enum.example.org")


class TestEdit:
    def test_only_what_is_said_changes(self, tree):
        """Times and names are replaced one by one; a change has a serial, none has none."""
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zone = zones.show(change.session, APEX)
            before = zones.image(zone), zone.serial
            wanted = zone_edit.WantedZone(ttl_s=600, rname=parse_name("Hostmaster.example.net"))

            assert zone_edit.edit(change, zone, wanted)
            assert zones.image(zone) == before[0] | {
                "ttl_s": 600,
                "rname": "hostmaster.example.net.",
            }
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zone = zones.show(change.session, APEX)
            assert not zone_edit.edit(change, zone, wanted)
            assert zone.serial == before[1] + 1

    def test_a_time_over_31_bits_is_refused(self):
        """RFC 2181 section 8: a TTL has 31 bits."""
        with pytest.raises(RecordError, match="expire_s"):
            zone_edit.WantedZone(expire_s=1 << 31)

    def test_name_servers_are_replaced(self, tree):
        """Those named are all there are."""
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            zone = zones.show(change.session, APEX)
            names = [parse_name("ns1.example.net"), parse_name("NS1.example.net")]

            assert zone_edit.serve_by(change, zone, names)
            (rrset,) = records.at(change.session, zone, "@")

        assert rrset == RRset(RRType.NS, 300, (names[0].to_wire(),))


class TestRemove:
    def test_numbers_of_people_are_not_removed_unasked(self, tree):
        """A zone with claimed numbers stays, and the advice names the way out."""
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            numbers.claim(change, NUMBER, "ada@example.net")
            with pytest.raises(Conflict) as refused:
                zone_edit.remove(change, zones.show(change.session, APEX))

        assert "--with-numbers" in refused.value.advice

    def test_everything_goes_and_the_log_stays(self, tree, monkeypatch):
        """Numbers, endpoints, pools and records go, each logged as it was, chunk by chunk."""
        monkeypatch.setattr(zone_edit, "CHUNK", 2)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            for last in range(5):
                number = Number(f"44163296000{last}")
                numbers.claim(change, number, "ada@example.net")
                way = Endpoint.parse("sip", f"sip:{last}@example.net", 10)
                endpoints.add(change, number, way)
            numbers.hold(change, NUMBER, "ben@example.net")
            zone = zones.show(change.session, APEX)
            removed = zone_edit.remove(change, zone, with_numbers=True)
            serial = zone.serial

            assert (removed.numbers, removed.rrsets, removed.pools) == (6, 1, 1)
            assert zones.listing(change.session) == pools.listing(change.session) == []
            assert list(records.listing(change.session, zone)) == []
            assert touched(change.session, Span(zone.id, "441632960000", "441632960999")) == 0
            with pytest.raises(NotFound):
                zones.find_for(change.session, NUMBER)
        with tree.change(Actor("cli", "test"), NOW_S + 1) as change:
            again = zones.add(change, Apex(APEX, "44"))
            last_event = of_number(change.session, Number("441632960003"))[-1]
            record = numbers.show(change.session, NUMBER, NOW_S + 1)

        assert again.serial == serial + 1
        assert last_event.action == "number.remove"
        assert last_event.before["endpoints"] == [[10, "sip", "sip:3@example.net"]]
        assert record.state is State.FREE
