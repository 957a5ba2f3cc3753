"""The hot path: the calls real traffic is made of, redirected in one pass over the octets.

`RedirectServer.datagram` alone says what is right. What is here gives the very same octets, counts
and transactions for the plain cases and declines (None) everything else; `tests/sip/test_fast.py`
holds the two equal.

Plain is a new INVITE in a datagram, from a peer that has transactions and needs no credentials, for
a number written as E.164, answered where it came from; one regular expression says what its octets
look like. And plain is a number whose published answer `routing.plain` takes. An ACK is plain when
its topmost Via is its first header field.

Rule for this file: nothing the reply does not need, and nothing the property test does not cover.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from enumd.errors import BadUri
from enumd.routing.plain import PlainTargets
from enumd.sip.peer import Peer, Peers, bucket_of
from enumd.sip.rate import Limiter
from enumd.sip.reply import STATUS_LINES, keyed_tag
from enumd.sip.responder import MTU_OCTETS, Responder
from enumd.sip.syntax import TOKEN
from enumd.sip.transaction_key import invite_key
from enumd.sip.transport import Source
from enumd.sip.uri import SipUri
from enumd.sip.via import LONGEST_OCTETS

FetchPublished = Callable[[bytes], bytes | None]
"""Gives the answer published at a number of these digits: the count of its records in two octets,
then the records. None unless it is NAPTRs alone, good at any time, and nothing else is known."""

_REMEMBERED: Final = 65_536
"""How many sources, and how many hosts they name, keep what was found out about them."""

# Host and port, perhaps: what is remembered of each says.
_HOST_PORT: Final = rb"[A-Za-z0-9.:\-]{1,261}+"
_SENT_BY: Final = re.compile(
    rb"([A-Za-z0-9\-]++(?:\.[A-Za-z0-9\-]++)*+)"
    rb"(?::([1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|[1-9][0-9]{0,3}))?+"
)
_VIA: Final = (
    rb"Via:[ \t]*+(SIP/2\.0/UDP\ (" + _HOST_PORT + rb")(;rport)?+"
    rb";branch=([Zz]9[Hh][Gg]4[Bb][Kk]" + TOKEN + rb"++)(;rport)?+)"
)

# Header fields that the answer does not depend on. Those it does depend on may not be among them,
# however they are spelt, nor a Supported that may say histinfo; of Max-Forwards there is one at
# most (RFC 4475 section 3.3.8). All but the last lines only spare the most frequent of the others
# the look ahead.
_OTHERS: Final = rb"""(?:
    (?: [ABDEGJN-RUWX-Zabdegjn-ruwx-z][A-Za-z0-9\-]*+
      | Max-Forwards | Contact | Content-Type
      | S (?![Uu][Pp]) [A-Za-z0-9\-]*+
      | Supported (?= :[^\r\nHh]*+(?:[Hh](?![Ii][Ss])[^\r\nHh]*+)*+\r )
      | (?! (?i: v | via | f | from | t | to | i | call-id | cseq | max-forwards
               | l | content-length | k | supported | history-info ) : ) [A-Za-z0-9\-]++
    ) :[^\r\n]*+\r\n )*?"""
_ADDRESS: Final = (
    rb"""(?: "[^"\\\r\n]*+"\ ?+ | [A-Za-z0-9.!%*_+`'~\- ]*+ )"""
    rb"""<[A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20\x7f<>"]++>"""
)
_INVITE: Final = re.compile(
    rb"(?x) INVITE\ (sip:\+([0-9]{2,32})@(" + _HOST_PORT + rb")"
    rb"(?:;user=phone|;transport=[A-Za-z]++)*+)\ SIP/2\.0\r\n" + _OTHERS
    + _VIA + rb"((?:\r\nVia:\ [!-~](?:[^\r\n]*+(?<![ \t\x0b\x0c]))?)*+)\r\n" + _OTHERS
    + rb"From:[ \t]*+(" + _ADDRESS + rb";tag=(" + TOKEN + rb"++))\r\n" + _OTHERS
    + rb"To:[ \t]*+(" + _ADDRESS + rb")\r\n" + _OTHERS
    + rb"Call-ID:[ \t]*+([!-~\x80-\xff]++)\r\n" + _OTHERS
    + rb"CSeq:[ \t]*+((0|[1-9][0-9]{0,8})\ INVITE)\r\n" + _OTHERS
    + rb"(?:Content-Length:[ \t]*+([0-9]{1,5})\r\n" + _OTHERS + rb")?\r\n"
)  # fmt: skip
_VIA_AT, _RPORT_BEFORE, _RPORT_AFTER = 4, 6, 8
"""Groups of that pattern: the topmost Via, and where `rport` may stand in it."""

