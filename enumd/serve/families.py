"""Counters and gauges as Prometheus' families: what every service does alike with its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from enumd.net.slab import Counters

NS: Final = 1_000_000_000
"""Nanoseconds in a second."""

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
