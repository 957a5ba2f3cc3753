"""enumd.index.values: what is published at a name, as octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.index.hot import unpack_value
from enumd.index.values import Answer, Flag, flag_entry, pack_value

answers = st.builds(
    lambda count, records, until, cut, mixed, signatures: Answer(
        count, records, until, cut or mixed, cut, signatures
    ),
    st.integers(0, 65535),
    st.binary(max_size=300),
    st.just(0) | st.integers(0, 2**32 - 1),
    st.booleans(),
    st.booleans(),
    st.just(b"") | st.binary(max_size=80),
)


def number_7(body):
    return b"\x01" + body[:-1] if len(body) > 10 else b"\x01" + body


class TestAnswer:
    @pytest.mark.parametrize(
        "fields",
        [
            {"count": -1},
            {"count": 65536},
            {"not_after_s": -1},
            {"not_after_s": 2**32},
            {"signatures": bytes(65536)},
        ],
    )
    def test_numbers_that_do_not_fit(self, fields):
        """A count over 16 bits or a second over 32 bits is refused."""
        with pytest.raises(ValueError, match="not fit"):
            Answer(**{"count": 0, "records": b"", **fields})

    def test_cut_that_is_not_mixed(self):
        """A cut owns NS or DNAME, so it must be said to be mixed."""
        with pytest.raises(ValueError, match="mixed"):
            Answer(1, b"", cut=True)

    def test_flags(self):
        """Each property has its flag."""
        answer = Answer(1, b"", not_after_s=5, mixed=True, cut=True, signatures=b"s")
        assert answer.flags == Flag.NOT_AFTER | Flag.MIXED | Flag.CUT | Flag.SIGNED
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

    @given(answers)
    def test_flag_of_an_entry(self, answer):
        """Whether there is an entry is said and taken back, and the answer stays what it is."""
        value = pack_value(answer)
        flagged = flag_entry(value, there=True)
        assert flagged[0] & Flag.ENTRY
        assert unpack_value(flagged) == answer
        assert flag_entry(flagged, there=True) == flagged
        assert flag_entry(flagged, there=False) == flag_entry(value, there=False) == value

    def test_octets_of_a_signed_value(self):
        """How many octets of signatures there are stands behind the count of the records."""
        assert pack_value(Answer(1, b"record", signatures=b"rrsig")) == b"\x10\0\1\0\5recordrrsig"
