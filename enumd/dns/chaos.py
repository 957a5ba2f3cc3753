"""Class CHAOS: what a server tells of itself (RFC 4892 section 2).

Four names are known, each with one TXT record: `version.bind` and `version.server` say which
program this is, `id.server` and `hostname.bind` which of its servers. Which of them are told is up
to the operator; what is not told is refused, as is all else of that class.
"""

from __future__ import annotations

from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.dns.chase import DnsResolution, Placed
from enumd.dns.outcome import DnsOutcome
from enumd.dns.wire import CLASS_CHAOS

VERSION: Final = frozenset({b"\7version\4bind\0", b"\7version\6server\0"})
IDENTITY: Final = frozenset({b"\2id\6server\0", b"\x08hostname\4bind\0"})


def tell(qname: bytes, qtype: int, version: bytes, identity: bytes) -> DnsResolution:
    """Return what is told at *qname*: *version* and *identity*, each unless it is empty."""
    name = qname.lower()
    text = version if name in VERSION else identity if name in IDENTITY else b""
    if not text or qtype not in (RRType.TXT, RRType.ANY):
        return DnsResolution(DnsOutcome.REFUSED)
    # No cache is to keep what only this server can know.
    rrset = RRset(RRType.TXT, 0, (bytes([len(text)]) + text,))
    return DnsResolution(DnsOutcome.HIT, (Placed(qname, rrset),), rrclass=CLASS_CHAOS)
