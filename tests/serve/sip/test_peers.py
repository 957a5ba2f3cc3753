"""Peers as they are configured, and what is wrong with them by name."""

from __future__ import annotations

import pytest

from enumd.config import Config, NumberSettings, PeerSettings, SipSettings
from enumd.errors import ConfigError
from enumd.serve.sip.peers import peers_of
from enumd.sip.numbering import DialRule
from enumd.sip.rate import Rate
from enumd.sip.transport import Source, Transport


def peers(home, *tables: PeerSettings, **settings):
    """Return the peers of those tables under [sip] with those settings."""
    return peers_of(Config(home, sip=SipSettings(peers=tables, **settings)))


def of(known, host: str, *names: str):
    """Return the peer that sends from *host*, with those names in its certificate."""
    return known.of(Source(host, 5060, Transport.TLS, None, names))


def test_without_peers_there_is_this_machine_and_strangers(tmp_path):
    """Loopback is answered; anybody else is refused, without transactions and within a limit."""
    known = peers(tmp_path)

    here, stranger = of(known, "127.0.0.1"), of(known, "192.0.2.1")
    assert (here.name, here.allowed, here.stateful) == ("loopback", True, True)
    assert of(known, "::1") is here
    assert (stranger.name, stranger.allowed, stranger.stateful) == ("stranger", False, False)
    assert stranger.rate == Rate(10, 20)


@pytest.mark.parametrize(
    ("treatment", "allowed", "silent"),
    [("redirect", True, False), ("refuse", False, False), ("ignore", False, True)],
)
def test_a_treatment_is_for_peers_and_strangers(tmp_path, treatment, allowed, silent):
    """Redirected, refused or ignored."""
    one = PeerSettings("a", ("192.0.2.1",), treatment=treatment)
    known = peers(tmp_path, one, strangers=treatment)

    for host in ("192.0.2.1", "192.0.2.2"):
        peer = of(known, host)
        assert (peer.allowed, peer.silent) == (allowed, silent)


def test_a_peer_may_claim_this_machine(tmp_path):
    """Whoever is said to be at the loopback addresses has them."""
    known = peers(tmp_path, PeerSettings("proxy", ("127.0.0.0/8",)))

    assert of(known, "127.0.0.9").name == "proxy"
    assert of(known, "::1").name == "loopback"


def test_every_setting_finds_its_place(tmp_path):
    """What is said of a peer is what the redirect server knows of it."""
    (tmp_path / "users").write_text("# who\nbob:zanzibar\n\n")
    (tmp_path / "users").chmod(0o600)
    one = PeerSettings(
        name="a",
        addresses=("192.0.2.0/24", "2001:db8::5"),
        tls_names=("pbx.example.net",),
        redirect_status=300,
        contact_schemes=("sip",),
        gateway="gw.example.net:5070",
        max_contacts=3,
        dial_plan=("00=+", "0=+44"),
        phone_contexts=("+44",),
        follow_routing_number=True,
        per_s=50,
        realm="enumd",
        credentials="users",
        algorithms=("MD5",),
        pass_transport_tls=True,
        stateful=False,
        force_rport=True,
        honour_maddr=True,
        lax_framing=True,
    )
    config = Config(tmp_path, numbers=NumberSettings(20), sip=SipSettings(peers=(one,)))

    peer = of(peers_of(config), "192.0.2.77")

    assert of(peers_of(config), "198.51.100.1", "pbx.example.net").name == "a"
    assert peer.redirect_status == 300
    assert (peer.routing.contact_schemes, peer.routing.gateway) == (("sip",), "gw.example.net:5070")
    assert peer.routing.max_contacts == 3
    assert peer.dial_plan.rules == (DialRule("00", "+"), DialRule("0", "+44"))
    assert (peer.dial_plan.contexts, peer.dial_plan.max_digits) == (("+44",), 20)
    assert peer.dial_plan.follow_routing_number
    assert peer.rate == Rate(50, 100)
    assert peer.digest.passwords == {"bob": "zanzibar"}
    assert (peer.digest.algorithms, peer.routing.pass_transport_tls) == (("MD5",), True)
    assert (peer.stateful, peer.force_rport) == (False, True)
    assert (peer.honour_maddr, peer.lax_framing) == (True, True)


