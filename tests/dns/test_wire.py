"""Queries read, records written."""

import struct

import dns.message
import dns.name
import dns.rdata
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.dns import wire
from enumd.dns.wire import Query, parse_query
from enumd.errors import BadVersion, FormError, NotAQuery, UnknownOpcode, WireError

QNAME = b"\x011\x012\x07eXample\x00"
QUESTION = QNAME + b"\x00\x23\x00\x01"
OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"
TXT = QNAME + b"\x00\x10\x00\x01\x00\x00\x00\x00\x00\x02\x01x"
POINTING = b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x00\x00\x02\x01x"


def message(body=QUESTION, counts=(1, 0, 0, 0), flags=0x0100, ident=0xBEEF):
    """Return a message with this header."""
    return struct.pack("!6H", ident, flags, *counts) + body


def fault(octets, error=FormError):
    """Return what was understood of octets that are refused with *error*."""
    with pytest.raises(error) as caught:
        parse_query(octets)
    assert caught.type is error
    assert str(caught.value) == caught.value.why
    return caught.value.heard


class TestQuery:
    """What is taken."""

    def test_question_is_kept_as_it_was_sent(self):
        """
        The name keeps its case, the labels lose it, the question is repeated octet for octet.
        """
        query = parse_query(message())

        assert query == Query(0xBEEF, rd=True, qname=QNAME, qtype=35, qclass=1)
        assert query.labels == (b"1", b"2", b"example")
        assert query.question == QUESTION

    def test_root_is_a_question(self):
        """
        The root name is read and repeated like any other.
        """
        query = parse_query(message(b"\x00\x00\x02\x00\x01"))

        assert query.labels == ()
        assert query.question == b"\x00\x00\x02\x00\x01"

    def test_flags_are_read(self):
        """
        RD and CD are kept; AA, TC, RA, Z, AD and an rcode in a query mean nothing.
        """
        assert parse_query(message(flags=0x0010)) == Query(
            0xBEEF, cd=True, qname=QNAME, qtype=35, qclass=1
        )
        assert parse_query(message(flags=0x07EF)).rd

    def test_opt_is_read(self):
        """
        The OPT record gives payload size, DO and options.
        """
        opt = b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x04\x00\x03\x00\x00"
        edns = parse_query(message(QUESTION + opt, (1, 0, 0, 1))).edns

        assert edns is not None
        assert (edns.payload_octets, edns.do, edns.options) == (1232, True, ((3, b""),))

    @pytest.mark.parametrize("counts", [(1, 1, 1, 2), (1, 2, 0, 2), (1, 0, 0, 4)])
    def test_records_in_a_query_are_passed_over(self, counts):
        """
        Whatever sections they are in, with compressed owners or not, before or behind OPT.
        """
        query = parse_query(message(QUESTION + TXT + POINTING + OPT + TXT, counts))

        assert query.edns is not None

    def test_tsig_is_passed_over(self):
        """
        A server without keys reads a signed query like any other (RFC 8945 is a later piece).
        """
        signed = dns.message.make_query("1.2.example", "NAPTR")
        signed.use_tsig({dns.name.from_text("key"): b"secret"})

        assert parse_query(signed.to_wire()).labels == (b"1", b"2", b"example")

    def test_longest_name_is_taken(self):
        """
        255 octets are a name.
        """
        name = (b"\x3f" + 63 * b"a") * 3 + b"\x3d" + 61 * b"b" + b"\x00"

        assert parse_query(message(name + b"\x00\x23\x00\x01")).qname == name


class TestSilence:
    """What is not answered at all."""

    @pytest.mark.parametrize("length", range(12))
    def test_less_than_a_header_is_no_query(self, length):
        """
        Under 12 octets there is no ID to answer with.
        """
        assert fault(message()[:length], NotAQuery) is None

    @pytest.mark.parametrize("flags", [0x8000, 0x8580, 0xF800])
    def test_response_is_no_query(self, flags):
        """
        QR is looked at before everything else, the opcode included.
        """
        assert fault(message(flags=flags), NotAQuery) is None


