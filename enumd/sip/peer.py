"""Peers: who sends us calls, and what was agreed with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeVar

from enumd.errors import BadPeer
from enumd.routing.context import PeerPolicy
from enumd.sip.digest import Digest
from enumd.sip.numbering import DialPlan
from enumd.sip.rate import Rate
from enumd.sip.transport import Source

Network = IPv4Network | IPv6Network

Key = TypeVar("Key")

_REMEMBERED: Final = 65_536
"""How many source addresses keep the peer that was found for them."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer and what was agreed with it."""

    name: str
    networks: tuple[Network, ...] = ()
    """The addresses it sends from."""
    tls_names: tuple[str, ...] = ()
    """The names in its certificate, any one of which is enough."""
    allowed: bool = True
    """Whether it gets any answer but 403."""
    silent: bool = False
    """Where it is not allowed, give no answer at all."""
    stateful: bool = True
    """Whether its requests have transactions. Without, nothing is ever sent twice of our own
    accord, so that a forged source address cannot make us a reflector."""
    redirect_status: int = 302
    """302, or 300 for those who want that when there is a choice."""
    routing: PeerPolicy = field(default_factory=PeerPolicy)
    dial_plan: DialPlan = field(default_factory=DialPlan)
    digest: Digest | None = None
    rate: Rate | None = None
    """The most requests a second that each of its addresses may send; None for no limit."""
    force_rport: bool = False
    """Answer at the source port even when `rport` was not asked for (RFC 3581)."""
    honour_maddr: bool = False
    """Let it have its answers sent to another address (RFC 3261 section 18.2.2)."""
    lax_framing: bool = False
    """On a stream, take a missing Content-Length for 0, though RFC 3261 section 18.3 demands it."""

    def __post_init__(self) -> None:
        """Refuse another status than the two that leave the choice to the caller."""
        if self.redirect_status not in (300, 302):
            raise BadPeer(
                f"peer {self.name}: redirect_status is 302 or 300, not {self.redirect_status}"
            )


STRANGER: Final = Peer("stranger", allowed=False, stateful=False, rate=Rate(10.0, 20))
"""Everybody else, unless configured otherwise."""


def bucket_of(peer: Peer, source: Source) -> tuple[str, str]:
    """Return whose tokens a request of *source* takes, which is *peer*.

    The address alone would not do: whoever forges that of a peer known by its certificate would
    use up what that may send. And where no address was agreed on, one of IPv6 stands for all in
    its /64: so many any single host has, and with each another bucket.
    """
    if peer.networks or ":" not in source.host:
        return peer.name, source.host
    return peer.name, _subnet(source.host)


@dataclass
class Peers:
    """All peers, found by certificate first, then by the longest network that has the address."""

    peers: Iterable[Peer] = ()
    stranger: Peer = STRANGER
    _by_name: dict[str, Peer] = field(default_factory=dict, init=False, repr=False)
    _networks: list[tuple[Network, Peer]] = field(default_factory=list, init=False, repr=False)
    _found: dict[str, Peer] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a network or a name that two peers claim."""
        owners: dict[Network, Peer] = {}
        for peer in self.peers:
            for network in peer.networks:
                _claim(owners, network, peer)
            for name in peer.tls_names:
                _claim(self._by_name, name.lower(), peer)
        self._networks = sorted(owners.items(), key=lambda item: -item[0].prefixlen)

    def of(self, source: Source) -> Peer:
        """Return the peer *source* belongs to; the stranger when it belongs to none."""
        for name in source.tls_names:
            if (peer := self._by_name.get(name.lower())) is not None:
                return peer
        if (peer := self._found.get(source.host)) is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            peer = self._found[source.host] = self._search(source.host)
        return peer

    def _search(self, host: str) -> Peer:
        """Return the peer with the longest network that *host* is in."""
        address = ip_address(host)
        matches = (peer for network, peer in self._networks if address in network)
        return next(matches, self.stranger)


@lru_cache(maxsize=4096)
def _subnet(host: str) -> str:
    """Return the /64 of an IPv6 address, or the address of a host on our own link."""
    subnet = IPv6Network((host, 64), strict=False)
    return host if subnet.is_link_local else str(subnet)


def _claim(owners: dict[Key, Peer], key: Key, peer: Peer) -> None:
    """Let *peer* own *key*."""
    if key in owners and owners[key] is not peer:
        raise BadPeer(f"peers {owners[key].name} and {peer.name} both claim {key}")
    owners[key] = peer
