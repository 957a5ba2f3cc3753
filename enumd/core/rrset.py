"""Resource records as values: a type, a TTL and uncompressed RDATA."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAX_TTL_S: Final = (1 << 31) - 1
"""RFC 2181 section 8: a TTL is an unsigned number of seconds up to 2**31 - 1."""


class RRType(IntEnum):
    """The types this software gives a meaning; all others are opaque octets (RFC 3597)."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    TXT = 16
    AAAA = 28
    SRV = 33
    NAPTR = 35
    DNAME = 39
    OPT = 41
    DS = 43
    RRSIG = 46
    NSEC = 47
    DNSKEY = 48
    IXFR = 251
    AXFR = 252
    ANY = 255


@dataclass(frozen=True, slots=True)
class RRset:
    """All records of one type at one owner name (RFC 2181 section 5): class IN, one TTL.

    *rdatas* are RDATA octets with every name in them uncompressed (RFC 3597 section 4), in the
    order they go on the wire.
    """

    rrtype: int
    ttl_s: int
    rdatas: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Refuse an empty or repeating set, a TTL or RDATA that does not fit its field."""
        if not 0 <= self.ttl_s <= MAX_TTL_S:
            raise ValueError(f"TTL {self.ttl_s} does not fit 31 bits")
        if not 0 < self.rrtype < 1 << 16:
            raise ValueError(f"type {self.rrtype} does not fit 16 bits")
        if not self.rdatas or len(set(self.rdatas)) != len(self.rdatas):
            raise ValueError("an RRset has at least one record and none twice")
        if max(map(len, self.rdatas)) >= 1 << 16:
            raise ValueError("RDATA is longer than 65535 octets")
