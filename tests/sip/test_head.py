"""Start lines and header fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import BrokenRequest
from enumd.sip.head import Head


class TestRows:
    def test_names_have_many_spellings(self):
        """Any case, white space before the colon, the compact form: one name."""
        head = Head(b"X\r\nvia: 1\r\nVIA : 2\r\nv:3\r\nV\t: 4\r\nvIa: 5")

        assert head.rows(b"via") == [b"1", b"2", b"3", b"4", b"5"]
        assert head.first(b"via") == b"1"

    @pytest.mark.parametrize(
        ("compact", "full"),
        [
            ("i", "call-id"),
            ("m", "contact"),
            ("e", "content-encoding"),
            ("l", "content-length"),
            ("c", "content-type"),
            ("f", "from"),
            ("s", "subject"),
            ("k", "supported"),
            ("t", "to"),
            ("v", "via"),
            ("a", "accept-contact"),
            ("b", "referred-by"),
            ("d", "request-disposition"),
            ("j", "reject-contact"),
            ("n", "identity-info"),
            ("o", "event"),
            ("r", "refer-to"),
            ("u", "allow-events"),
            ("x", "session-expires"),
            ("y", "identity"),
        ],
    )
    def test_every_compact_form_is_known(self, compact, full):
        """In lower case, in upper case, and with white space after it."""
        for name in (compact, compact.upper(), compact + " "):
            assert Head(f"X\r\n{name}: 1".encode()).first(full.encode()) == b"1"

    def test_an_absent_field_has_no_rows(self):
        """With repeated fields around or without."""
        for octets in (b"X\r\nTo: 1", b"X\r\nTo: 1\r\nTo: 2"):
            assert (Head(octets).rows(b"via"), Head(octets).first(b"via")) == ([], None)

    def test_single_rows_are_lists_of_one(self):
        """Among repeated fields, too."""
        assert Head(b"X\r\nTo: 1").rows(b"to") == [b"1"]
        assert Head(b"X\r\nTo: 1\r\nA: 2\r\nA: 3").rows(b"to") == [b"1"]

    def test_a_required_field_is_there_and_not_empty(self):
        """Or the request is broken."""
        head = Head(b"X\r\nTo: 1\r\nFrom:")

        assert head.required(b"to") == b"1"
        for name in (b"from", b"cseq"):
            with pytest.raises(BrokenRequest, match="there is no"):
                head.required(name)

    def test_lists_are_split_over_all_rows(self):
        """Comma lists and repeated rows are the same (RFC 3261 section 7.3.1)."""
        head = Head(b"X\r\nRequire: a, b\r\nTo: x\r\nRequire: c")

        assert head.elements(b"require") == [b"a", b"b", b"c"]

    def test_repeated_fields_are_named(self):
        """The first of those asked for that stands more than once."""
        head = Head(b"X\r\nTo: 1\r\nCSeq: 1\r\nCSeq: 2")

        assert head.repeats((b"to", b"cseq")) == b"cseq"
        assert head.repeats((b"to",)) is None
        assert Head(b"X\r\nTo: 1").repeats((b"to",)) is None


class TestLines:
    def test_folded_lines_keep_their_octets(self):
        """A value goes on in lines that begin with white space; nothing in it is changed."""
        head = Head(b"X\r\nSubject: one\r\n two\r\n\tthree\r\nTo: x")

        assert head.first(b"subject") == b"one\r\n two\r\n\tthree"
        assert head.first(b"to") == b"x"

    def test_lines_may_end_with_lf_alone(self):
        """Then folding is written with CRLF, so that an echo is in order."""
        head = Head(b"X\nSubject: one\n two\nTo: x")

        assert (
            head.start_line,
            head.first(b"subject"),
            head.first(b"to"),
        ) == (b"X", b"one\r\n two", b"x")

    def test_a_lone_cr_never_gets_into_a_value(self):
        """It becomes a space: an echo cannot be read as two fields."""
        assert Head(b"X\r\nCall-ID: a\rEvil: b").first(b"call-id") == b"a Evil: b"

    def test_what_is_no_field_is_left_out(self):
        """A line without a colon breaks nothing."""
        head = Head(b"X\r\nnonsense\r\nTo: x")

        assert head.first(b"to") == b"x"

    @given(st.binary(max_size=200))
    def test_any_octets_make_a_head_that_can_be_echoed(self, octets):
        """No value has a line end in it but folding."""
        head = Head(b"X\r\n" + octets)

        for name in (b"via", b"to", b""):
            for row in head.rows(name):
                assert not row.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").count(b"\n")

    @given(st.text(max_size=30).map(str.encode))
    def test_a_folded_first_line_never_fails(self, text):
        """White space at the start of the first field line belongs to the start line."""
        assert Head(b"X\r\n " + text).start_line[:1] == b"X"


def test_one_of_several_fields_may_be_there():
    """Under its full name, however it was written."""
    head = Head(b"X\r\nk: timer")

    assert head.has_any(frozenset((b"history-info", b"supported")))
    assert not head.has_any(frozenset((b"history-info",)))


class TestContentLength:
    @pytest.mark.parametrize(
        ("lines", "length"),
        [(b"To: x", None), (b"l: 0", 0), (b"Content-Length: 0120", 120), (b"l: 7\r\nl: 7", 7)],
    )
    def test_a_number_is_taken(self, lines, length):
        """Absent is None; the same twice is harmless."""
        assert length == Head(b"X\r\n" + lines).content_length()

    @pytest.mark.parametrize(
        "lines",
        [
            b"l: -1",
            b"l: x",
            b"l:",
            b"l: 1 2",
            b"l: 12345678901",
            b"l: 1\r\nl: 2",
            b"l: 1, 1",
            b"l: \xb2",
        ],
    )
    def test_anything_else_is_a_fault(self, lines):
        """No number, a number out of all proportion, two different ones: 400."""
        with pytest.raises(BrokenRequest) as caught:
            Head(b"X\r\n" + lines).content_length()

        assert caught.value.status == 400
