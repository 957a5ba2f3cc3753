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
from typing import Final, NamedTuple

from enumd.errors import BadUri
from enumd.routing.plain import PlainTargets
from enumd.sip.peer import Peer, Peers, bucket_of
from enumd.sip.rate import Limiter
from enumd.sip.reply import STATUS_LINES, keyed_tag
from enumd.sip.responder import MTU_OCTETS, Responder
from enumd.sip.syntax import TOKEN
from enumd.sip.transactions import invite_key
from enumd.sip.transport import Source
from enumd.sip.uri import SipUri
from enumd.sip.via import LONGEST_OCTETS

Published = Callable[[bytes], bytes | None]
"""Gives the answer published at a number of these digits: the count of its records in two octets,
then the records. None unless it is NAPTRs alone, good at any time, and nothing else is known."""

_REMEMBERED: Final = 65_536
"""How many sources, and how many hosts that calls are for, keep what was found out about them."""

_PORT: Final = rb"(?:[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|[1-9][0-9]{0,3})"
_HOST: Final = rb"[A-Za-z0-9\-]++(?:\.[A-Za-z0-9\-]++)*+"
_VIA: Final = (
    rb"Via:[ \t]*+(SIP/2\.0/UDP\ ((" + _HOST + rb")(?::(" + _PORT + rb"))?+)(;rport)?+"
    rb";branch=([Zz]9[Hh][Gg]4[Bb][Kk]" + TOKEN + rb"++)(;rport)?+)"
)

# Header fields that the answer does not depend on. Those it does depend on may not be among them,
# however they are spelt; of Max-Forwards there is one at most (RFC 4475 section 3.3.8).
_OTHERS: Final = rb"""(?:
    (?: [ABDEGHJKN-SUWX-Zabdeghjkn-suwx-z][A-Za-z0-9\-]*+
      | Max-Forwards
      | (?! (?i: v | via | f | from | t | to | i | call-id | cseq | max-forwards
               | l | content-length ) : ) [A-Za-z0-9\-]++
    ) :[^\r\n]*+\r\n )*?"""
_ADDRESS: Final = (
    rb"""(?: "[^"\\\r\n]*+"\ ?+ | [A-Za-z0-9.!%*_+`'~\- ]*+ )"""
    rb"""<[A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20\x7f<>"]++>"""
)
_INVITE: Final = re.compile(
    rb"(?x) INVITE\ (sip:\+([0-9]{2,32})@((" + _HOST + rb")(?::" + _PORT + rb")?+)"
    rb"(?:;user=phone|;transport=[A-Za-z]++)*+)\ SIP/2\.0\r\n" + _OTHERS
    + _VIA + rb"((?:\r\nVia:\ [!-~](?:[^\r\n]*+(?<![ \t\x0b\x0c]))?)*+)\r\n" + _OTHERS
    + rb"From:[ \t]*+(" + _ADDRESS + rb";tag=(" + TOKEN + rb"++))\r\n" + _OTHERS
    + rb"To:[ \t]*+(" + _ADDRESS + rb")\r\n" + _OTHERS
    + rb"Call-ID:[ \t]*+([!-~\x80-\xff]++)\r\n" + _OTHERS
    + rb"CSeq:[ \t]*+((0|[1-9][0-9]{0,8})\ INVITE)\r\n" + _OTHERS
    + rb"(?:Content-Length:[ \t]*+([0-9]{1,5})\r\n" + _OTHERS + rb")?\r\n"
)  # fmt: skip
_VIA_AT, _RPORT_BEFORE, _RPORT_AFTER = 5, 9, 11
"""Groups of that pattern: the topmost Via, and where `rport` may stand in it."""

_ACK: Final = re.compile(rb"(?x) ACK\ [^\r\n]*+\r\n" + _VIA + rb"(?: , | \r\n(?![ \t]))")

_Q: Final = tuple(b">;q=0.%d" % q_percent for q_percent in range(100))