class TestFaults:
    """What is refused, and what was understood before."""

    @pytest.mark.parametrize("opcode", range(1, 16))
    def test_other_opcodes_are_unknown(self, opcode):
        """
        IQUERY, STATUS, NOTIFY, UPDATE, DSO: only the header is heard, and of its flags none.
        """
        heard = fault(message(b"\xff", (9, 9, 9, 9), opcode << 11 | 0x0100), UnknownOpcode)

        assert heard == Query(0xBEEF, opcode)

    @pytest.mark.parametrize("questions", [0, 2, 3])
    def test_question_count_is_one(self, questions):
        """
        RFC 9619: no question, or several, is a format error; OPT is found all the same.
        """
        octets = message(questions * QUESTION + OPT, (questions, 0, 0, 1))
        heard = fault(octets)

        assert heard.question == b""
        assert heard.edns is not None

    @pytest.mark.parametrize(
        "name",
        [
            b"\xc0\x0c",
            b"\x011\xc0\x0c",
            b"\x011\xc0\x00",
            b"\x40" + 64 * b"a" + b"\x00",
            b"\x80\x00",
            (b"\x3f" + 63 * b"a") * 3 + b"\x3e" + 62 * b"b" + b"\x00",
        ],
        ids=["pointer", "tail", "header", "64", "type", "256"],
    )
    def test_bad_question_names_are_refused(self, name):
        """
        Compression, labels over 63 octets and names over 255 leave no question.
        """
        assert fault(message(name + b"\x00\x23\x00\x01")) == Query(0xBEEF, rd=True)

    @pytest.mark.parametrize("name", [b"", b"\x011", b"\x05abc", b"\xc0"])
    def test_question_names_cut_off_are_refused(self, name):
        """
        A name that goes on beyond the message leaves no question.
        """
        assert fault(message(name)) == Query(0xBEEF, rd=True)

    @pytest.mark.parametrize("cut", range(1, 5))
    def test_question_cut_off_is_refused(self, cut):
        """
        Type and class belong to the question.
        """
        assert fault(message(QUESTION[:-cut])).question == b""

    @pytest.mark.parametrize("counts", [(1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 2), (1, 0, 0, 65535)])
    def test_counts_that_lie_are_refused(self, counts):
        """
        Fewer records than the header says; the question was heard.
        """
        octets = message(QUESTION + (OPT if counts[3] else b""), counts)

        assert fault(octets).question == QUESTION

    def test_octets_left_over_are_refused(self):
        """
        What no count speaks of is no part of a message.
        """
        heard = fault(message(QUESTION + OPT + b"\x00", (1, 0, 0, 1)))

        assert heard.question == QUESTION
        assert heard.edns is not None

    @pytest.mark.parametrize(
        "record",
        [TXT[:-1], TXT[:-4], TXT[:6], b"\x40" + TXT, b"\xc0"],
        ids=["rdata", "fields", "name", "label", "pointer"],
    )
    def test_records_cut_off_are_refused(self, record):
        """
        A record ends within the message.
        """
        assert fault(message(QUESTION + record, (1, 0, 0, 1))).question == QUESTION

    @pytest.mark.parametrize(
        ("records", "counts"),
        [
            (OPT + OPT, (1, 0, 0, 2)),
            (b"\x011" + OPT, (1, 0, 0, 1)),
            (OPT, (1, 1, 0, 0)),
            (OPT, (1, 0, 1, 0)),
            (OPT[:-1] + b"\x03\x00\x03\x00", (1, 0, 0, 1)),
            (OPT[:-1] + b"\x05\x00\x03\x00\x02x", (1, 0, 0, 1)),
        ],
        ids=["two", "owner", "answer", "authority", "option header", "option data"],
    )
    def test_opt_that_is_wrong_is_heard(self, records, counts):
        """
        RFC 6891 section 7: the client speaks EDNS, and the format error must say so.
        """
        heard = fault(message(QUESTION + records, counts))

        assert heard.question == QUESTION
        assert heard.edns is not None
        assert heard.edns.do

    def test_version_above_0_is_refused(self):
        """
        Its options are not looked at, since only that version could say what they are.
        """
        opt = b"\x00\x00\x29\x04\xd0\x00\x01\x00\x00\x00\x01x"
        heard = fault(message(QUESTION + opt, (1, 0, 0, 1)), BadVersion)

        assert heard.edns.version == 1
        assert heard.question == QUESTION

    @given(st.binary(max_size=80))
    def test_no_other_error_comes_of_any_octets(self, octets):
        """
        Octets are a query, or one of four errors.
        """
        try:
            parse_query(octets)
        except (NotAQuery, UnknownOpcode, BadVersion, FormError) as error:
            assert isinstance(error, WireError)


class TestNames:
    """Uncompressed names."""

    def test_labels_below_a_name(self):
        """
        The labels between two names; none for a name itself; None for a name elsewhere.
        """
        assert wire.labels_below(b"\x011\x012\x01e\x00", b"\x01e\x00") == (b"1", b"2")
        assert wire.labels_below(b"\x01e\x00", b"\x01e\x00") == ()
        assert wire.labels_below(b"\x01e\x00", b"\x011\x01e\x00") is None
        assert wire.labels_below(b"\x02\x01e\x00", b"\x01e\x00") is None

    def test_suffix(self):
        """
        A name without its leftmost labels.
        """
        assert wire.suffix(b"\x011\x02ab\x01e\x00", 2) == b"\x01e\x00"
        assert wire.suffix(b"\x01e\x00", 0) == b"\x01e\x00"
