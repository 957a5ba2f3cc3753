"""What was learnt from the DNS, for as long as it may be used (RFC 1035 3.2.1, RFC 2308)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Final

import dns.name

from enumd.core.ddds import Failed, LookupResult, RecordsFound

LONGEST_S: Final = 86_400
"""No answer is kept longer than a day, whatever its TTL."""

LONGEST_NEGATIVE_S: Final = 10_800
"""Nor is a "no" kept longer than three hours (RFC 2308 section 5)."""

FAILURE_S: Final = 1
"""For so long a failure is not tried again; five minutes are allowed (RFC 2308 section 7)."""


class Remembered:
    """The results of look-ups, at most so many; the one that was not wanted longest goes first."""

    def __init__(self, entries: int) -> None:
        """Keep at most that many *entries*; with 0, none."""
        self._entries = entries
        self._kept: OrderedDict[dns.name.Name, tuple[LookupResult, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are kept, among them those whose time is up and nobody asked for."""
        return len(self._kept)

    def get(self, owner: dns.name.Name, now_s: float) -> LookupResult | None:
        """Return what is known of *owner*, with the TTL that is left, or None."""
        if (kept := self._kept.get(owner)) is None:
            return None
        result, until_s = kept
        if now_s >= until_s:
            del self._kept[owner]
            return None
        self._kept.move_to_end(owner)
        return result if isinstance(result, Failed) else replace(result, ttl_s=int(until_s - now_s))

    def put(self, owner: dns.name.Name, result: LookupResult, now_s: float) -> None:
        """Keep *result* for as long as it may be used."""
        self._kept.pop(owner, None)
        if not (self._entries and (for_s := _for_s(result))):
            return
        self._kept[owner] = (result, now_s + for_s)
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)


def _for_s(result: LookupResult) -> int:
    """Return how many seconds *result* may be used."""
    if isinstance(result, Failed):
        return FAILURE_S
    return min(result.ttl_s, LONGEST_S if isinstance(result, RecordsFound) else LONGEST_NEGATIVE_S)
