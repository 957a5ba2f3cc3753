"""Who is let in."""

from ipaddress import ip_network

import pytest

from enumd.sip.admission import Admission
from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.peer import Peer, Peers
from enumd.sip.rate import Allowance, Rate
from enumd.sip.transport import Source, Transport

PBX = Peer("pbx", (ip_network("192.0.2.0/24"),))
HERE = Source("192.0.2.4", 5060, Transport.UDP)
STRANGER = Source("203.0.113.9", 5060, Transport.UDP)


@pytest.fixture
def request_(octets):
    """Return an INVITE."""
    return Request.parse(datagram(octets()).head)


def admit(*peers):
    """Return what lets *peers* in."""
    return Admission(Peers(peers), b"s" * 32, lambda: b"salt" * 2)


def test_a_peer_comes_in(request_):
    """Nothing stands against a request of a peer without limits; it costs no token."""
    admission = admit(PBX)
    allowance = admission.take(PBX, HERE, 0.0)

    assert allowance is Allowance.PASS
    assert admission.turn_away(allowance, request_, PBX, HERE, 0.0) is None


def test_a_server_that_goes_down_lets_nobody_in(request_):
    """Then, and only while it does, a peer gets 503 and when to come back."""
    admission = admit(PBX)
    admission.draining = True
    answer = admission.turn_away(Allowance.PASS, request_, PBX, HERE, 0.0)

    assert answer.status == 503
    admission.draining = False
    assert admission.turn_away(Allowance.PASS, request_, PBX, HERE, 0.0) is None


def test_strangers_are_remembered_once_they_are_told(request_):
    """Who asks learns of each of them once, and of peers that are barred not at all."""
    barred = Peer("barred", (ip_network("198.51.100.0/24"),), allowed=False)
    admission = admit(PBX, barred)
    stranger = admission.peers.stranger
    for peer, source in ((stranger, STRANGER), (barred, HERE)):
        assert admission.turn_away(Allowance.PASS, request_, peer, source, 0.0).status == 403

    assert admission.refused() == [STRANGER]
    assert admission.refused() == []


def test_a_rate_is_each_sources_own(request_):
    """Beyond it there is 503; another source of the same peer has its own bucket."""
    slow = Peer("slow", (ip_network("192.0.2.0/24"),), rate=Rate(1.0, 1))
    admission = admit(slow)
    takes = [admission.take(slow, HERE, 0.0) for _ in range(2)]

    assert takes == [Allowance.PASS, Allowance.REFUSE]
    assert admission.turn_away(takes[1], request_, slow, HERE, 0.0).status == 503
    other = Source("192.0.2.5", 5060, Transport.UDP)
    assert admission.take(slow, other, 0.0) is Allowance.PASS
