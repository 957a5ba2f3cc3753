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
from dataclasses import dataclass
from typing import Final

from enumd.dns.chase import negative_soa
from enumd.dns.edns import SMALLEST_PAYLOAD_OCTETS, opt_record
from enumd.dns.outcome import DnsOutcome
from enumd.dns.reply import Body
from enumd.index.hot import DECLINED, NXDOMAIN, WILDCARD, find
from enumd.index.layout import Zone
from enumd.index.reader import Snapshot

COUNTED: Final = (
    DnsOutcome.HIT,
    DnsOutcome.WILDCARD,
    DnsOutcome.NODATA,
    DnsOutcome.ENT,
    DnsOutcome.NXDOMAIN,
)
"""The outcomes this path has, in the order of `hot`; `DnsHotPath.counts` counts them so."""

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
    ((?:\x01[0-9])+?)                           # digits, as few as may be
    ((?i:APEXES))                               # so this is the longest apex
    (\x00[\x01\x02\x1c\x23] \x00\x01)           # A, NS, AAAA or NAPTR; IN
    (?(1) \x00\x00\x29 (..) \x00\x00 ([\x00\x80]) \x00    # OPT: payload size, version 0, DO
        (?: \x00\x00 | \x00\x0c \x00\x0a \x00\x08 .{8} )  # no option, or a client cookie
    ) \Z"""

_NAPTR_IN: Final = b"\x00\x23\x00\x01"

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


class DnsHotPath:
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

    def over(self, snapshot: Snapshot) -> HotBurst:
        """Return what answers a burst of queries from *snapshot*."""
        plan = self._plan
        if plan is None or plan.edition != snapshot.edition:
            plan = self._plan = _make_plan(snapshot)
        return HotBurst(self, plan, snapshot)


class HotBurst:
    """Answers the queries of one burst, all from one snapshot."""

    __slots__ = ("_counts", "_denials", "_match", "_opts", "_payload_max", "_views")

    def __init__(self, path: DnsHotPath, plan: _Plan, snapshot: Snapshot) -> None:
        """Answer from *snapshot* after *plan*."""
        self._counts = path.counts
        self._opts = path.opts
        self._payload_max = path.payload_max
        self._match = plan.pattern.match
        self._denials = plan.denials
        self._views = snapshot.views

    def answer(self, query: bytes) -> bytes | None:
        """Return the reply, or None where the general path has to give it.

        A torn index raises whatever LMDB, zstd or a look-up raises: ask the general path then, too.
        """
        found = self._match(query)
        if found is None:
            return None
        _, labels, name, kind, payload, do = found.groups()
        apex = name.lower()
        outcome, body = find(self._views[apex], labels[::-2], kind == _NAPTR_IN)
        if outcome <= WILDCARD:
            if outcome == DECLINED:
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
                _FLAGS[query[2:4]][outcome == NXDOMAIN],
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
    apexes = [re.escape(zone.apex) for zone in zones]
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