_REPLY: Final = (
    b"%b%b%b\r\nFrom: %b\r\nTo: %b;tag=%b\r\nCall-ID: %b\r\nCSeq: %b\r\nContact: %b\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class _Plan(NamedTuple):
    """What holds for calls from one source."""

    peer: Peer
    host: bytes
    """Its address, as it stands in `received`."""
    targets: PlainTargets | None
    """None where no call from there is plain."""


class HotPath:
    """Redirects plain calls, and takes plain ACKs."""

    def __init__(
        self, peers: Peers, responder: Responder, limiter: Limiter, events: dict[str, int]
    ) -> None:
        """Serve *peers*; share transactions, counters and buckets with the general path."""
        self._peers = peers
        self._responder = responder
        self._transactions = responder.transactions
        self._limiter = limiter
        self._events = events
        self._plans: dict[str, _Plan] = {}
        self._homes: dict[bytes, bytes] = {}
        """What follows the number in lower-case URIs of those hosts and ports."""

    def answer(
        self, octets: bytes, source: Source, published: Published, now_s: float
    ) -> bytes | None:
        """Return what goes back to where *octets* came from: b"" for silence, None to decline.

        Raises:
            Exception: whatever *published* raises over a torn index: decline, too.
        """
        if octets.startswith(b"ACK "):
            return self._acknowledge(octets, now_s)
        plan = self._plans.get(source.host) or self._plan(source)
        # Who is no plain peer is not to cost a look at its octets.
        if plan.targets is None or (found := _INVITE.match(octets)) is None:
            return None
        peer = plan.peer
        if peer.rate is None:
            return self._redirect(found, plan, source, published, now_s)
        bucket = bucket_of(peer, source)
        if not self._limiter.spare(bucket, peer.rate, now_s):
            return None
        reply = self._redirect(found, plan, source, published, now_s)
        if reply is not None:
            self._limiter.take(bucket, peer.rate, now_s)
        return reply

    def _redirect(
        self,
        found: re.Match[bytes],
        plan: _Plan,
        source: Source,
        published: Published,
        now_s: float,
    ) -> bytes | None:
        """Return the answer to the INVITE that was *found*, its transaction begun."""
        # fmt: off
        (uri, digits, home, host, via, sent_by, sender, port, before, branch, after, vias,
         caller, from_tag, callee, call_id, cseq, sequence, length) = found.groups()
        # fmt: on
        octets, (peer, here, plain) = found.string, plan
        assert plain is not None  # `answer` has looked
        key = invite_key(branch := branch.lower(), sent_by.lower())
        if (
            (length is not None and int(length) > len(octets) - found.end())
            or octets.count(b"Max-Forwards:") > 1
            or not (before or after or peer.force_rport or int(port or 5060) == source.port)
            or len(digits) > peer.dial_plan.max_digits
            or not (at_home := self._homes.get(home) or self._home(home, host))
            or not self._transactions.has_room(key, source.host)
            or (body := published(digits)) is None
            or (targets := plain.of(body, digits)) is None
        ):
            return None
        if before or after:
            at = found.end(_RPORT_BEFORE if before else _RPORT_AFTER) - found.start(_VIA_AT)
            via = b"%b=%d%b;received=%b" % (via[:at], source.port, via[at:], here)
        elif via.lower().find(b"received") > 0:
            return None
        elif sender.lower() != here:
            via = b"%b;received=%b" % (via, here)
        contacts = b", ".join([b"<" + uri + _Q[q_percent] for uri, q_percent in targets])
        tag = keyed_tag(self._responder.secret, (call_id, from_tag, sequence, uri, branch))
        status = peer.redirect_status if len(targets) > 1 else 302
        reply = _REPLY % (
            STATUS_LINES[status], via, vias, caller, callee, tag, call_id, cseq, contacts
        )  # fmt: skip
        if len(reply) > MTU_OCTETS or _may_be_asked(digits, at_home, contacts):
            return None
        self._transactions.open_answered(key, source.back, source.host, reply, now_s)
        self._responder.responses[status] += 1
        return reply

    def _acknowledge(self, octets: bytes, now_s: float) -> bytes | None:
        """Take an ACK, of which nothing but the topmost Via has to be right."""
        found = _ACK.match(octets)
        if found is None or len(found[1]) > LONGEST_OCTETS:
            return None
        key = invite_key(found[6].lower(), found[2].lower())
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

    def _home(self, home: bytes, host: bytes) -> bytes:
        """Return what follows the user in URIs for *host*; empty if *home* cannot be in one.

        *home* is that host, and the port where there is one.
        """
        try:
            SipUri(f"sip:{home.decode()}")
        except BadUri:
            return b""
        if len(self._homes) >= _REMEMBERED:
            self._homes.clear()
        at_home = self._homes[home] = b"@" + host.lower()
        return at_home


def _may_be_asked(digits: bytes, at_home: bytes, contacts: bytes) -> bool:
    """Tell whether the Request-URI for *digits* may be among *contacts*.

    RFC 3261 section 19.1.4: only an escape makes two users alike that are not written alike.
    `find`, because `in` would first ask whether what it looks for is a number.
    """
    return contacts.find(b"%") >= 0 or contacts.lower().find(digits + at_home) >= 0
