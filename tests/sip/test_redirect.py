"""What a redirect server answers."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.routing.context import Context, PeerPolicy, Purpose
from enumd.routing.decision import Decision, Target, Verdict, decide
from enumd.routing.profile import Profile, Route, Status
from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.numbering import dialled_number
from enumd.sip.peer import Peer
from enumd.sip.redirect import answer_to, contact_field, context_of, refusal, without_lookup

NUMBER = Number("441632960017")
PEER = Peer("pbx", routing=PeerPolicy(gateway="gw"))


def target(uri, q_percent=99):
    """Return a target."""
    return Target(uri, q_percent, Route(100, 10, Enumservice.parse("sip"), uri))


@pytest.fixture
def read(octets):
    """Return the function that builds and reads requests."""
    return lambda **changes: Request.parse(datagram(octets(**changes)).head)


def answer(entry, peer=PEER, now_s=0.0):
    """Return the answer for a call to a number of that entry."""
    return answer_to(decide(entry, Context(now_s, peer.routing)), peer)


class TestWithoutLookup:
    """RFC 3261 section 8.3 and section 11."""

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"method": "REGISTER"}, 405),
            ({"method": "REGISTER", "To": "<sip:a@h>;tag=1"}, 405),
            ({"method": "BYE", "To": "<sip:a@h>;tag=1"}, 481),
            ({"method": "INVITE", "To": "<sip:a@h>;tag=1"}, 481),
            ({"method": "OPTIONS", "uri": "sip:enum.example.net"}, 200),
            ({"method": "OPTIONS", "uri": "urn:service:sos"}, 416),
            ({"uri": "soap.beep://192.0.2.103:3002"}, 416),
        ],
    )
    def test_some_requests_need_no_number(self, read, changes, status):
        """Registrations, dialogs, foreign schemes, questions about the server itself."""
        got = without_lookup(read(**changes))

        assert status == got.status
        assert got.why

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"method": "OPTIONS"},
            {"method": "MESSAGE"},
            {"method": "NEWMETHOD"},
            {"uri": "sip:enum.example.net"},
            {"uri": "tel:+44"},
            {"extra": "Require: nothingSupportsThis\r\nProxy-Require: nor-this\r\nX-Y: z\r\n"},
        ],
    )
    def test_everything_else_is_redirected(self, read, changes):
        """Unknown methods, header fields and option tags are no reason to refuse."""
        assert without_lookup(read(**changes)) is None

    def test_who_may_do_what_is_told(self, read):
        """405 and 200 carry Allow; 200 says what else there is."""
        for changes in ({"method": "REGISTER"}, {"method": "OPTIONS", "uri": "sip:h"}):
            assert b"Allow: INVITE" in without_lookup(read(**changes)).fields


class TestAnswers:
    """What a caller is answered, by what the number is."""

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (Status.CLAIMED, 480),
            (Status.SUSPENDED, 480),
            (Status.QUARANTINE, 410),
            (Status.FREE, 404),
            (Status.INCOMPLETE, 484),
            (Status.OUTSIDE, 404),
            (Status.DELEGATED, 404),
            (Status.UNANSWERED, 503),
            (Status.UNREADABLE, 500),
        ],
    )
    def test_every_situation_has_its_status(self, status, code):
        """And a Warning that says why."""
        got = answer(Profile(NUMBER, status))

        assert code == got.status
        assert got.why.encode() in got.fields

    def test_when_to_try_again_is_told_where_it_is_known(self):
        """The end of a suspension; for a tree that fails, half a minute."""
        suspended = Profile(NUMBER, Status.SUSPENDED, until_s=1000)

        assert b"Retry-After: 400\r\n" in answer(suspended, now_s=600.0).fields
        assert b"Retry-After: 30\r\n" in answer(Profile(NUMBER, Status.UNANSWERED)).fields
        assert b"Retry-After" not in answer(Profile(NUMBER, Status.SUSPENDED)).fields

    def test_targets_are_contacts(self):
        """302, one Contact line, in the order of q."""
        got = answer_to(
            Decision(Verdict.REDIRECT, (target("sip:a@h"), target("sip:b,c@h", 98)), ()), PEER
        )

        assert got[:2] == (302, b"Contact: <sip:a@h>;q=0.99, <sip:b,c@h>;q=0.98\r\n")

    def test_a_peer_may_want_300_when_there_is_a_choice(self):
        """With one target there is none."""
        peer = Peer("fs", redirect_status=300)
        two = Decision(Verdict.REDIRECT, (target("sip:a@h"), target("sip:b@h")), ())
        one = Decision(Verdict.REDIRECT, (target("sip:a@h"),), ())

        assert (answer_to(two, peer).status, answer_to(one, peer).status) == (300, 302)

    @pytest.mark.parametrize(
        "uri", ["sip:a>@h", "sip:a@h\r\nX: y", 'sip:"a"@h', "sip:a b@h", "", "sip:é@h"]
    )
    def test_nothing_can_be_slipped_into_a_contact(self, uri):
        """What could end the header field is refused."""
        with pytest.raises(ValueError, match="Contact"):
            contact_field([target(uri)])

    def test_a_refusal_says_why(self):
        """After the fields it comes with."""
        assert refusal(403, "no", b"A: b\r\n") == (
            403,
            b'A: b\r\nWarning: 399 enumd "no"\r\n',
            "no",
        )


@given(
    st.lists(st.tuples(st.text(max_size=8), st.none() | st.text(max_size=8)), max_size=4),
    st.sampled_from(["", "gw.example.net", "[2001:db8::1]:5062"]),
)
def test_what_is_decided_can_be_written(parameters, gateway):
    """Whatever parameters are dialled, and whoever takes numbers: it is no fault of ours."""
    routes = (Route(100, 10, Enumservice.parse("voice:tel"), f"tel:{NUMBER}"),)
    dialled = Subscriber(str(NUMBER), tuple(dict(parameters).items()))
    context = Context(0.0, PeerPolicy(gateway=gateway), dialled=dialled)
    decision = decide(Profile(NUMBER, Status.CLAIMED, routes), context)

    assert contact_field(decision.targets).count(b"\r\n") == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["rn", "cic", "tgrp", "trunk-context"]), unique=True), st.data())
def test_what_strayed_into_a_request_uri_can_be_written(read, names, data):
    """A number whose target has its digits is redirected whatever was added to it."""
    values = [quote(data.draw(st.binary(max_size=6))) for _ in names]
    strayed = "".join(f";{name}={value}" for name, value in zip(names, values, strict=True))
    request = read(uri=f"sip:{NUMBER}@h{strayed}")
    routes = (Route(100, 10, Enumservice.parse("voice:tel"), f"tel:{NUMBER}"),)
    context = context_of(request, PEER, dialled_number(request.uri), 0.0)

    answer = answer_to(decide(Profile(NUMBER, Status.CLAIMED, routes), context), PEER)

    assert (answer.status, answer.fields.count(b"\r\n")) == (302, 1)


class TestContext:
    @pytest.mark.parametrize(
        ("method", "purpose"),
        [
            ("INVITE", Purpose.CALL),
            ("OPTIONS", Purpose.CALL),
            ("NEWMETHOD", Purpose.CALL),
            ("MESSAGE", Purpose.MESSAGE),
            ("SUBSCRIBE", Purpose.PRESENCE),
            ("PUBLISH", Purpose.PRESENCE),
        ],
    )
    def test_the_method_says_what_it_is_for(self, read, method, purpose):
        """Calls, unless it is known to be something else."""
        request = read(method=method)

        context = context_of(request, PEER, dialled_number(request.uri), 0.0)
        assert context.purpose is purpose

    def test_it_says_what_the_request_says(self, read):
        """Time, policy, caller and what was dialled."""
        dialled = Subscriber("+44")
        context = context_of(read(), PEER, dialled, 7.0)

        assert (7.0, PEER.routing, "sip:bob@pbx.example.net", dialled) == context[:4]

    @pytest.mark.parametrize(
        ("asked", "uri", "same"),
        [
            ("sip:+44@h", "sip:+44@h", True),
            ("sip:+44@h", "sip:+44@H;x=y", True),
            ("sip:+44@h", "sip:+%34%34@h", True),
            ("sip:+%34%34@h", "sip:+44@h", True),
            ("sip:+44@h", "sip:+44@h;transport=tcp", False),
            ("sip:+44@h", "sip:+44@h:5060", False),
            ("sip:+44@h", "sip:ada@h", False),
            ("sip:+44@h", "sip:+44@[broken", False),
            ("sip:h", "sip:h", True),
            ("sip:+44@[2001:db8::1]", "sip:+44@[2001:DB8:0::1]", True),
            ("tel:+44", "tel:+4-4", True),
            ("tel:+44", "tel:+44;npdi", False),
            ("tel:+44", "tel:zoe", False),
            ("tel:+44", "sip:+44@h", False),
            ("urn:service:sos", "urn:service:sos", True),
            ("urn:service:sos", "sip:+44@h", False),
        ],
    )
    def test_it_knows_the_request_uri(self, read, asked, uri, same):
        """By RFC 3261 section 19.1.4, RFC 5954 and RFC 3966 section 4."""
        context = context_of(read(uri=asked), PEER, Subscriber("+44"), 0.0)

        assert same is context.is_asked(uri)
