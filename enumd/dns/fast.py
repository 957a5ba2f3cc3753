"""The hot path: the questions real traffic is made of, answered in one pass.

`Authority.respond` alone says what is right. What is here gives the very same octets for the plain
cases and declines (None) everything else; `tests/dns/test_fast.py` holds the two equal.

Plain is one question for NAPTR, A, AAAA or NS at a name made of digits below an apex of ours, with
no OPT or one that carries nothing or a client cookie: one regular expression says all that. And
plain is an answer of NAPTRs alone, an empty non-terminal or nothing, none of them about to expire:
the flags octet of the values says that.

Rule for this file: nothing the reply does not need, and nothing the property test does not cover.
"""

from __future__ import annotations

import re
from binascii import hexlify, unhexlify
from dataclasses import dataclass
from typing import Final

from enumd.dns.chase import negative_soa
from enumd.dns.edns import SMALLEST_PAYLOAD_OCTETS, opt_record
from enumd.dns.outcome import Outcome
from enumd.dns.reply import Body
from enumd.index.keys import INNER_STAR
from enumd.index.layout import Flag, Zone
from enumd.index.reader import Snapshot
from enumd.index.view import NO_ROW, Row, ZoneView

COUNTED: Final = (Outcome.HIT, Outcome.WILDCARD, Outcome.NODATA, Outcome.ENT, Outcome.NXDOMAIN)
"""The outcomes this path has; `HotPath.counts` counts them in this order."""

_DECLINED, _HIT, _WILDCARD, _NODATA, _ENT, _NXDOMAIN = range(-1, len(COUNTED))

# Digits as they stand in the labels, to the nibbles of a key: `layout.pack_digits` for octets.
_NIBBLES: Final = bytes.maketrans(b"0123456789", b"123456789a")
_STAR_NIBBLE: Final = b"b"

# Octets 2 and 3 of a plain query: RD or not; AD, CD, both or neither. Any other bit is for the
# general path. The reply: QR, AA, RD and CD as they came (RFC 4035 section 3), one question.
_FLAGS: Final = {
    bytes((rd, ad | cd)): tuple(bytes((0x84 | rd, cd | rcode, 0, 1)) for rcode in (0, 3))
    for rd in (0, 1)
    for ad in (0, 0x20)
    for cd in (0, 0x10)
}

_PLAIN: Final = rb"""(?sx)
    .. [\x00\x01] [\x00\x10\x20\x30]            # ID; QUERY, RD; AD, CD
    \x00\x01 \x00\x00 \x00\x00 \x00(?:\x00|(\x01))  # one question, perhaps one additional record
    ((?:\x01[0-9])+?)                           # digits
    ((?i:APEXES))                               # the apex, the longest first
    (\x00[\x01\x02\x1c\x23] \x00\x01)           # A, NS, AAAA or NAPTR; IN
    (?(1) \x00\x00\x29 (..) \x00\x00 ([\x00\x80]) \x00    # OPT: payload size, version 0, DO
        (?: \x00\x00 | \x00\x0c \x00\x0a \x00\x08 .{8} )  # no option, or a client cookie
    ) \Z"""

_NAPTR_IN: Final = b"\x00\x23\x00\x01"
_EMPTY: Final = b"\0\0"
"""The body of a name that exists and owns nothing."""

_COMPRESSED: Final = int(Flag.COMPRESSED)
_UNSURE: Final = int(Flag.NOT_AFTER | Flag.MIXED)  # CUT comes with MIXED

