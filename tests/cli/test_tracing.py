"""A call is read, and followed to where it goes."""

import pytest

from enumd.cli.output import Output
from enumd.cli.sender import NoAnswer
from enumd.cli.session import Session
from enumd.cli.tracing import CalledNumber, Traced, dial, find_peer, follow, read_message
from enumd.core.number import Number
from enumd.errors import NotSip

NUMBER = Number("441632960017")
HEAD = "{} sip:+441632960017@h SIP/2.0\r\n{}From: <sip:bob@h>;tag=1\r\nTo: <sip:x@h>\r\n"
VIA = "Via: SIP/2.0/UDP h.example;branch=z9hG4bKa\r\n"


@pytest.fixture
def session(home, directory):
    """Return the session of a home."""
    return Session(home, Output())


@pytest.fixture
def peer(session):
    """Return the peer that everybody is."""
    return find_peer(session, None, None)[0]


def read(session, peer, method, via=VIA):
    """Return what is made of a request."""
    text = HEAD.format(method, via) + f"Call-ID: a\r\nCSeq: 1 {method}\r\n\r\n"
    return read_message(session, text.encode(), peer, "")


def test_a_number_that_is_typed_is_followed(session, peer):
    """It is in no pool that somebody claimed, so it goes nowhere."""
    traced = follow(session, dial(session, NUMBER, peer, "sip:bob@h"), peer, None)

    assert (traced.answer.status, traced.number, traced.caller) == (404, NUMBER, "sip:bob@h")


def test_an_invite_is_a_call(session, peer):
    """Its number and its caller are those of the request."""
    call = read(session, peer, "INVITE")

    assert isinstance(call, CalledNumber)
    assert (call.number, call.context.caller) == (NUMBER, "sip:bob@h")


@pytest.mark.parametrize(("method", "via"), [("ACK", VIA), ("INVITE", "")])
def test_what_is_never_answered_says_why(session, peer, method, via):
    """An ACK has no answer, and a request without Via none that would arrive."""
    traced = read(session, peer, method, via)

    assert isinstance(traced, Traced) and isinstance(traced.answer, NoAnswer)


def test_octets_that_are_nothing_are_no_sip(session, peer):
    """There is nothing to say of them."""
    with pytest.raises(NotSip):
        read_message(session, b"", peer, "")
