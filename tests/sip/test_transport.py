"""Where responses go."""

import pytest

from enumd.sip.transport import Destination, Source, Transport, response_destination
from enumd.sip.via import Via


def sent(via, transport=Transport.UDP, **policy):
    """Return host and port a response goes to, for a request from 192.0.2.4:777."""
    source = Source("192.0.2.4", 777, transport, "channel")
    destination = response_destination(source, via and Via.parse(via), **policy)
    assert (transport, "channel") == destination[2:]
    return destination[:2]


class TestResponseDestination:
    """RFC 3261 section 18.2.2 and RFC 3581 section 4."""

    @pytest.mark.parametrize(
        ("via", "to"),
        [
            (b"SIP/2.0/UDP h;branch=x", ("192.0.2.4", 5060)),
            (b"SIP/2.0/UDP h:5080;branch=x", ("192.0.2.4", 5080)),
            (b"SIP/2.0/UDP h:5080;branch=x;rport", ("192.0.2.4", 777)),
            (b"SIP/2.0/UDP h;received=203.0.113.9;branch=x", ("192.0.2.4", 5060)),
            (b"SIP/2.0/UDP h;maddr=203.0.113.9;branch=x", ("192.0.2.4", 5060)),
            (None, ("192.0.2.4", 777)),
        ],
    )
    def test_a_datagram_goes_to_the_source_address(self, via, to):
        """At the port of sent-by; at the source port where `rport` asks, or no Via is read."""
        assert to == sent(via)

    def test_a_peer_may_have_it_at_its_source_port_always(self):
        """For those behind a NAT who do not ask for it."""
        assert sent(b"SIP/2.0/UDP h:5080", force_rport=True) == ("192.0.2.4", 777)

    def test_a_peer_may_have_it_elsewhere(self):
        """`maddr` counts only for those who may use it."""
        via = b"SIP/2.0/UDP h:5080;rport;maddr=239.255.255.1"

        assert sent(via, honour_maddr=True) == ("239.255.255.1", 5080)
        assert sent(via) == ("192.0.2.4", 777)
        assert sent(b"SIP/2.0/UDP h", honour_maddr=True) == ("192.0.2.4", 5060)

    @pytest.mark.parametrize(
        ("maddr", "host"),
        [(b"[2001:DB8:0::1]", "2001:db8::1"), (b"sip.example", "sip.example"), (b"[x]", "[x]")],
    )
    def test_an_address_there_is_spelled_as_all_are(self, maddr, host):
        """Whoever speaks of that destination knows it by `ipaddress`; a name stays a name."""
        via = b"SIP/2.0/UDP h:5080;maddr=" + maddr

        assert sent(via, honour_maddr=True) == (host, 5080)

    @pytest.mark.parametrize(("transport", "port"), [(Transport.TCP, 5060), (Transport.TLS, 5061)])
    def test_on_a_stream_the_address_is_for_when_the_connection_is_gone(self, transport, port):
        """The source address at the port of sent-by, or the transport's own."""
        assert ("192.0.2.4", port) == sent(
            b"SIP/2.0/TCP h;rport;maddr=x", transport, honour_maddr=True
        )
        assert sent(b"SIP/2.0/TCP h:5080", transport) == ("192.0.2.4", 5080)


def test_only_datagrams_get_lost():
    """UDP is not reliable; TCP and TLS are."""
    assert [transport.reliable for transport in Transport] == [False, True, True]
    assert Destination("h", 1, Transport.UDP, None).transport is Transport("UDP")
