"""Where a look-up ends, and what each end means for the reply.

Every query ends in exactly one `DnsOutcome`. The response code, the AA bit, what stands in the
authority section and the extended error are read from the one table below and from nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from dns.edns import EDECode
from dns.rcode import Rcode


class DnsOutcome(Enum):
    """The closed set of ends."""

    HIT = "hit"
    """The name owns what was asked for, or an alias to follow elsewhere."""
    WILDCARD = "wildcard"
    """The same, synthesised from the `*` below the closest encloser (RFC 4592)."""
    NODATA = "nodata"
    """The name, or the wildcard that matches it, exists and does not own the type."""
    ENT = "ent"
    """The name exists only because others stand below it (RFC 4592 section 2.2.2)."""
    NXDOMAIN = "nxdomain"
    """Nothing exists at or below the name (RFC 8020)."""
    REFERRAL = "referral"
    """The name is at or below a delegation."""
    YXDOMAIN = "yxdomain"
    """A DNAME leads to a name over 255 octets (RFC 6672 section 2.2)."""
    ENDLESS = "endless"
    """Aliases of ours lead in a circle, or a DNAME from one name to the next and on and on."""
    REFUSED = "refused"
    """The name is in no zone of ours, or the class is not IN."""
    PROHIBITED = "prohibited"
    """A zone transfer that no policy allows (RFC 5936 section 5)."""
    FORMERR = "formerr"
    """The octets break RFC 1035, RFC 6891 or RFC 9619."""
    NOTIMP = "notimp"
    """An opcode other than QUERY."""
    BADVERS = "badvers"
    """An EDNS version above 0."""
    SERVFAIL = "servfail"
    """There is no usable index."""
    DROPPED = "dropped"
    """Silence: no header to answer, or itself a response."""

    @property
    def rule(self) -> OutcomeRule:
        """Return what the table says of this outcome."""
        return _RULES[self]


class AuthoritySection(Enum):
    """What stands in the authority section."""

    NOTHING = "nothing"
    SOA = "soa"
    """The SOA of the zone, with the negative TTL (RFC 2308 section 3)."""
    NS = "ns"
    """The NS RRset of the delegation."""


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What one outcome means for the reply."""

    rcode: Rcode
    aa: bool = False
    """RFC 1035 section 4.1.1: also set, whatever the outcome, once an alias of ours is followed."""
    authority: AuthoritySection = AuthoritySection.NOTHING
    ede: EDECode | None = None
    """Extended DNS error (RFC 8914), sent to clients that speak EDNS."""


_RULES: Final = {
    DnsOutcome.HIT: OutcomeRule(Rcode.NOERROR, aa=True),
    DnsOutcome.WILDCARD: OutcomeRule(Rcode.NOERROR, aa=True),
    DnsOutcome.NODATA: OutcomeRule(Rcode.NOERROR, aa=True, authority=AuthoritySection.SOA),
    DnsOutcome.ENT: OutcomeRule(Rcode.NOERROR, aa=True, authority=AuthoritySection.SOA),
    DnsOutcome.NXDOMAIN: OutcomeRule(Rcode.NXDOMAIN, aa=True, authority=AuthoritySection.SOA),
    DnsOutcome.REFERRAL: OutcomeRule(Rcode.NOERROR, authority=AuthoritySection.NS),
    DnsOutcome.YXDOMAIN: OutcomeRule(Rcode.YXDOMAIN, aa=True),
    DnsOutcome.ENDLESS: OutcomeRule(Rcode.SERVFAIL, ede=EDECode.OTHER),
    DnsOutcome.REFUSED: OutcomeRule(Rcode.REFUSED, ede=EDECode.NOT_AUTHORITATIVE),
    DnsOutcome.PROHIBITED: OutcomeRule(Rcode.REFUSED, ede=EDECode.PROHIBITED),
    DnsOutcome.FORMERR: OutcomeRule(Rcode.FORMERR),
    DnsOutcome.NOTIMP: OutcomeRule(Rcode.NOTIMP),
    DnsOutcome.BADVERS: OutcomeRule(Rcode.BADVERS),
    DnsOutcome.SERVFAIL: OutcomeRule(Rcode.SERVFAIL, ede=EDECode.NOT_READY),
    DnsOutcome.DROPPED: OutcomeRule(Rcode.NOERROR),
}
