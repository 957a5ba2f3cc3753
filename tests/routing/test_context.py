"""The call, and the peer that asks."""

import pytest

from enumd.errors import BadPeer
from enumd.routing.context import Context, PeerPolicy


@pytest.mark.parametrize(
    "settings",
    [
        {"contact_schemes": ("SIP",)},
        {"contact_schemes": ("sip", "")},
        {"gateway": "gw example"},
        {"gateway": "gw.example.net:"},
        {"gateway": "gw>x"},
        {"gateway": "gw:65536"},
        {"gateway": "[2001:db8::1]:99999"},
        {"gateway": "gw:0"},
        {"max_contacts": 0},
        {"max_contacts": 51},
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(settings):
    """A scheme, a gateway or a maximum that cannot be written raises BadPeer."""
    with pytest.raises(BadPeer):
        PeerPolicy(**settings)


@pytest.mark.parametrize(
    "gateway", ["", "gw", "gw.example.net:5080", "gw:65535", "192.0.2.1", "[2001:db8::1]:5060"]
)
def test_a_gateway_is_a_host_with_or_without_a_port(gateway):
    """Names, addresses and IPv6 references can be gateways."""
    assert gateway == PeerPolicy(gateway=gateway).gateway


def test_a_call_of_which_nothing_is_known_came_for_no_uri():
    """Without a Request-URI no target is the one that was asked for."""
    assert not Context(0.0).is_asked("sip:ada@example.net")
