"""Peers."""

from ipaddress import ip_network

import pytest

from enumd.errors import BadPeer
from enumd.sip import peer as module
from enumd.sip.peer import STRANGER, Peer, Peers, bucket_of
from enumd.sip.transport import Source, Transport

WIDE = Peer("wide", (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
NARROW = Peer("narrow", (ip_network("192.0.2.4/32"),), ("Gw.Example.net",))


def source(host, *names):
    """Return a source of that address and certificate."""
    return Source(host, 5060, Transport.TLS, None, names)


class TestPeers:
    @pytest.mark.parametrize(
        ("host", "peer"),
        [
            ("192.0.2.4", NARROW),
            ("192.0.2.5", WIDE),
            ("2001:db8::9", WIDE),
            ("203.0.113.1", STRANGER),
        ],
    )
    def test_the_longest_network_wins(self, host, peer):
        """Each time, and everybody else is a stranger."""
        peers = Peers([WIDE, NARROW])

        assert [peer, peer] == [peers.of(source(host)) for _ in range(2)]

    def test_a_certificate_goes_before_the_address(self):
        """In any case of its names; one that nobody knows decides nothing."""
        peers = Peers([WIDE, NARROW])

        assert NARROW is peers.of(source("203.0.113.1", "other.example.net", "gw.example.NET"))
        assert WIDE is peers.of(source("192.0.2.5", "other.example.net"))

    def test_the_stranger_may_be_somebody_else(self):
        """An open server answers everybody, statelessly."""
        anybody = Peer("anybody", stateful=False)

        assert anybody is Peers(stranger=anybody).of(source("203.0.113.1"))

    def test_what_is_remembered_has_a_limit(self, monkeypatch):
        """However many addresses come along."""
        monkeypatch.setattr(module, "_REMEMBERED", 4)
        peers = Peers([WIDE])
        for last in range(20):
            assert WIDE is peers.of(source(f"192.0.2.{last}"))

        assert len(peers._found) <= 4

    @pytest.mark.parametrize(
        "other",
        [
            Peer("other", (ip_network("192.0.2.4/32"),)),
            Peer("other", tls_names=("GW.example.net",)),
        ],
    )
    def test_two_peers_cannot_claim_the_same(self, other):
        """Neither a network nor a name."""
        with pytest.raises(BadPeer, match="both claim"):
            Peers([NARROW, other])

    def test_a_peer_may_name_the_same_twice(self):
        """That claims nothing of another's."""
        twice = Peer("twice", NARROW.networks * 2)

        assert twice is Peers([twice]).of(source("192.0.2.4"))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1", "fe80::2", False),
    ],
)
def test_a_stranger_has_one_bucket_for_all_its_addresses(one, other, alike):
    """One host has a /64 of IPv6 at least, but not that of a link."""
    assert (bucket_of(STRANGER, source(one)) == bucket_of(STRANGER, source(other))) is alike


def test_an_address_that_was_agreed_on_has_its_own_bucket():
    """Even beside others in a /64."""
    assert bucket_of(WIDE, source("2001:db8::1")) != bucket_of(WIDE, source("2001:db8::2"))


def test_a_stranger_is_refused_statelessly_and_slowly():
    """No transaction, no call, and a limit."""
    assert (STRANGER.allowed, STRANGER.stateful) == (False, False)
    assert STRANGER.rate is not None


def test_a_redirect_leaves_the_choice_to_the_caller():
    """302 or 300; no peer has another status."""
    with pytest.raises(BadPeer, match="302 or 300"):
        Peer("x", redirect_status=301)
