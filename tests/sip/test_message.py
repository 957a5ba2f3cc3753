"""Requests and responses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import BrokenRequest, NotSip
from enumd.sip import framing
from enumd.sip.head import Head
from enumd.sip.message import Request, Response, attempted_method, compose
from enumd.sip.uri import OtherUri, SipUri, TelUri

NAMES = st.from_regex(rb"[A-Za-z][A-Za-z0-9\-]{1,10}", fullmatch=True).filter(
    lambda name: name.lower() != b"content-length"
)
VALUES = st.from_regex(rb"[!-~](?:[ -~]{0,20}[!-~])?(?:\r\n [!-~]{1,5})?", fullmatch=True)


@pytest.fixture
def head(octets):
    """Return a function that gives the head of a request built with some changes."""
    return lambda **changes: framing.datagram(octets(**changes)).head


class TestRequest:
    def test_it_has_what_a_server_needs(self, octets):
        """Method, Request-URI, Via, who calls, the tags, Call-ID and CSeq number."""
        request = Request.parse(Head(octets().partition(b"\r\n\r\n")[0]), b"body")

        assert (request.method, request.uri.user, request.body) == (
            "INVITE",
            "+441632960017",
            b"body",
        )
        assert (
            request.caller,
            request.from_tag,
            request.to_tag,
        ) == (b"sip:bob@pbx.example.net", b"8f2a", b"")
        assert (
            request.call_id,
            request.sequence,
            request.via.host,
        ) == (b"8d3f@192.0.2.4", 1, "192.0.2.4")

    @pytest.mark.parametrize(
        ("uri", "kind"), [("sips:h", SipUri), ("tel:+44", TelUri), ("urn:service:sos", OtherUri)]
    )
    def test_any_uri_may_be_asked_for(self, head, uri, kind):
        """What is not looked up here is still a request."""
        assert isinstance(Request.parse(head(uri=uri)).uri, kind)

    @pytest.mark.parametrize(
        "changes",
        [
            {"method": "!interesting-Method0123456789_*+`.%indeed'~"},
            {"CSeq": "0009\r\n INVITE"},
            {"CSeq": "2147483647 INVITE"},
            {"From": "<sip:b@h>"},
            {"Call_ID": "word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"},
            {"Max_Forwards": "300"},
            {"Max_Forwards": None},
            {"extra": "Date: nonsense\r\nRequire: a\r\nContact: <<<\r\nno colon\r\n"},
            {"line": "INVITE sip:+44@h sip/2.0"},
        ],
    )
    def test_what_is_unusual_or_not_needed_is_taken(self, head, changes):
        """RFC 3261 section 8.2.2: broken fields that are not needed are ignored."""
        assert Request.parse(head(**changes))

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"line": "INVITE sip:+44@h SIP/7.0"}, 505),
            ({"line": "INVITE <sip:+44@h> SIP/2.0"}, 400),
            ({"line": "INVITE sip:+44@h; lr SIP/2.0"}, 400),
            ({"line": "INVITE  sip:+44@h  SIP/2.0"}, 400),
            ({"line": "INVITE sip:+44@h SIP/2.0  "}, 400),
            ({"line": "INVITE sip:+44@h?X=y SIP/2.0"}, 400),
            ({"line": "INVITE sip:\xfc@h SIP/2.0"}, 400),
            ({"From": None}, 400),
            ({"From": ""}, 400),
            ({"To": None}, 400),
            ({"To": '"open <sip:b@h>'}, 400),
            ({"Call_ID": None}, 400),
            ({"Call_ID": "two words"}, 400),
            ({"CSeq": None}, 400),
            ({"CSeq": "1"}, 400),
            ({"CSeq": "x INVITE"}, 400),
            ({"CSeq": "2147483648 INVITE"}, 400),
            ({"CSeq": "36893488147419103232 INVITE"}, 400),
            ({"CSeq": "1 OPTIONS"}, 400),
            ({"CSeq": ["1 INVITE", "2 INVITE"]}, 400),
            ({"From": ["<sip:a@h>", "<sip:b@h>"]}, 400),
            ({"Max_Forwards": ["70", "5"]}, 400),
            ({"Via": "SIP/2.0/UDP h;;,;,,"}, 400),
        ],
    )
    def test_what_cannot_be_answered_otherwise_is_refused(self, head, changes, status):
        """With the status that says what is wrong."""
        with pytest.raises(BrokenRequest) as caught:
            Request.parse(head(**changes))

        assert status == caught.value.status
        assert caught.value.why in str(caught.value)

    @pytest.mark.parametrize(
        "changes",
        [{"Via": None}, {"line": "SIP/2.0 200 OK"}, {"line": "GET / HTTP/1.1"}, {"line": ""}],
    )
    def test_what_is_no_request_is_not_answered(self, head, changes):
        """Responses, other protocols, and requests that do not say who sent them."""
        with pytest.raises(NotSip):
            Request.parse(head(**changes))

    @given(st.binary(max_size=200))
    def test_any_octets_give_a_request_or_one_of_two_errors(self, octets):
        """Nothing else ever comes out."""
        for start in (b"", b"INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"):
            try:
                Request.parse(Head(start + octets))
            except (NotSip, BrokenRequest) as error:
                assert str(error)


class TestResponse:
    def test_it_has_status_and_reason(self):
        """The phrase may be unusual or empty (RFC 4475 sections 3.1.1.12 and 3.1.1.13)."""
        response = Response.parse(Head(b"SIP/2.0 302 \xd0\xb4\xd0\xb0 = 1\r\nTo: x"), b"b")

        assert (response.status, response.reason, response.body) == (
            302,
            b"\xd0\xb4\xd0\xb0 = 1",
            b"b",
        )
        assert Response.parse(Head(b"SIP/2.0 100 ")).reason == b""

    @pytest.mark.parametrize(
        "line",
        [b"SIP/2.0 4294967301 better", b"SIP/2.0 099 x", b"SIP/2.0 200", b"SIP/3.0 200 OK", b""],
    )
    def test_anything_else_is_none(self, line):
        """An overlarge status breaks nothing."""
        with pytest.raises(NotSip):
            Response.parse(Head(line))


@pytest.mark.parametrize(
    ("line", "method"),
    [
        (b"ACK  sip:h  SIP/2.0 ", "ACK"),
        (b"A <b> c SIP/9.9", "A"),
        (b"SIP/2.0 200 OK", ""),
        (b"", ""),
    ],
)
def test_an_attempt_at_a_request_has_a_method(line, method):
    """However broken the rest of its line."""
    assert method == attempted_method(Head(line))


class TestCompose:
    @given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.binary(max_size=40))
    def test_what_was_written_is_read(self, fields, body):
        """Writing and reading a message gives the same fields and the same body."""
        frame = framing.datagram(compose(b"X sip:h SIP/2.0", fields, body))

        assert frame.head.start_line == b"X sip:h SIP/2.0"
        assert body == frame.body
        for name, value in fields:
            assert value in frame.head.rows(name.lower())

    @pytest.mark.parametrize(
        ("line", "fields"),
        [
            (b"X\r\nEvil: y", []),
            (b"X", [(b"To", b"a\r\nEvil: b")]),
            (b"X", [(b"To", b"a\nb")]),
            (b"X", [(b"To\r", b"a")]),
            (b"X", [(b"To", b"a\r\n\r\nb")]),
        ],
    )
    def test_nothing_can_be_slipped_in(self, line, fields):
        """A line end that is not folding is refused."""
        with pytest.raises(ValueError, match="more than one line"):
            compose(line, fields)
