"""How an answer finds its way."""

import pytest

from enumd.sip.framing import datagram
from enumd.sip.head import Head
from enumd.sip.message import Request
from enumd.sip.peer import Peer
from enumd.sip.redirect import CallAnswer
from enumd.sip.responder import Responder
from enumd.sip.transaction import TransactionState
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Source, Transport

UDP = Source("192.0.2.4", 777, Transport.UDP, "listener")
TCP = Source("192.0.2.4", 777, Transport.TCP, "connection")
PEER = Peer("pbx")
FOUND = CallAnswer(302, b"Contact: <sip:a@h>\r\n", "found")


@pytest.fixture
def request_(octets):
    """Return a request."""
    return Request.parse(datagram(octets()).head)


@pytest.fixture
def responder():
    """Return a responder without transactions."""
    return Responder(b"s" * 32, Transactions(per_source=1))


def test_a_response_is_sent_and_kept(request_, responder):
    """Its octets are what a repeated request gets, and it is counted once."""
    exchange = responder.open(request_, PEER, UDP, 0.0)
    sent = responder.send(exchange, FOUND, 0.0)

    assert sent.octets == exchange.transaction.again()
    assert sent.destination == ("192.0.2.4", 777, Transport.UDP, "listener")
    assert responder.responses == {302: 1}
    assert exchange.transaction.state is TransactionState.COMPLETED


def test_without_a_transaction_the_octets_are_the_same(request_, responder):
    """Stateless or not, nobody can tell from the response (RFC 3261 section 8.2.7)."""
    stateful = responder.open(request_, PEER, UDP, 0.0)
    capped = responder.open(request_, PEER, UDP, 0.0)
    stateless = responder.stateless(request_, PEER, UDP)

    assert (capped.transaction, stateless.transaction) == (None, None)
    assert len({responder.send(each, FOUND, 0.0) for each in (stateful, capped, stateless)}) == 1


def test_what_was_agreed_with_the_peer_is_kept(octets, responder):
    """Its source port, or the address that it names."""
    request = Request.parse(datagram(octets(Via="SIP/2.0/UDP h;maddr=203.0.113.1")).head)
    destinations = [
        responder.stateless(request, peer, UDP).destination[:2]
        for peer in (PEER, Peer("a", force_rport=True), Peer("b", honour_maddr=True))
    ]

    assert destinations == [("192.0.2.4", 5060), ("192.0.2.4", 777), ("203.0.113.1", 5060)]


@pytest.mark.parametrize(
    ("via", "stamped", "port"),
    [
        (b"SIP/2.0/UDP h:5080", b"SIP/2.0/UDP h:5080;received=192.0.2.4", 5080),
        (b"SIP/2.0/UDP ;;", b"SIP/2.0/UDP ;;", 777),
    ],
)
def test_what_can_hardly_be_read_is_answered_where_it_came_from(responder, via, stamped, port):
    """A Via that can be read is stamped and followed; any other is echoed."""
    exchange = responder.broken(Head(b"X\r\nVia: " + via), PEER, UDP)

    assert (stamped, ("192.0.2.4", port), None) == (
        exchange.vias,
        exchange.destination[:2],
        exchange.transaction,
    )


def test_long_datagrams_are_counted(request_, responder):
    """On a stream length does not matter."""
    long = CallAnswer(302, b"Contact: <sip:%b@h>\r\n" % (b"x" * 1300), "found")
    responder.send(responder.stateless(request_, PEER, TCP), long, 0.0)
    assert responder.over_mtu == 0
    responder.send(responder.stateless(request_, PEER, UDP), long, 0.0)
    assert responder.over_mtu == 1
