"""What becomes of a call, as a tree and as plain values."""

import dns.name
import pytest

from enumd.cli.traced import fields_of, tree_of
from enumd.cli.tracing import Traced
from enumd.core.ddds import EnumOutcome, EnumResolution, EnumStep, Failed, NxDomain
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.routing.context import Context, PeerPolicy
from enumd.routing.decision import decide
from enumd.routing.profile import Profile, Route, Status
from enumd.serve.enum.finding import Finding
from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.peer import Peer
from enumd.sip.redirect import answer_to, refusal

NUMBER = Number("441632960017")
PEER = Peer("pbx", routing=PeerPolicy(gateway="gw.example.net"))
NOW_S = 1_700_000_000


def traced(entry, resolution=None, ours=None):
    """Return what becomes of a call for an entry."""
    decision = decide(entry, Context(NOW_S, PEER.routing))
    finding = Finding(entry, ours or entry, resolution)
    return Traced(answer_to(decision, PEER), PEER, NUMBER, None, "sip:bob@h", finding, decision)


def lines(branch, depth=0):
    """Yield the lines of a tree."""
    yield "  " * depth + branch.text
    for below in branch.below:
        yield from lines(below, depth + 1)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.CLAIMED])
def test_every_status_can_be_told(status):
    """As values and as a tree, each with the reason."""
    call = traced(Profile(NUMBER, status))

    fields = fields_of(call)
    assert fields["index"]["status"] == status.value
    assert fields["sip"]["why"] in "\n".join(lines(tree_of(call)))
    assert tree_of(call).style == "red"


def test_a_rule_says_what_it_made_of_a_uri():
    """Passed on as another one, or left out."""
    routes = (
        Route(100, 10, Enumservice.parse("voice:tel"), "tel:+4930"),
        Route(100, 20, Enumservice.parse("email:mailto"), "mailto:ada@example.net"),
    )
    call = traced(Profile(NUMBER, Status.CLAIMED, routes, not_after_s=NOW_S + 60))

    text = "\n".join(lines(tree_of(call)))
    assert "gateway   tel:+4930 -> sip:+4930@gw.example.net;user=phone: gw.example.net" in text
    assert "mailto:ada@example.net left out: the peer does not take mailto" in text
    assert "not after " in text
    assert fields_of(call)["index"]["not_after"] == "2023-11-14T22:14:20Z"
    assert fields_of(call)["rules"][1]["became"] == "sip:+4930@gw.example.net;user=phone"


def test_a_suspension_says_when_it_ends():
    """And SIP when to try again."""
    call = traced(Profile(NUMBER, Status.SUSPENDED, until_s=NOW_S + 60))

    assert fields_of(call)["sip"]["retry_after_s"] == 60
    text = "\n".join(lines(tree_of(call)))
    assert "  retry     after 60 s" in text
    assert "until " in text


def test_what_others_said_is_told_beside_what_we_say():
    """A tree that failed, and our own "nobody holds it"."""
    step = EnumStep(dns.name.from_text("7.other.example."), Failed("silence"))
    resolution = EnumResolution(NUMBER, (), (step,), EnumOutcome.FAILED)
    call = traced(Profile(NUMBER, Status.UNANSWERED), resolution, ours=Profile(NUMBER, Status.FREE))

    fields = fields_of(call)
    assert (fields["source"], fields["index"]["status"]) == ("dns", "free")
    assert fields["dns"]["outcome"] == "failed"
    text = "\n".join(lines(tree_of(call)))
    assert "  dns       failed\n    7.other.example.  failed: silence" in text


def test_our_own_answer_may_stay():
    """No tree has the number, and we know that it rests."""
    step = EnumStep(dns.name.from_text("7.other.example."), NxDomain(60))
    resolution = EnumResolution(NUMBER, (), (step,), EnumOutcome.NXDOMAIN)
    call = traced(Profile(NUMBER, Status.QUARANTINE), resolution)

    assert fields_of(call)["source"] == "index"


def test_where_there_was_no_look_up_there_is_an_answer():
    """The keys are the same."""
    call = Traced(refusal(405, "this is no registrar"), PEER)

    assert set(fields_of(call)) == set(fields_of(traced(Profile(NUMBER, Status.FREE))))
    assert list(lines(tree_of(call))) == ["no number  this is no registrar (SIP 405)"]


def test_the_request_is_told(octets_of_invite):
    """Method and URI as they came."""
    request = Request.parse(datagram(octets_of_invite).head)
    call = traced(Profile(NUMBER, Status.FREE))._replace(request=request)

    assert fields_of(call)["uri"] == "sip:+441632960017@h.example"
    assert "  asked     INVITE sip:+441632960017@h.example" in lines(tree_of(call))


@pytest.fixture
def octets_of_invite():
    """Return a request as it comes over UDP."""
    return (
        b"INVITE sip:+441632960017@h.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
        b"From: <sip:bob@h>;tag=1\r\nTo: <sip:x@h>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\r\n"
    )