# The counts behind QDCOUNT: authority and additional after ANCOUNT, or all three.
_NOTHING_ELSE: Final = b"\0\0\0\0"
_OPT_ONLY: Final = b"\0\0\0\1"
_SOA_ONLY: Final = b"\0\0\0\1\0\0"
_SOA_AND_OPT: Final = b"\0\0\0\1\0\1"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What stays the same until the next publication."""

    edition: object
    pattern: re.Pattern[bytes]
    denials: dict[bytes, _Denials]
    """For each apex its SOA as a negative answer quotes it."""


class HotPath:
    """Answers plain queries from a snapshot; `counts` says how many of each outcome."""

    def __init__(self, udp_payload_max: int) -> None:
        """Reply with at most *udp_payload_max* octets, and say so in every OPT."""
        self.counts = [0] * len(COUNTED)
        self.payload_max = udp_payload_max
        self.opts: dict[bytes | None, bytes] = {
            None: b"",
            b"\x00": opt_record(udp_payload_max, 0, do=False),
            b"\x80": opt_record(udp_payload_max, 0, do=True),
        }
        self._plan: _Plan | None = None

    def over(self, snapshot: Snapshot) -> Burst:
        """Return what answers a burst of queries from *snapshot*."""
        plan = self._plan
        if plan is None or plan.edition != snapshot.edition:
            plan = self._plan = _make_plan(snapshot)
        return Burst(self, plan, snapshot)


class Burst:
    """Answers the queries of one burst, all from one snapshot."""

    __slots__ = ("_counts", "_denials", "_match", "_opts", "_payload_max", "_zones")

    def __init__(self, path: HotPath, plan: _Plan, snapshot: Snapshot) -> None:
        """Answer from *snapshot* after *plan*."""
        self._counts = path.counts
        self._opts = path.opts
        self._payload_max = path.payload_max
        self._match = plan.pattern.match
        self._denials = plan.denials
        self._zones = snapshot.zones

    def answer(self, query: bytes) -> bytes | None:
        """Return the reply, or None where the general path has to give it.

        A torn index raises whatever LMDB, zstd or a look-up raises: ask the general path then, too.
        """
        found = self._match(query)
        if found is None:
            return None
        _, labels, name, kind, payload, do = found.groups()
        apex = name.lower()
        outcome, body = _find(self._zones[apex], labels[::-2].translate(_NIBBLES), kind)
        if outcome <= _WILDCARD:
            if outcome == _DECLINED:
                return None
            counts = body[:2] + (_OPT_ONLY if do else _NOTHING_ELSE)
            records = body[2:]
        else:
            counts = _SOA_AND_OPT if do else _SOA_ONLY
            records = self._denials[apex][len(labels)]
            if not records:
                return None
        reply = b"".join(
            (
                query[:2],
                _FLAGS[query[2:4]][outcome == _NXDOMAIN],
                counts,
                query[12 : found.end(4)],
                records,
                self._opts[do],
            )
        )
        if len(reply) > SMALLEST_PAYLOAD_OCTETS and len(reply) > self._room(payload):
            return None
        self._counts[outcome] += 1
        return reply

    def _room(self, payload: bytes | None) -> int:
        """Return how long a reply may be for a client that announces *payload*."""
        announced = int.from_bytes(payload, "big") if payload else SMALLEST_PAYLOAD_OCTETS
        return min(announced, self._payload_max)


def _make_plan(snapshot: Snapshot) -> _Plan:
    """Return the plan for the zones of *snapshot*."""
    zones = [view.zone for view in snapshot.zones.values()]
    apexes = sorted((re.escape(zone.apex) for zone in zones), key=len, reverse=True)
    # Without zones nothing may match: "(?!)" never does.
    pattern = _PLAIN.replace(b"APEXES", b"|".join(apexes) or b"(?!)")
    return _Plan(
        snapshot.edition, re.compile(pattern), {zone.apex: _Denials(zone) for zone in zones}
    )


class _Denials(dict[int, bytes]):
    """The SOA record of a zone's negative answers, by how many octets of digits the question has.

    It differs in its compression pointers alone. None is there, but an empty record, where a name
    in it may end in digits of the question.
    """

    def __init__(self, zone: Zone) -> None:
        """Make none yet: a zone is asked for names of a few lengths."""
        self._soa = negative_soa(zone)
        below = rb"\x01[0-9]" + re.escape(zone.apex)
        self._digits = re.search(b"(?i)" + below, self._soa.rrset.rdatas[0])

    def __missing__(self, octets: int) -> bytes:
        """Make the record for questions with so many *octets* before the apex."""
        question = b"\x01x" * (octets // 2) + self._soa.owner + bytes(4)
        body = Body(question)
        body.add(self._soa)
        found = self[octets] = b"" if self._digits else bytes(body.octets[len(question) :])
        return found


def _find(view: ZoneView, nibbles: bytes, kind: bytes) -> tuple[int, bytes]:
    """Return the outcome for the name with these nibbles, and the body of what it owns."""
    key = _key(nibbles)
    if kind == _NAPTR_IN:
        value = view.get_raw(key)
        after = None
    else:
        # Whoever asks for A or NS walks down to a number: an empty non-terminal, nearly always.
        after = view.at_or_after(key)
        value = after[1] if after[0] == key else None
    outcome = _HIT
    if value is None:
        outcome, value = _absent(view, nibbles, key, after)
        if value is None:
            return outcome, b""
    flags = value[0]
    if flags == _COMPRESSED:
        body = view.inflaters[value[1]](value[2:])
    elif flags == 0:
        body = value[1:]
    else:
        return _DECLINED, b""
    return (outcome if kind == _NAPTR_IN and body != _EMPTY else _NODATA), body


def _absent(
    view: ZoneView, nibbles: bytes, key: bytes, after: Row | None
) -> tuple[int, bytes | None]:
    """Return the outcome for a name that is not there, and the wildcard's value where one matches.

    Its neighbours in order decide: a next name below it makes it an empty non-terminal; the
    longer prefix it shares with one of them is the closest encloser (RFC 4592 section 3.3.1).
    """
    plain = view.plain
    if not plain:
        after = next(view.after(key), NO_ROW)
    elif after is None:
        after = view.at_or_after(key)
    above = hexlify(after[0])
    if above.startswith(nibbles):
        return (_DECLINED if after[1][0] & _UNSURE else _ENT), None
    if plain:
        return _NXDOMAIN, None
    before = next(view.before(key), NO_ROW)
    # Beside a name that may end, or that may cut, redirect or hide others, look again with care.
    if (after[1][0] | before[1][0]) & _UNSURE:
        return _DECLINED, None
    shared = max(_common(nibbles, above), _common(nibbles, hexlify(before[0])))
    encloser = nibbles[:shared]
    value = view.get_raw(_key(encloser + _STAR_NIBBLE))
    if value is not None:
        return _WILDCARD, value
    inner = encloser + INNER_STAR
    hidden = hexlify(next(view.after(_key(inner)), NO_ROW)[0]).startswith(inner)
    return (_DECLINED if hidden else _NXDOMAIN), None


def _key(nibbles: bytes) -> bytes:
    """Return the key of a name from its nibbles, in hexadecimal."""
    return unhexlify(nibbles + b"0" if len(nibbles) & 1 else nibbles)


def _common(one: bytes, other: bytes) -> int:
    """Return how many nibbles two names have in common from the apex down."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))
