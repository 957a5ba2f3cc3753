"""From the tables `[sip]` and `[[sip.peers]]` to the peers that the redirect server knows."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from enumd.config import Config, PeerSettings, SipSettings
from enumd.core.telephone import canonical_context
from enumd.errors import BadPeer, ConfigError
from enumd.routing.context import PeerPolicy
from enumd.serve.sip.files import read_secret
from enumd.sip.digest import Digest
from enumd.sip.numbering import DialPlan, DialRule
from enumd.sip.peer import Network, Peer, Peers
from enumd.sip.rate import Rate

LOOPBACK: Final[tuple[Network, ...]] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
"""This machine itself: a peer, unless another one claims these very networks."""

_PAUSE_S: Final = 2
"""Where nothing is said of it, so many seconds' requests may come at once."""


def peers_of(config: Config) -> Peers:
    """Return the peers an operator configured, and what holds for everybody else.

    Raises:
        ConfigError: a value cannot be used; the peer and the key are named.
    """
    known = [_peer(one, config) for one in config.sip.peers]
    names = [peer.name for peer in known]
    for place, name in enumerate(names):
        if name in (*names[:place], "stranger", "loopback"):
            raise ConfigError(f"{name!r} is the name of another peer", f"sip.peers.{name}.name")
    claimed = {network for peer in known for network in peer.networks}
    if loopback := tuple(network for network in LOOPBACK if network not in claimed):
        known.append(
            Peer("loopback", loopback, routing=_policy(config.sip), dial_plan=_any_plan(config))
        )
    with _named("sip.peers"):
        return Peers(known, _stranger(config))


def _stranger(config: Config) -> Peer:
    """Return what holds for those who are no peers: never a transaction, always a limit."""
    sip = config.sip
    rate = Rate(sip.strangers_per_s, _PAUSE_S * sip.strangers_per_s)
    allowed, silent = sip.strangers == "redirect", sip.strangers == "ignore"
    return Peer(
        "stranger",
        allowed=allowed,
        silent=silent,
        stateful=False,
        rate=rate,
        routing=_policy(sip),
        dial_plan=_any_plan(config),
    )


def _any_plan(config: Config) -> DialPlan:
    """Return how everybody writes numbers of whom nothing else is said."""
    return DialPlan(max_digits=config.numbers.max_digits)


def _policy(sip: SipSettings) -> PeerPolicy:
    """Return what everybody gets of whom nothing else is said."""
    with _named("sip"):
        return PeerPolicy(sip.contact_schemes, sip.gateway, sip.max_contacts)


def _peer(one: PeerSettings, config: Config) -> Peer:
    """Return the peer of one table."""
    key = f"sip.peers.{one.name}"
    rate = Rate(one.per_s, one.at_once or _PAUSE_S * one.per_s) if one.per_s else None
    with _named(key):
        return Peer(
            name=one.name,
            networks=_networks(one, key),
            tls_names=one.tls_names,
            allowed=one.treatment == "redirect",
            silent=one.treatment == "ignore",
            stateful=one.stateful,
            redirect_status=one.redirect_status,
            routing=_routing(one, config.sip),
            dial_plan=_dial_plan(one, config, key),
            digest=_digest(one, config.home, key),
            rate=rate,
            force_rport=one.force_rport,
            honour_maddr=one.honour_maddr,
            lax_framing=one.lax_framing,
        )


def _networks(one: PeerSettings, key: str) -> tuple[Network, ...]:
    """Return the networks a peer sends from; it is known by these or by its certificate."""
    if not (one.addresses or one.tls_names):
        raise ConfigError("is needed, or tls_names, to know the peer by", f"{key}.addresses")
    networks = []
    for text in one.addresses:
        with _named(f"{key}.addresses"):
            networks.append(ipaddress.ip_network(text))
    return tuple(networks)


def _routing(one: PeerSettings, sip: SipSettings) -> PeerPolicy:
    """Return what a peer can take: what is said of it, and else of all."""
    return PeerPolicy(
        one.contact_schemes or sip.contact_schemes,
        one.gateway or sip.gateway,
        one.max_contacts or sip.max_contacts,
        one.pass_transport_tls,
    )


def _dial_plan(one: PeerSettings, config: Config, key: str) -> DialPlan:
    """Return how a peer writes numbers."""
    with _named(f"{key}.dial_plan"):
        rules = tuple(map(DialRule.parse, one.dial_plan))
    contexts = tuple(map(canonical_context, one.phone_contexts))
    return DialPlan(rules, contexts, one.follow_routing_number, config.numbers.max_digits)


def _digest(one: PeerSettings, home: Path, key: str) -> Digest | None:
    """Return how a peer proves itself, if it has to."""
    if not one.realm:
        if one.credentials:
            raise ConfigError("is needed for the credentials", f"{key}.realm")
        return None
    passwords: dict[str, str] = {}
    where = f"{key}.credentials"
    for place, line in enumerate(read_secret(home, one.credentials, where).splitlines(), 1):
        user, colon, password = line.partition(":")
        if line and not line.startswith("#"):
            if not (user and colon and password):
                raise ConfigError(f"line {place} of {one.credentials} is no USER:PASSWORD", where)
            passwords[user] = password
    with _named(key if passwords else where):
        return Digest(one.realm, passwords, one.algorithms)


@contextmanager
def _named(key: str) -> Iterator[None]:
    """Have what refuses a value name the setting it stands in."""
    try:
        yield
    except (BadPeer, ValueError) as error:
        raise ConfigError(str(error), key) from None
