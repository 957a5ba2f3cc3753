"""enumd.index.layout: heads as octets."""

import json
from dataclasses import replace

import pytest

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.layout import Origin, Zone
from enumd.index.values import Answer


class TestZone:
    def test_there_and_back(self, samples):
        """A head comes back from its row."""
        zone = replace(
            samples.zone(7, prefix="44"),
            table=3,
            names=9,
            wildcards=2,
            mixed=1,
            dictionaries=(0, 1),
            considered=8,
            changed=5,
            made_from=Origin(12, "ab", "cd", "rendering 1"),
            due_s=1_800_000_000,
        )
        assert Zone.from_octets(zone.apex, zone.to_octets()) == zone

    def test_a_head_of_before_origins_is_read(self, samples):
        """A head that does not say what it was made from is a head all the same."""
        row = json.loads(samples.zone(7).to_octets())
        del row["made_from"], row["due_s"]
        assert Zone.from_octets(samples.zone(7).apex, json.dumps(row).encode()) == samples.zone(7)

    def test_rrsets_by_type(self, samples):
        """An apex RRset is found by its type."""
        zone = samples.zone(7)
        assert zone.soa is zone.rrset(RRType.SOA)
        assert zone.rrset(RRType.TXT) is None

    @pytest.mark.parametrize("apex", [b"\x04E164\x04arpa\x00", b"\x04e164\x04arpa", b""])
    def test_apex_that_is_no_key(self, samples, apex):
        """An apex stands in wire form and in lower case or not at all."""
        with pytest.raises(ValueError, match="apex"):
            replace(samples.zone(7), apex=apex)

    def test_dictionaries_out_of_order(self, samples):
        """Dictionaries are numbered from 0, for values name them by place."""
        with pytest.raises(ValueError, match="dictionaries"):
            replace(samples.zone(7), dictionaries=(1,))

    def test_told_serial(self, samples):
        """The serial the SOA tells is read from it; without exactly one SOA there is none."""
        zone = samples.zone(0x01020304)
        assert zone.told_serial == Serial(0x01020304)
        assert replace(zone, rrsets=zone.rrsets[1:]).told_serial is None

    def test_answer_holds_every_record(self, samples):
        """The apex as an answer holds each record once, as it goes on the wire."""
        a = RRset(RRType.A, 60, (b"\x7f\0\0\1", b"\x7f\0\0\2"))
        answer = replace(samples.zone(7), rrsets=(a,)).answer
        assert answer == Answer(
            2,
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\1"
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\2",
            mixed=True,
        )
