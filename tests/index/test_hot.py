"""enumd.index.hot: values decoded, plain ones at once. `find` is held to the general path of DNS in
`tests/dns/test_fast.py` and `tests/whole/test_hot_paths.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.index.hot import DECLINED, EMPTY, HIT, NODATA, decode, fetch, find, unpack_value
from enumd.index.keys import pack_digits
from enumd.index.values import Answer, Flag, flag_entry, pack_value

SIGNATURES = b"signatures"


def deflate(body):
    """Return a frame of dictionary 0 that is shorter than *body*."""
    return b"\0" + body[: len(body) // 2]


class TestUnpackValue:
    @pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00", b"\x01\x00\x00", b"\x08"])
    def test_octets_that_end_too_early(self, value):
        """Octets that are no value are refused."""
        with pytest.raises(ValueError, match=r"early|before its count"):
            unpack_value(value)

    def test_signatures_of_nothing(self):
        """A signed value without records is one."""
        answer = Answer(0, b"", signatures=SIGNATURES)
        assert unpack_value(pack_value(answer)) == answer
        assert decode(pack_value(answer), ()) == EMPTY

    @pytest.mark.parametrize("body", ["", "0001", "000100", "00010001", "0001000302"])
    def test_signatures_that_are_not_there(self, body):
        """A signed value that is shorter than it says is refused."""
        with pytest.raises(ValueError, match="before its signatures"):
            unpack_value(bytes([Flag.SIGNED]) + bytes.fromhex(body))

    def test_dictionary_that_is_not_there(self):
        """A value that names an unknown dictionary is refused."""
        with pytest.raises(ValueError, match="no dictionary"):
            unpack_value(b"\x08\x05frame", [lambda frame: frame])

    @given(st.binary(max_size=30) | st.binary(max_size=30).map(lambda octets: b"\x10" + octets))
    def test_any_octets(self, value):
        """Any octets are an answer or are refused by ValueError."""
        try:
            answer = unpack_value(value, [lambda frame: frame])
        except ValueError:
            return
        assert unpack_value(pack_value(answer)) == answer


class TestDecode:
    @given(
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from([b"", SIGNATURES]),
    )
    def test_plain_or_declined(self, ends, mixed, entry, compressed, signatures):
        """Only what may end, is mixed or has an entry is declined; signatures are left out."""
        answer = Answer(2, b"records", 9 * ends, mixed, signatures=signatures)
        value = flag_entry(pack_value(answer, deflate if compressed else None), there=entry)
        body = decode(value, [lambda _: answer.body])
        expected = None if ends or mixed or entry else b"\0\2records"
        assert body == expected
        assert unpack_value(value, [lambda _: answer.body]) == answer

    @given(st.binary(min_size=1, max_size=30))
    def test_any_octets(self, value):
        """What is decoded is what the answer says, whatever the octets; the rest raises."""
        inflaters = [lambda frame: frame]
        try:
            body = decode(value, inflaters)
        except (ValueError, IndexError):
            with pytest.raises(ValueError, match=r"early|before|dictionary"):
                unpack_value(value, inflaters)
            return
        if body is not None and len(body) >= 2:
            answer = unpack_value(value, inflaters)
            assert body == answer.count.to_bytes(2) + answer.records
            assert not (answer.mixed or answer.not_after_s)


class TestFind:
    @pytest.fixture
    def zone(self, path, writer, samples):
        """Return the view of a zone that has a number, an empty one and a suspended one."""
        from enumd.index.entries import Entry, EntryState
        from enumd.index.reader import IndexReader

        samples.put(writer, 1, [(pack_digits("44"), samples.answer(1)), *self.empty("45", "46")])
        entry = Entry(EntryState.SUSPENDED)
        writer.publish(lambda t: t.put_entry(samples.apex, pack_digits("46"), entry))
        with IndexReader(path) as reader, reader.snapshot() as snapshot:
            yield snapshot.views[samples.apex]

    def empty(self, *numbers):
        """Return names that own nothing."""
        return [(pack_digits(number), Answer(0, b"")) for number in numbers]

    def test_values(self, zone, samples):
        """A number is found with its body, without records it is NODATA, with an entry unsure."""
        body = samples.answer(1).body
        assert find(zone, b"44", True) == (HIT, body)
        assert find(zone, b"44", False) == (NODATA, body)
        assert find(zone, b"45", True) == (NODATA, EMPTY)
        for naptr in (True, False):
            assert find(zone, b"46", naptr) == (DECLINED, b"")

    def test_fetch(self, zone, samples):
        """The same is fetched for SIP, and nothing for a miss."""
        found = [fetch(zone, digits) for digits in (b"44", b"45", b"46", b"47")]
        assert found == [samples.answer(1).body, EMPTY, None, None]
