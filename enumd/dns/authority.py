"""The way in: octets of a query to octets of its reply. Total, and the specification of both.

Any octets give a `Reply`; its octets are None where silence is the answer. Whatever a faster path
answers must be, octet for octet, what this one answers.

Decisions that no other module here documents: class ANY is answered as IN, without AA, and CHAOS
with what a server may tell of itself; another class is REFUSED, as every zone of ours is IN; AXFR
and IXFR are REFUSED, over UDP and TCP and in or out of our zones alike, so that nothing is learnt
from it; types RFC 6895 reserves for meta-queries are types that no name owns.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from dns.edns import OptionType

from enumd.core.rrset import RRType
from enumd.dns.chaos import tell
from enumd.dns.chase import DnsResolution, resolve
from enumd.dns.edns import SMALLEST_PAYLOAD_OCTETS, Edns, extended_error, nsid, opt_record
from enumd.dns.outcome import DnsOutcome
from enumd.dns.reply import assemble
from enumd.dns.wire import CLASS_ANY, CLASS_CHAOS, CLASS_IN, Query, parse_query
from enumd.errors import (
    BadVersion,
    FormError,
    IndexFault,
    NotAQuery,
    UnknownOpcode,
    WireError,
)
from enumd.index.reader import Snapshot

LONGEST_MESSAGE_OCTETS: Final = 65535
"""RFC 1035 section 4.2.2: the length in front of a message over TCP has two octets."""

LONGEST_STRING_OCTETS: Final = 255
"""RFC 1035 section 3.3: one octet tells how long a string in a TXT record is."""

LONGEST_NSID_OCTETS: Final = 128
"""Keeps header, question and OPT together within 512 octets."""

_FAULTS: Final[dict[type[WireError], DnsOutcome]] = {
    UnknownOpcode: DnsOutcome.NOTIMP,
    FormError: DnsOutcome.FORMERR,
    BadVersion: DnsOutcome.BADVERS,
}


class DnsTransport(Enum):
    """How the query came, which says how long its reply may be."""

    UDP = "udp"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class AuthoritySettings:
    """What an operator may choose."""

    nsid: bytes = b""
    """Names this server to clients that ask (RFC 5001, RFC 4892); none when empty."""
    version: bytes = b""
    """Says to those who ask which program this is (RFC 4892); nothing when empty."""
    udp_payload_max: int = 1232
    """Octets of the longest UDP reply, as agreed for DNS flag day 2020: it is never fragmented."""

    def __post_init__(self) -> None:
        """Refuse what could not be sent."""
        if len(self.nsid) > LONGEST_NSID_OCTETS:
            raise ValueError(f"an NSID of {len(self.nsid)} octets; {LONGEST_NSID_OCTETS} at most")
        if len(self.version) > LONGEST_STRING_OCTETS:
            raise ValueError(f"a version of {len(self.version)} octets; 255 at most")
        if not SMALLEST_PAYLOAD_OCTETS <= self.udp_payload_max <= LONGEST_MESSAGE_OCTETS:
            raise ValueError(f"a UDP payload of {self.udp_payload_max} octets; 512 at least")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send, and what to count."""

    octets: bytes | None
    """The message, or None: send nothing."""
    outcome: DnsOutcome
    rcode: int
    """All twelve bits of the extended response code."""


class Authority:
    """Answers queries from whichever snapshot it is given."""

    def __init__(self, settings: AuthoritySettings) -> None:
        """Keep the settings; there is nothing else to keep between queries."""
        self.settings = settings

    def respond(
        self, octets: bytes, snapshot: Snapshot | None, now_s: int, transport: DnsTransport
    ) -> Reply:
        """Return the reply to *octets* as the zones of *snapshot* are at the second *now_s*.

        Without a snapshot there is no usable index, and every good query gets SERVFAIL.
        """
        try:
            query = parse_query(octets)
        except NotAQuery:
            return Reply(None, DnsOutcome.DROPPED, DnsOutcome.DROPPED.rule.rcode)
        except WireError as error:
            query, resolution = error.heard, DnsResolution(_FAULTS[type(error)])
        else:
            resolution = self._resolve(query, snapshot, now_s)
        opt = self._opt(query.edns, resolution.outcome)
        limit_octets = self._limit_octets(query.edns, transport)
        reply = assemble(query, resolution, opt, limit_octets)
        return Reply(reply, resolution.outcome, resolution.outcome.rule.rcode)

    def _resolve(self, query: Query, snapshot: Snapshot | None, now_s: int) -> DnsResolution:
        """Return where a query that is in order ends."""
        if query.qclass == CLASS_CHAOS:
            return tell(query.qname, query.qtype, self.settings.version, self.settings.nsid)
        if query.qclass not in (CLASS_IN, CLASS_ANY):
            return DnsResolution(DnsOutcome.REFUSED)
        return _resolve(query, snapshot, now_s)

    def _limit_octets(self, edns: Edns | None, transport: DnsTransport) -> int:
        """Return how long the reply may be (RFC 6891 section 6.2.5; RFC 1035 section 4.2.1)."""
        if transport is DnsTransport.TCP:
            return LONGEST_MESSAGE_OCTETS
        if edns is None:
            return SMALLEST_PAYLOAD_OCTETS
        return min(edns.payload_octets, self.settings.udp_payload_max)

    def _opt(self, edns: Edns | None, outcome: DnsOutcome) -> bytes:
        """Return the OPT record of the reply: one to whoever sent one, and to nobody else."""
        if edns is None:
            return b""
        options = b""
        if self.settings.nsid and edns.asks(OptionType.NSID):
            options += nsid(self.settings.nsid)
        if outcome.rule.ede is not None:
            options += extended_error(outcome.rule.ede)
        rcode = outcome.rule.rcode
        return opt_record(self.settings.udp_payload_max, rcode, do=edns.do, options=options)


def _resolve(query: Query, snapshot: Snapshot | None, now_s: int) -> DnsResolution:
    """Return where a query for our class ends."""
    if query.qtype in (RRType.AXFR, RRType.IXFR):
        return DnsResolution(DnsOutcome.PROHIBITED)
    if snapshot is None:
        return DnsResolution(DnsOutcome.SERVFAIL)
    try:
        return resolve(query.qname, query.qtype, snapshot, now_s)
    except (IndexFault, ValueError):  # ValueError: the records of a value are torn
        return DnsResolution(DnsOutcome.SERVFAIL)
