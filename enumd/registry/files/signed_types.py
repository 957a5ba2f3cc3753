"""Record types that say something of one signed copy of a zone, and not of the zone.

Whoever signs a zone makes them anew, and those of another copy would contradict what we answer. So
a dump of a signed zone is taken without them.
"""

from __future__ import annotations

from typing import Final

import dns.rdatatype

_SIGNER_STATE: Final = 65534
"""TYPE65534, with which BIND remembers at the apex how far it has signed a zone."""

_MADE_ANEW: Final = frozenset(
    int(dns.rdatatype.from_text(name))
    for name in (
        *("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD"),
        *("SIG", "KEY", "NXT", "TYPE65534"),
    )
)


def is_made_anew(rrtype: int, *, at_apex: bool) -> bool:
    """Tell whether a record of *rrtype* is left out of what a file says of a zone.

    RFC 4034, RFC 5155, RFC 7344, RFC 8976, and their predecessors of RFC 2535.
    """
    return rrtype in _MADE_ANEW and (at_apex or rrtype != _SIGNER_STATE)
