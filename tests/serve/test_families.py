"""Counters and gauges as Prometheus' families."""

from __future__ import annotations

from prometheus_client.core import HistogramMetricFamily

from enumd.net.slab import LATENCY_BOUNDS_NS, Counters
from enumd.serve.dns.metrics import Cell
from enumd.serve.families import add_latencies, buckets, singles


def test_what_has_one_cell_is_a_counter_or_a_gauge():
    """Each is the sum of its cell over all slabs, under its own name."""
    counters = Counters(2, Cell.COUNT)
    for number in range(2):
        counters.worker(number).add(Cell.FAULTS, 3)
        counters.worker(number).put(Cell.TCP_CONNECTIONS, 2)

    counter, gauge = singles(
        counters, {"faults": ("Faults.", Cell.FAULTS)}, {"open": ("Open.", Cell.TCP_CONNECTIONS)}
    )

    assert (counter.type, counter.documentation) == ("counter", "Faults.")
    assert [(one.name, one.value) for one in counter.samples] == [("faults_total", 6)]
    assert (gauge.type, gauge.documentation) == ("gauge", "Open.")
    assert [(one.name, one.value) for one in gauge.samples] == [("open", 4)]


def test_buckets_are_cumulative():
    """Each bucket holds what is at most its bound; the last holds everything."""
    assert buckets((0.5, 1), [3, 0, 4]) == [("0.5", 3), ("1", 3), ("+Inf", 7)]


def test_latencies_are_told_in_seconds():
    """What was counted in nanoseconds, of all processes, has bounds and a sum in seconds."""
    places = len(LATENCY_BOUNDS_NS) + 1
    counters = Counters(1, places + 1)
    counters.worker(0).add(1, 2)  # two of at most 25 us
    counters.worker(0).add(places, 50_000)
    family = HistogramMetricFamily("waited_seconds", "Waited.", labels=("transport",))

    add_latencies(family, "udp", counters, range(places), places)
    told = {(one.name, one.labels.get("le")): one.value for one in family.samples}

    assert told["waited_seconds_bucket", "1e-05"] == 0
    assert told["waited_seconds_bucket", "2.5e-05"] == 2
    assert told["waited_seconds_count", None] == 2
    assert told["waited_seconds_sum", None] == 50e-6
