"""The tables of the SIP service: defaults, peers, and errors at their place."""

from __future__ import annotations

import pytest

from enumd import config
from enumd.config import PeerSettings, SipSettings
from enumd.errors import ConfigError


def load(home, text):
    """Return the configuration written in *text*."""
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return config.load(home, {})


def test_without_a_word_there_is_no_sip(tmp_path):
    """The default listens nowhere, knows no peer and refuses strangers."""
    got = load(tmp_path, "").sip

    assert got == SipSettings()
    assert (got.listen, got.tls_listen, got.peers, got.strangers) == ((), (), (), "refuse")


def test_peers_are_an_array_of_tables(tmp_path):
    """Each [[sip.peers]] is one peer, in order, the rest of it the defaults."""
    got = load(
        tmp_path,
        '[sip]\nlisten = ["127.0.0.1:5060"]\n'
        '[[sip.peers]]\nname = "a"\naddresses = ["192.0.2.1"]\nforce_rport = true\n'
        '[[sip.peers]]\nname = "b"\nredirect_status = 300\n',
    ).sip

    assert got.peers == (
        PeerSettings("a", ("192.0.2.1",), force_rport=True),
        PeerSettings("b", redirect_status=300),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[sip.peers]]\nnam = "a"', "sip.peers.1.nam: unknown setting; did you mean name?"),
        ('[[sip.peers]]\nname = "a"\nper_s = -1', "sip.peers.a.per_s: -1 is below 0"),
        ('[[sip.peers]]\nname = "a"\n[[sip.peers]]\n', "sip.peers.2.name: is needed"),
        ('[[sip.peers]]\nname = "a"\nstateful = 1', "sip.peers.a.stateful: 1 is not true or false"),
        ("[sip]\npeers = 5", "sip.peers: 5 is not a list of tables"),
        ("[sip]\npeers = [5]", "sip.peers: is a list of tables"),
        ("[sip]\nstrangers = 'love'", "sip.strangers: 'love' is none of redirect, refuse, ignore"),
    ],
)
def test_a_fault_is_named_at_its_place(tmp_path, text, says):
    """The error names the peer by name, or by place where it has none, and the key."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path}/enumd.toml: {says}")


def test_a_switch_is_a_word_in_the_environment(tmp_path):
    """`true` and `false` turn a switch; anything else is refused; peers are for the file alone."""
    name = "ENUMD_SIP_REQUIRE_CLIENT_CERTIFICATE"

    assert config.load(tmp_path, {name: "True"}).sip.require_client_certificate
    with pytest.raises(ConfigError, match="'perhaps' is not true or false"):
        config.load(tmp_path, {name: "perhaps"})
    assert config.load(tmp_path, {"ENUMD_SIP_PEERS": "[]"}).sip.peers == ()
