"""How many requests each source may send: token buckets, time passed in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import Final

MAX_SOURCES: Final = 65_536
"""How many sources are remembered; one forgotten begins again with a full bucket."""


class Allowance(Enum):
    """What to do with a request."""

    PASS = "answer it"
    REFUSE = "answer 503"
    DROP = "be silent"


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and how many at once after a pause."""

    per_s: float
    burst: int

    def __post_init__(self) -> None:
        """Refuse a rate that lets nothing through."""
        if self.per_s <= 0 or self.burst < 1:
            raise ValueError(f"a rate of {self.per_s} a second, {self.burst} at once, is none")


class _Bucket:
    """The tokens of one source: for requests, and for telling it that it has none left."""

    __slots__ = ("rate", "refusals", "requests", "seen_s")

    def __init__(self, rate: Rate, now_s: float) -> None:
        """Begin full."""
        self.rate = rate
        self.requests = self.refusals = float(rate.burst)
        self.seen_s = now_s

    def refill(self, rate: Rate, now_s: float) -> None:
        """Add what came in since the last time, by the *rate* that holds now.

        A clock that goes back adds nothing.
        """
        self.rate = rate
        came, most = max(0.0, now_s - self.seen_s) * rate.per_s, float(rate.burst)
        self.requests = min(most, self.requests + came)
        self.refusals = min(most, self.refusals + came)
        self.seen_s = now_s


class Limiter:
    """The token buckets of all sources.

    What passes takes a token. Without one a request is refused with 503, and refusals have tokens,
    too: whoever goes on regardless is met with silence, before its octets are even looked at.
    """

    def __init__(self, max_sources: int = MAX_SOURCES) -> None:
        """Begin knowing nobody."""
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()
        self._max_sources = max_sources

    def flooding(self, source: Hashable, rate: Rate, now_s: float) -> bool:
        """Tell whether *source* gets nothing now, not even a refusal. Takes no token."""
        bucket = self._buckets.get(source)
        if bucket is None:
            return False
        bucket.refill(rate, now_s)
        return bucket.requests < 1 and bucket.refusals < 1

    def spare(self, source: Hashable, rate: Rate, now_s: float) -> bool:
        """Tell whether a request of *source* would pass now. Takes no token."""
        bucket = self._buckets.get(source)
        if bucket is None:
            return True
        bucket.refill(rate, now_s)
        return bucket.requests >= 1

    def take(self, source: Hashable, rate: Rate, now_s: float) -> Allowance:
        """Take a token for a request of *source*, and tell what becomes of it."""
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = _Bucket(rate, now_s)
            if len(self._buckets) > self._max_sources:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
            bucket.refill(rate, now_s)
        if bucket.requests >= 1:
            bucket.requests -= 1
            return Allowance.PASS
        if bucket.refusals >= 1:
            bucket.refusals -= 1
            return Allowance.REFUSE
        return Allowance.DROP

    def retry_after_s(self, source: Hashable) -> int:
        """Return the whole seconds after which *source* will have a token again."""
        bucket = self._buckets.get(source)
        return 1 if bucket is None else max(1, ceil((1 - bucket.requests) / bucket.rate.per_s))
