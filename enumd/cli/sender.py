"""Who an address is to the SIP service: a peer, or somebody who is turned away, and what to do.

For `enumd trace --source`. The peer is found as the service finds it, certificates left aside.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

import click

from enumd.cli.layout import Branch, Record
from enumd.sip.peer import Peer, Peers
from enumd.sip.redirect import UNKNOWN_SOURCE, CallAnswer
from enumd.sip.transport import Source, Transport


class NoAnswer(NamedTuple):
    """No answer of any kind, and why."""

    why: str
    status: None = None


class Sender(NamedTuple):
    """An address that calls come from."""

    address: str
    peer: Peer
    network: str = ""
    """The network of the peer it is in; empty for a stranger."""
    refusal: CallAnswer | NoAnswer | None = None
    """What its calls get whatever they are for; None where they are let in."""


def sender_of(peers: Peers, text: str) -> Sender:
    """Return who the address *text* is to the SIP service.

    Raises:
        click.BadParameter: it is no address.
    """
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no IPv4 or IPv6 address.") from None
    peer = peers.of(Source(str(address), 5060, Transport.UDP))
    networks = [network for network in peer.networks if address in network]
    network = max(networks, key=lambda one: one.prefixlen, default="")
    refusal: CallAnswer | NoAnswer | None = None
    if not peer.allowed:
        refusal = NoAnswer("this source is ignored") if peer.silent else UNKNOWN_SOURCE
    return Sender(str(address), peer, str(network), refusal)


def way_in(sender: Sender) -> list[str]:
    """Return the lines of `enumd.toml` that would let a refused sender in; none if it is in."""
    if sender.refusal is None:
        return []
    if sender.network:
        return [f'# in the table of the peer "{sender.peer.name}"', 'treatment = "redirect"']
    return [
        "[[sip.peers]]",
        f'name = "{sender.address.replace(":", "-")}"',
        f'addresses = ["{sender.address}"]',
    ]


def sender_fields(sender: Sender) -> Record:
    """Return who an address is as plain values."""
    peer = sender.peer
    return {
        "address": sender.address,
        "allowed": sender.refusal is None,
        "network": sender.network or None,
        "realm": peer.digest.realm if peer.digest else None,
        "per_s": peer.rate.per_s if peer.rate else None,
        "way_in": "\n".join(way_in(sender)) or None,
    }


def sender_tree(sender: Sender) -> Branch:
    """Return who an address is as a person reads it."""
    peer = sender.peer
    known = f"the peer {peer.name}, by {sender.network}" if sender.network else "a stranger"
    below = []
    if peer.digest:
        offered = ", ".join(peer.digest.algorithms)
        below.append(Branch(f'needs credentials for the realm "{peer.digest.realm}": {offered}'))
    if peer.rate:
        below.append(Branch(f"may send {peer.rate.per_s:g} requests a second"))
    if lines := way_in(sender):
        toml = [Branch(line, style="bold") for line in lines]
        below.append(Branch("let in by this in enumd.toml, then a SIGHUP to enumd serve", toml))
    return Branch(f"source    {sender.address} is {known}", below)
