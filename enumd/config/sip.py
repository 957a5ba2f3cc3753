"""The tables of the SIP redirect service: `[sip]`, and `[[sip.peers]]` for each peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from enumd.config.setting import Section, rows, setting

TREATMENTS: Final = ("redirect", "refuse", "ignore")
"""What becomes of a source: its calls are answered, or refused with 403, or not even that."""


@dataclass(frozen=True, slots=True)
class PeerSettings(Section):
    """A peer: somebody who sends us calls, and what was agreed with them."""

    name: str = setting("", "What the log and the metrics call it.", max_octets=64, required=True)
    addresses: tuple[str, ...] = setting(
        (), "Where it sends from: addresses and networks, such as 192.0.2.0/24 or 2001:db8::5."
    )
    tls_names: tuple[str, ...] = setting(
        (), "Names in its TLS certificate (RFC 5922), any one of which proves it; see client_ca."
    )
    treatment: str = setting(
        "redirect",
        "redirect: answer its calls. refuse: with 403. ignore: say nothing.",
        choices=TREATMENTS,
    )
    redirect_status: int = setting(
        302, "Answer to a call with several ways on: 302, or 300 for those who want that."
    )
    contact_schemes: tuple[str, ...] = setting((), "URI schemes it takes; empty: those of [sip].")
    gateway: str = setting(
        "", "HOST or HOST:PORT that takes telephone numbers for it; empty: that of [sip]."
    )
    max_contacts: int = setting(
        0, "Contacts in one answer at most; 0: as many as [sip] says.", bounds=(0, 50)
    )
    pass_transport_tls: bool = setting(
        False, "Let it have sip:…;transport=tls, though RFC 5630 forbids that; else left out."
    )
    dial_plan: tuple[str, ...] = setting(
        (),
        "How it writes numbers without a +, the first rule that fits: 00=+ and 0=+44 replace what "
        "a number begins with, /6=+441632 goes before six digits.",
    )
    phone_contexts: tuple[str, ...] = setting(
        (), "The phone-contexts in which it writes numbers by that plan."
    )
    follow_routing_number: bool = setting(
        False, "Look for the routing number (rn, RFC 4694) where a call has one."
    )
    per_s: int = setting(
        0, "Requests a second from each of its addresses; 0: no limit.", bounds=(0, 1_000_000)
    )
    at_once: int = setting(
        0,
        "Requests it may send at once after a pause; 0: those of two seconds.",
        bounds=(0, 1_000_000),
    )
    realm: str = setting("", "Realm of its credentials; empty: it needs none (RFC 7616).")
    credentials: str = setting(
        "", "File of USER:PASSWORD lines for that realm, readable by its owner alone (mode 0600)."
    )
    algorithms: tuple[str, ...] = setting(
        ("SHA-256", "MD5"),
        "Digest algorithms it may use, in the order they are offered. MD5 first, or alone, for "
        "SIPp, FreeSWITCH and Asterisk, which stop at the first challenge whatever it is.",
    )
    stateful: bool = setting(
        True, "Keep transactions for it: repeat answers until they are acknowledged."
    )
    force_rport: bool = setting(
        False, "Answer at the port it sent from even when it did not ask for that (RFC 3581)."
    )
    honour_maddr: bool = setting(
        False, "Let it have answers sent to another address (maddr, RFC 3261 section 18.2.2)."
    )
    lax_framing: bool = setting(
        False, "On TCP and TLS, take a missing Content-Length for 0, though it is a MUST."
    )


@dataclass(frozen=True, slots=True)
class SipSettings(Section):
    """The SIP redirect service. Limits count in each worker process. Files are sought in the home.

    This machine itself is a peer, too: loopback addresses that no peer below claims are answered.
    """

    listen: tuple[str, ...] = setting(
        (),
        "Addresses to answer at over UDP and TCP, such as 192.0.2.1:5060; none: no SIP.",
        restart=True,
    )
    tls_listen: tuple[str, ...] = setting(
        (), "Addresses to answer at over TLS, such as 192.0.2.1:5061.", restart=True
    )
    certificate: str = setting(
        "", "PEM file of the TLS certificate and those between it and its authority."
    )
    key: str = setting("", "PEM file of its private key, readable by its owner alone (mode 0600).")
    client_ca: str = setting(
        "", "PEM file of the authorities whose client certificates are believed; empty: none is."
    )
    require_client_certificate: bool = setting(
        False, "Refuse TLS to a client that has no certificate of client_ca."
    )
    t1_ms: int = setting(
        500,
        "Timer T1, the round trip as RFC 3261 estimates it, in milliseconds.",
        bounds=(10, 10_000),
        restart=True,
    )
    contact_schemes: tuple[str, ...] = setting(
        (),
        "URI schemes that may stand in a Contact, such as sip, sips and tel. Empty: those three, "
        "tel after all others, because few take it.",
    )
    gateway: str = setting(
        "", "HOST or HOST:PORT that takes telephone numbers; empty: a tel: Contact stays one."
    )
    max_contacts: int = setting(10, "Contacts in one answer at most.", bounds=(1, 50))
    strangers: str = setting(
        "refuse",
        "What becomes of those who are no peers. redirect: answer them, without transactions. "
        "refuse: with 403. ignore: say nothing.",
        choices=TREATMENTS,
    )
    strangers_per_s: int = setting(
        10,
        "Requests a second that each address of a stranger may send; of IPv6 each /64.",
        bounds=(1, 1_000_000),
    )
    transactions_per_source: int = setting(
        65_536,
        "Open transactions of one address at most; each lasts 5 s, or 32 without an ACK.",
        bounds=(1, 1_000_000),
        restart=True,
    )
    tcp_connections: int = setting(
        1000,
        "TCP and TLS connections at once; beyond it the idlest is closed.",
        bounds=(1, 65535),
    )
    tcp_connections_per_peer: int = setting(
        100,
        "Such connections at once from one IPv4 address or IPv6 /64; then its idlest is closed.",
        bounds=(1, 65535),
    )
    tcp_idle_s: int = setting(
        600,
        "Seconds after which a silent connection is closed; keep-alives count as words.",
        bounds=(32, 86400),
    )
    peers: tuple[PeerSettings, ...] = rows(PeerSettings, "Who sends us calls; one table each.")
