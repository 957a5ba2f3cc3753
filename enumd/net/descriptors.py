"""Open files: as many as the system allows, and how connections share them out."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Final

RESERVED: Final = 40
"""What a process needs besides connections: its listeners, the index, the log, look-ups."""

METRICS: Final = 20
"""Connections to /metrics at once."""

MOST: Final = 1 << 20
"""Where the system knows no limit."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many connections each service of one process may have at once."""

    limit: int
    """Open files a process may have."""
    dns: int
    sip: int

    @classmethod
    def of(cls, limit: int, dns: int, sip: int) -> Shares:
        """Return what there is for *dns* and *sip* connections, as many as that if there is room.

        >>> Shares.of(1024, 150, 1000)
        Shares(limit=1024, dns=125, sip=839)
        """
        room = max(2, limit - RESERVED - METRICS)
        if dns + sip <= room:
            return cls(limit, dns, sip)
        # Whoever has any has one at least, and the other the rest.
        share = max(min(1, dns), room * dns // (dns + sip))
        share = min(share, room - min(1, sip))
        return cls(limit, share, min(sip, room - share))


def raise_limit() -> int:
    """Allow this process and its children as many open files as it may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """Return how many open files this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft
