"""What the server counts of its workers and of DNS: where in a slab each figure stands.

`exposition` gives the cells their Prometheus names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from enumd.dns.authority import DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.net.slab import LATENCY_BOUNDS_NS, Slab

SIZE_BOUNDS_OCTETS: Final = (64, 128, 256, 512, 1232, 4096, 16384)
"""Upper bounds of the histogram of reply sizes; larger ones count beyond the last."""

_OUTCOMES: Final = tuple(DnsOutcome)
_TRANSPORTS: Final = tuple(DnsTransport)
_SIZES: Final = len(SIZE_BOUNDS_OCTETS) + 1
_LATENCIES: Final = len(LATENCY_BOUNDS_NS) + 1

# The bucket of each possible size, so that a burst is sorted without a search for each reply.
_SIZE_BUCKETS: Final = b"".join(
    bytes([bucket]) * (above - below)
    for bucket, (below, above) in enumerate(pairwise((-1, *SIZE_BOUNDS_OCTETS, 0xFFFF)))
)


class Cell:
    """Where things are counted in a slab.

    The first cells are single ones; then follows, for each transport, a block of its outcomes,
    its reply sizes and their sum, its latencies and their sum.
    """

    WORKERS: Final = 0
    """Workers that listen (the parent's slab)."""
    RESTARTS: Final = 1
    """Workers started again after they ended unasked (the parent's slab)."""
    FAULTS: Final = 2
    """Queries on which our own code failed."""
    TCP_CONNECTIONS: Final = 3
    """Connections open now."""
    TCP_ACCEPTED: Final = 4
    TCP_REFUSED: Final = 5
    """Connections turned away because their peer has too many."""
    TCP_EVICTED: Final = 6
    """Idle connections closed to make room for new ones."""
    BEATS: Final = 7
    """How often the worker has shown that it moves."""
    _SINGLES: Final = 8

    _SIZES_AT: Final = len(_OUTCOMES)
    _SIZE_SUM_AT: Final = _SIZES_AT + _SIZES
    _LATENCIES_AT: Final = _SIZE_SUM_AT + 1
    _LATENCY_SUM_AT: Final = _LATENCIES_AT + _LATENCIES
    _BLOCK: Final = _LATENCY_SUM_AT + 1
    COUNT: Final = _SINGLES + _BLOCK * len(_TRANSPORTS)

    @classmethod
    def outcome(cls, transport: DnsTransport, outcome: DnsOutcome) -> int:
        """Return the cell that counts the queries that ended so."""
        return cls._block(transport) + _OUTCOMES.index(outcome)

    @classmethod
    def sizes(cls, transport: DnsTransport) -> range:
        """Return the cells of the reply sizes, by bucket."""
        return _run(cls._block(transport) + cls._SIZES_AT, _SIZES)

    @classmethod
    def size_sum(cls, transport: DnsTransport) -> int:
        """Return the cell of the octets replied in all."""
        return cls._block(transport) + cls._SIZE_SUM_AT

    @classmethod
    def latencies(cls, transport: DnsTransport) -> range:
        """Return the cells of the latencies, by bucket."""
        return _run(cls._block(transport) + cls._LATENCIES_AT, _LATENCIES)

    @classmethod
    def latency_sum(cls, transport: DnsTransport) -> int:
        """Return the cell of the nanoseconds waited in all."""
        return cls._block(transport) + cls._LATENCY_SUM_AT

    @classmethod
    def _block(cls, transport: DnsTransport) -> int:
        """Return the first cell of a transport."""
        return cls._SINGLES + _TRANSPORTS.index(transport) * cls._BLOCK


class TransportSlab:
    """What a slab counts of one transport, a burst at a time."""

    __slots__ = ("_latencies", "_latency_sum", "_outcomes", "_size_sum", "_sizes", "_slab")

    def __init__(self, slab: Slab, transport: DnsTransport) -> None:
        """Count in the block of *transport* of *slab*."""
        self._slab = slab
        self._outcomes = {outcome: Cell.outcome(transport, outcome) for outcome in DnsOutcome}
        self._sizes = Cell.sizes(transport)
        self._size_sum = Cell.size_sum(transport)
        self._latencies = Cell.latencies(transport)
        self._latency_sum = Cell.latency_sum(transport)

    def ended(self, outcome: DnsOutcome, count: int = 1) -> None:
        """Count queries that ended so."""
        self._slab.add(self._outcomes[outcome], count)

    def replied(self, replies: Iterable[bytes | None], elapsed_ns: int) -> None:
        """Count the sizes of a burst of replies, and the time since the burst was read."""
        sizes = [len(reply) for reply in replies if reply is not None]
        add, first = self._slab.add, self._sizes.start
        buckets = bytes([_SIZE_BUCKETS[size] for size in sizes])
        for bucket in set(buckets):
            add(first + bucket, buckets.count(bucket))
        add(self._size_sum, sum(sizes))
        add(self._latencies[bisect_left(LATENCY_BOUNDS_NS, elapsed_ns)], len(sizes))
        add(self._latency_sum, elapsed_ns * len(sizes))


def _run(start: int, length: int) -> range:
    """Return *length* cells from *start* on."""
    return range(start, start + length)
