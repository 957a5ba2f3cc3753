"""enumd.index.records: records as they go on the wire, and RRsets read back."""

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.rrset import RRset, RRType
from enumd.index.hot import unpack_value
from enumd.index.records import pack_answer, pack_record, unpack_answer
from enumd.index.values import Answer, pack_value

HEADER = b"\xbe\xef\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
QUESTION = b"\x011\x012\x07eXample\x00\x00\x23\x00\x01"

NAPTR = RRset(RRType.NAPTR, 300, (b"one", b"two"))


class TestAnswer:
    """What the index keeps of a name."""

    def test_record_is_what_dnspython_reads(self):
        """Owner, type, class, TTL and RDATA of a record stand where RFC 1035 puts them."""
        rdata = b"\x00d\x00\x0a\x01u\x07E2U+sip\x09!^.*$!u:!\x00"
        octets = HEADER + QUESTION + pack_record(35, 300, rdata)
        (rrset,) = dns.message.from_wire(octets).answer

        assert rrset == dns.rrset.from_text(
            "1.2.example.", 300, "IN", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!u:!" .'
        )

    @pytest.mark.parametrize(
        ("types", "mixed", "cut"),
        [
            ((), False, False),
            ((RRType.NAPTR,), False, False),
            ((RRType.TXT,), True, False),
            ((RRType.NAPTR, RRType.TXT), True, False),
            ((RRType.NS,), True, True),
            ((RRType.NS, RRType.DS), True, True),
            ((RRType.NAPTR, RRType.DNAME), True, True),
        ],
    )
    def test_types_make_the_flags(self, types, mixed, cut):
        """Mixed: anything but NAPTR; cut: NS or DNAME."""
        answer = pack_answer(RRset(rrtype, 60, (b"x",)) for rrtype in types)

        assert (answer.count, answer.mixed, answer.cut) == (len(types), mixed, cut)

    def test_expiry_is_kept(self):
        """The second after which it must not be answered goes with the answer."""
        assert pack_answer([NAPTR], 99).not_after_s == 99
        assert pack_answer([NAPTR]).not_after_s == 0

    def test_rrsets_come_back(self):
        """What was rendered is read again, set by set and in order."""
        sets = (NAPTR, RRset(RRType.TXT, 60, (b"\x01x",)))

        assert unpack_answer(pack_answer(sets)) == sets
        assert unpack_answer(pack_answer([])) == ()

    @pytest.mark.parametrize("count", [1, 3])
    def test_count_that_lies_is_damage(self, count):
        """More or fewer records than there are octets for is no answer."""
        with pytest.raises(ValueError, match="records"):
            unpack_answer(Answer(count, pack_answer([NAPTR]).records))

    def test_record_cut_off_is_damage(self):
        """The RDATA of the last record is all there."""
        with pytest.raises(ValueError, match="octet"):
            unpack_answer(Answer(2, pack_answer([NAPTR]).records[:-1]))

    def test_signatures_are_kept_apart(self):
        """RRSIGs go with the answer, behind its records and uncounted, and are no RRset of it."""
        signature = RRset(RRType.RRSIG, 300, (b"signed",))
        signed = pack_answer([NAPTR], signatures=[signature])
        plain = pack_answer([NAPTR])
        assert (signed.count, signed.records, signed.mixed) == (2, plain.records, False)
        assert signed.signatures == pack_record(RRType.RRSIG, 300, b"signed")
        assert unpack_answer(unpack_value(pack_value(signed))) == (NAPTR,)

    @given(st.integers(0, 9), st.binary(max_size=60))
    def test_any_octets(self, count, records):
        """Any octets are RRsets or are refused by ValueError."""
        try:
            rrsets = unpack_answer(Answer(count, records))
        except ValueError:
            return
        assert sum(len(rrset.rdatas) for rrset in rrsets) == count
