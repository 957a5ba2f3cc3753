"""Counters and gauges as Prometheus' families: what every service does alike with its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from enumd.net.slab import LATENCY_BOUNDS_NS, Counters

_NS: Final = 1_000_000_000
_LATENCY_BOUNDS_S: Final = tuple(bound / _NS for bound in LATENCY_BOUNDS_NS)

Singles = Mapping[str, tuple[str, int]]
"""The name of a metric -> what it tells, and the one cell it is read from."""


def singles(cells: Counters, counters: Singles, gauges: Singles) -> Iterator[Metric]:
    """Yield the metrics that have one cell each and no labels."""
    for name, (text, cell) in counters.items():
        yield CounterMetricFamily(name, text, value=cells.total(cell))
    for name, (text, cell) in gauges.items():
        yield GaugeMetricFamily(name, text, value=cells.total(cell))


def buckets(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return cumulative buckets as Prometheus has them."""
    tops = [*map(str, bounds), "+Inf"]
    return list(zip(tops, accumulate(counts), strict=True))


def add_latencies(
    family: HistogramMetricFamily, transport: str, cells: Counters, counts_at: range, sum_at: int
) -> None:
    """Add to *family* what was counted of the latencies over *transport*, in seconds."""
    counts = cells.totals(counts_at)
    sum_s = cells.total(sum_at) / _NS
    family.add_metric((transport,), buckets(_LATENCY_BOUNDS_S, counts), sum_s)