def test_what_is_not_said_of_a_peer_holds_for_all(tmp_path):
    """Schemes, gateway and number of Contacts are those of [sip]; bursts have their own setting."""
    one = PeerSettings("a", ("192.0.2.1",), per_s=5, at_once=7)
    peer = of(
        peers(tmp_path, one, gateway="gw", max_contacts=4, contact_schemes=("tel",)), "192.0.2.1"
    )

    assert (peer.routing.gateway, peer.routing.max_contacts) == ("gw", 4)
    assert peer.routing.contact_schemes == ("tel",)
    assert peer.rate == Rate(5, 7)


def test_a_phone_context_is_known_however_it_is_written(tmp_path):
    """Case and visual separators mean nothing, in the configuration as in a request."""
    one = PeerSettings("a", ("192.0.2.1",), phone_contexts=("+44-(16).32", "Example-1.COM"))
    peer = of(peers(tmp_path, one), "192.0.2.1")

    assert peer.dial_plan.contexts == ("+441632", "example-1.com")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"addresses": ()}, "sip.peers.a.addresses: is needed, or tls_names, to know the peer by"),
        ({"addresses": ("pbx",)}, "sip.peers.a.addresses: 'pbx' does not appear to be an IPv4"),
        ({"addresses": ("192.0.2.1/24",)}, "sip.peers.a.addresses: 192.0.2.1/24 has host bits set"),
        ({"redirect_status": 305}, "sip.peers.a: peer a: redirect_status is 302 or 300, not 305"),
        ({"contact_schemes": ("SIP",)}, "sip.peers.a: 'SIP' in contact_schemes is no URI scheme"),
        ({"gateway": "a b"}, "sip.peers.a: the gateway 'a b' is no host and no host:port"),
        ({"gateway": "gw:65536"}, "sip.peers.a: the port of the gateway 'gw:65536' is not 1 to"),
        ({"dial_plan": ("9=44",)}, "sip.peers.a.dial_plan: '9=44' in dial_plan gives no leading +"),
        ({"dial_plan": ("00",)}, "sip.peers.a.dial_plan: '00' in dial_plan is not written as"),
        ({"credentials": "users"}, "sip.peers.a.realm: is needed for the credentials"),
        ({"realm": "r"}, "sip.peers.a.credentials: is needed: the name of a file"),
        (
            {"realm": "r", "credentials": "good", "algorithms": ("SHA-1",)},
            "sip.peers.a: 'SHA-1' in algorithms is not SHA-256 or MD5",
        ),
        ({"realm": "r", "credentials": "none"}, "sip.peers.a.credentials: 'none' cannot be read"),
        (
            {"realm": "r", "credentials": "bad"},
            "sip.peers.a.credentials: line 2 of bad is no USER:",
        ),
        ({"realm": "r", "credentials": "empty"}, "sip.peers.a.credentials: nobody has a password"),
    ],
)
def test_a_fault_is_named(tmp_path, settings, says):
    """The error names the peer, the key and the value."""
    for name, text in (("bad", "a:b\nc\n"), ("empty", ""), ("good", "a:b\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        peers(tmp_path, PeerSettings("a", **{"addresses": ("192.0.2.1",), **settings}))

    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("a", "a"), "sip.peers.a.name: 'a' is the name of another peer"),
        (("stranger",), "sip.peers.stranger.name: 'stranger' is the name of another peer"),
        (("a", "b"), "sip.peers: peers a and b both claim 192.0.2.1/32"),
    ],
)
def test_peers_are_told_apart(tmp_path, names, says):
    """Two peers share neither a name nor an address."""
    with pytest.raises(ConfigError) as caught:
        peers(tmp_path, *(PeerSettings(name, ("192.0.2.1",)) for name in names))

    assert str(caught.value) == says


def test_a_fault_of_all_is_named(tmp_path):
    """What holds for all is checked even where nobody is a peer."""
    with pytest.raises(ConfigError, match=r"^sip: the gateway 'a b' is no host"):
        peers(tmp_path, gateway="a b")


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", "198.51.100.1"])
def test_the_longest_number_is_the_same_for_all(tmp_path, host):
    """For this machine and strangers as for peers."""
    config = Config(
        tmp_path,
        numbers=NumberSettings(max_digits=18),
        sip=SipSettings(peers=(PeerSettings("a", ("192.0.2.1",)),)),
    )

    assert of(peers_of(config), host).dial_plan.max_digits == 18