_SENT_BY_IN_ACK, _BRANCH_IN_ACK = 2, 4
_ACK: Final = re.compile(rb"(?x) ACK\ [^\r\n]*+\r\n" + _VIA + rb"(?: , | \r\n(?![ \t]))")

# What stands behind a URI in a Contact, by its q in hundredths.
_Q: Final = tuple(b">;q=0.%d" % q_percent for q_percent in range(100))


@dataclass(frozen=True, slots=True)
class _SentBy:
    """What a sent-by says."""

    lower: bytes
    """All of it in lower case: what tells transactions apart."""
    host: bytes
    port: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What holds for calls from one source."""

    peer: Peer
    host: bytes
    """Its address, as it stands in `received`."""
    targets: PlainTargets | None
    """None where no call from there is plain."""


class SipHotPath:
    """Redirects plain calls, and takes plain ACKs."""

    def __init__(
        self,
        peers: Peers,
        published: FetchPublished,
        responder: Responder,
        limiter: Limiter,
        events: dict[str, int],
    ) -> None:
        """Serve *peers* from what is *published*; share the rest with the general path."""
        self._peers = peers
        self._published = published
        self._responder = responder
        self._transactions = responder.transactions
        self._hasher = responder.hasher
        self._limiter = limiter
        self._events = events
        self._plans: dict[str, _Plan] = {}
        self._sent_bys: dict[bytes, _SentBy] = {}
        self._homes: dict[bytes, bytes] = {}
        """What follows the number in lower-case URIs of those hosts and ports."""

    def answer(self, octets: bytes, source: Source, now_s: float) -> bytes | None:
        """Return what goes back to where *octets* came from: b"" for silence, None to decline.

        Raises:
            Exception: whatever reading what is published raises over a torn index: decline, too.
        """
        if octets[:4] == b"ACK ":
            return self._acknowledge(octets, now_s)
        plan = self._plans.get(source.host) or self._plan(source)
        # Who is no plain peer is not to cost a look at its octets.
        if plan.targets is None or (found := _INVITE.match(octets)) is None:
            return None
        peer = plan.peer
        if peer.rate is None:
            return self._redirect(found, plan, source, now_s)
        bucket = bucket_of(peer, source)
        if not self._limiter.spare(bucket, peer.rate, now_s):
            return None
        reply = self._redirect(found, plan, source, now_s)
        if reply is not None:
            self._limiter.take(bucket, peer.rate, now_s)
        return reply

    def _redirect(
        self, found: re.Match[bytes], plan: _Plan, source: Source, now_s: float
    ) -> bytes | None:
        """Return the answer to the INVITE that was *found*, its transaction begun."""
        # fmt: off
        (uri, digits, home, via, sent_by, before, branch, after, vias,
         caller, from_tag, callee, call_id, cseq, sequence, length) = found.groups()
        # fmt: on
        octets, peer = found.string, plan.peer
        assert plan.targets is not None  # `answer` has looked
        sender = self._sent_bys.get(sent_by) or self._sent_by(sent_by)
        if (
            sender is None
            or (length is not None and int(length) > len(octets) - found.end())
            or octets.count(b"Max-Forwards:") > 1
            or not (before or after or peer.force_rport or sender.port == source.port)
            or len(digits) > peer.dial_plan.max_digits
            or not (at_home := self._homes.get(home) or self._home(home))
            or (body := self._published(digits)) is None
            or (targets := plan.targets.of(body, digits)) is None
        ):
            return None
        branch = branch.lower()
        if before or after:
            at = found.end(_RPORT_BEFORE if before else _RPORT_AFTER) - found.start(_VIA_AT)
            via = b"%b=%d%b;received=%b" % (via[:at], source.port, via[at:], plan.host)
        elif branch.find(b"received") > 0:
            return None  # the general path looks closer wherever that word stands
        elif sender.host != plan.host:
            via = b"%b;received=%b" % (via, plan.host)
        contacts = b", ".join([b"<" + uri + _Q[q_percent] for uri, q_percent in targets.items()])
        # The Request-URI is no Contact; RFC 3261 section 19.1.4: only an escape makes users alike
        # that are not written alike. `find`, because `in` first asks whether this is a number.
        if contacts.lower().find(digits + at_home) >= 0:
            return None
        tag = keyed_tag(self._hasher, (call_id, from_tag, sequence, uri, branch))
        status = peer.redirect_status if len(targets) > 1 else 302
        # fmt: off
        reply = b"".join((
            STATUS_LINES[status], via, vias,
            b"\r\nFrom: ", caller, b"\r\nTo: ", callee, b";tag=", tag,
            b"\r\nCall-ID: ", call_id, b"\r\nCSeq: ", cseq,
            b"\r\nContact: ", contacts, b"\r\nContent-Length: 0\r\n\r\n",
        ))
        # fmt: on
        key = invite_key(branch, sender.lower)
        if len(reply) > MTU_OCTETS or not self._transactions.open_answered(
            key, source.back, source.host, reply, now_s
        ):
            return None
        self._responder.responses[status] += 1
        return reply

    def _acknowledge(self, octets: bytes, now_s: float) -> bytes | None:
        """Take an ACK, of which nothing but the topmost Via has to be right."""
        if len(octets) > LONGEST_OCTETS or (found := _ACK.match(octets)) is None:
            return None
        sent_by, branch = found.group(_SENT_BY_IN_ACK, _BRANCH_IN_ACK)
        sender = self._sent_bys.get(sent_by) or self._sent_by(sent_by)
        if sender is None:
            return None
        key = invite_key(branch.lower(), sender.lower)
        known = self._transactions.acknowledge_invite(key, now_s)
        self._events["acknowledged" if known else "stray-ack"] += 1
        return b""

    def _plan(self, source: Source) -> _Plan:
        """Find out what holds for calls from *source*."""
        peer = self._peers.of(source)
        plain = peer.allowed and peer.stateful and peer.digest is None
        targets = PlainTargets(peer.routing) if plain else None
        if len(self._plans) >= _REMEMBERED:
            self._plans.clear()
        plan = self._plans[source.host] = _Plan(peer, source.host.encode(), targets)
        return plan

    def _sent_by(self, octets: bytes) -> _SentBy | None:
        """Return what the sent-by *octets* says, or None if it takes a closer look."""
        found = _SENT_BY.fullmatch(octets.lower())
        if found is None or b"received" in found[0]:
            return None
        if len(self._sent_bys) >= _REMEMBERED:
            self._sent_bys.clear()
        said = self._sent_bys[octets] = _SentBy(found[0], found[1], int(found[2] or 5060))
        return said

    def _home(self, octets: bytes) -> bytes:
        """Return what follows a user at the host and port *octets*, empty if they are none.

        That is the host in lower case, the "@" before it.
        """
        try:
            uri = SipUri(f"sip:{octets.decode()}")
        except BadUri:
            return b""
        if len(self._homes) >= _REMEMBERED:
            self._homes.clear()
        at_home = self._homes[octets] = f"@{uri.host.lower()}".encode()
        return at_home
