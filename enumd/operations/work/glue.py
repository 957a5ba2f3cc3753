"""The addresses of name servers that are inside the zone they serve."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from enumd.core.apex import parse_name
from enumd.core.rrset import RRset, RRType
from enumd.operations.zone import NameServer
from enumd.registry import records
from enumd.registry.changes import Change
from enumd.registry.schema import ZoneRow


def put_addresses(change: Change, row: ZoneRow, servers: Sequence[NameServer]) -> None:
    """Put the addresses that *servers* bring into the zone, as glue."""
    for server in servers:
        for rrset in _addresses(server.addresses, row.ttl_s):
            records.put(change, row, parse_name(server.name), rrset)


def _addresses(texts: Iterable[str], ttl_s: int) -> list[RRset]:
    """Return address records, an RRset for IPv4 and one for IPv6 where there are any."""
    packed = [ipaddress.ip_address(text).packed for text in texts]
    kinds = ((RRType.A, 4), (RRType.AAAA, 16))
    sets = [(kind, tuple(one for one in packed if len(one) == size)) for kind, size in kinds]
    return [RRset(kind, ttl_s, rdatas) for kind, rdatas in sets if rdatas]
