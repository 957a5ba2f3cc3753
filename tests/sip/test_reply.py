"""Responses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.sip.framing import datagram
from enumd.sip.head import Head
from enumd.sip.message import Request, Response
from enumd.sip.reply import (
    REASONS,
    head_tag,
    reply,
    request_tag,
    stamped_vias,
    tag_hasher,
    timestamp,
    warning,
)
from enumd.sip.via import top_via

HASHER = tag_hasher(b"s" * 32)


def head_of(octets):
    """Return the head of a message."""
    return datagram(octets).head


class TestReply:
    """RFC 3261 section 8.2.6.2."""

    def test_what_belongs_to_the_request_is_copied(self, octets):
        """From, To, Call-ID and CSeq as they came, folding included; a To tag is added."""
        head = head_of(octets(From="<sip:b@h>\r\n ;tag = 1", CSeq="0009  INVITE"))

        got = head_of(reply(head, b"v", 404, b"tag", b"Warning: x\r\n"))

        assert got.start_line == b"SIP/2.0 404 Not Found"
        for name in (b"from", b"call-id", b"cseq"):
            assert head.rows(name) == got.rows(name)
        assert head.first(b"to") + b";tag=tag" == got.first(b"to")
        assert tuple(got.first(name) for name in (b"via", b"warning", b"content-length")) == (
            b"v",
            b"x",
            b"0",
        )

    def test_without_a_tag_to_add_to_stays_as_it_is(self, octets):
        """Octet for octet."""
        head = head_of(octets(To="<sip:a@h> ;tag = 7"))

        assert head.rows(b"to") == head_of(reply(head, b"v", 481, b"")).rows(b"to")

    @pytest.mark.parametrize(
        ("value", "line"),
        [
            (None, b""),
            ("54", b"Timestamp: 54 0.250\r\n"),
            ("54.21 9", b"Timestamp: 54.21 0.250\r\n"),
            ("nonsense", b""),
        ],
    )
    def test_a_timestamp_comes_back_with_the_time_it_waited(self, octets, value, line):
        """RFC 3261 section 8.2.6.1."""
        assert line == timestamp(head_of(octets(Timestamp=value)), 0.25)

    def test_only_trying_has_no_tag(self, octets):
        """RFC 3261 section 8.2.6.2."""
        head = head_of(octets())
        trying = head_of(reply(head, b"v", 100, b"tag"))

        assert head.first(b"to") == trying.first(b"to")

    def test_what_is_not_there_is_not_copied(self):
        """The answer to a request without fields has none of them (RFC 4475 section 3.3.1)."""
        got = head_of(reply(Head(b"INVITE sip:h SIP/2.0"), b"v", 400, b"tag"))

        assert all(got.first(name) is None for name in (b"from", b"to", b"call-id", b"cseq"))

    @pytest.mark.parametrize("status", sorted(REASONS))
    def test_every_status_makes_a_response(self, octets, status):
        """It reads as one."""
        response = Response.parse(head_of(reply(head_of(octets()), b"v", status, b"t")))

        assert (status, REASONS[status]) == (response.status, response.reason)


class TestVias:
    def test_all_are_repeated_and_the_first_is_stamped(self):
        """Every other octet of them is as it came, in the same order."""
        head = Head(b"X\r\nv: SIP/2.0/UDP h;branch=1 ,  SIP /2.0/TCP  b\r\nVia: SIP/2.0/UDP\r\n c")

        assert stamped_vias(head, top_via(head), "192.0.2.4", 777) == (
            b"SIP/2.0/UDP h;branch=1;received=192.0.2.4 ,  SIP /2.0/TCP  b"
            b"\r\nVia: SIP/2.0/UDP\r\n c"
        )

    def test_what_cannot_be_read_is_echoed(self):
        """Octet for octet."""
        head = Head(b"X\r\nVia: ;;,;,,\r\nVia: SIP/2.0/UDP c")

        assert stamped_vias(head, None, "192.0.2.4", 777) == b";;,;,,\r\nVia: SIP/2.0/UDP c"


class TestTags:
    @pytest.mark.parametrize("to", ["<sip:a@h>;tag=7", "sip:a@h ; TAG\r\n = 7"])
    def test_a_request_that_has_one_gets_no_other(self, octets, to):
        """Wherever it stands, and whether the rest can be read or not."""
        head = head_of(octets(To=to))

        assert b"" == request_tag(Request.parse(head), HASHER) == head_tag(head, HASHER)

    def test_what_is_written_in_a_name_is_no_tag(self, octets):
        """Quoted text is not a parameter."""
        assert request_tag(Request.parse(head_of(octets(To='";tag=7" <sip:a@h>'))), HASHER)

    def test_a_request_has_the_same_tag_each_time(self, octets):
        """So have its retransmission and its CANCEL; the key makes it another one."""
        invite = Request.parse(head_of(octets()))
        cancel = Request.parse(head_of(octets(method="CANCEL")))

        assert request_tag(invite, HASHER) == request_tag(cancel, HASHER)
        assert request_tag(invite, HASHER) != request_tag(invite, tag_hasher(b"t" * 32))

    @pytest.mark.parametrize(
        "change",
        [
            {"Call_ID": "x"},
            {"From": "<sip:bob@pbx.example.net>;tag=x"},
            {"CSeq": "2 INVITE"},
            {"uri": "sip:+44@h"},
            {"Via": "SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKx"},
            {"Via": "SIP/2.0/UDP 192.0.2.5"},
        ],
    )
    def test_another_request_has_another_tag(self, octets, change):
        """Call-ID, From tag, CSeq, Request-URI and branch each make a difference."""
        one, other = (Request.parse(head_of(octets(**changes))) for changes in ({}, change))

        assert request_tag(one, HASHER) != request_tag(other, HASHER)

    def test_what_can_hardly_be_read_has_a_tag_too(self, octets):
        """Of its own, and the same each time."""
        one, other = Head(b"X\r\nVia: 1"), Head(b"X\r\nVia: 2")

        assert head_tag(one, HASHER) == head_tag(Head(b"X\r\nVia: 1"), HASHER)
        assert head_tag(one, HASHER) != head_tag(other, HASHER)

    @given(st.binary(max_size=20))
    def test_a_tag_is_a_token_of_64_bits(self, name):
        """RFC 3261 section 19.3 asks for 32 at least."""
        assert len(bytes.fromhex(head_tag(Head(name), HASHER).decode())) == 8


@given(st.text(max_size=30))
def test_a_warning_is_one_line_whatever_it_says(why):
    """Quotes, line ends and everything else that has no place in it become question marks."""
    line = warning(why)

    assert line.startswith(b'Warning: 399 enumd "')
    assert line.endswith(b'"\r\n')
    assert (line.count(b'"'), line.count(b"\n")) == (2, 1)
