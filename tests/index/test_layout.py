"""enumd.index.layout: answers and heads as octets."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.layout import Answer, Flag, Origin, Zone, pack_value, unpack_value

answers = st.builds(
    lambda count, records, until, cut, mixed: Answer(count, records, until, cut or mixed, cut),
    st.integers(0, 65535),
    st.binary(max_size=300),
    st.just(0) | st.integers(0, 2**32 - 1),
    st.booleans(),
    st.booleans(),
)


def number_7(body):
    return b"\x01" + body[:-1] if len(body) > 10 else b"\x01" + body


class TestAnswer:
    @pytest.mark.parametrize(
        "fields", [{"count": -1}, {"count": 65536}, {"not_after_s": -1}, {"not_after_s": 2**32}]
    )
    def test_numbers_that_do_not_fit(self, fields):
        """A count over 16 bits or a second over 32 bits is refused."""
        with pytest.raises(ValueError, match="does not fit"):
            Answer(**{"count": 0, "records": b"", **fields})

    def test_cut_that_is_not_mixed(self):
        """A cut owns NS or DNAME, so it must be said to be mixed."""
        with pytest.raises(ValueError, match="mixed"):
            Answer(1, b"", cut=True)

    def test_flags(self):
        """Each property has its flag."""
        answer = Answer(1, b"", not_after_s=5, mixed=True, cut=True)
        assert answer.flags == Flag.NOT_AFTER | Flag.MIXED | Flag.CUT
        assert Answer(1, b"").flags == 0


class TestValue:
    @given(answers)
    def test_plain_there_and_back(self, answer):
        """Any answer comes back from its value."""
        assert unpack_value(pack_value(answer)) == answer

    @given(answers)
    def test_compressed_there_and_back(self, answer):
        """Any answer comes back from a value that is compressed where that is shorter."""
        bodies = []

        def deflate(body):
            bodies.append(body)
            return b"\x01" + b"frame" if len(body) > 6 else b"\x01" + body

        value = pack_value(answer, deflate)
        assert unpack_value(value, [None, lambda frame: bodies[0]]) == answer
        assert bool(value[0] & Flag.COMPRESSED) == (len(answer.body) > 6)
        assert len(value) <= len(pack_value(answer))

    @pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00", b"\x01\x00\x00", b"\x08"])
    def test_octets_that_end_too_early(self, value):
        """Octets that are no value are refused."""
        with pytest.raises(ValueError, match=r"early|before its count"):
            unpack_value(value)

    def test_dictionary_that_is_not_there(self):
        """A value that names an unknown dictionary is refused."""
        with pytest.raises(ValueError, match="no dictionary"):
            unpack_value(b"\x08\x05frame", [lambda frame: frame])


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
