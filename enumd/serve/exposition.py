"""The page /metrics: what the counters and the index say, in the names Prometheus expects."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import dns.name
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from enumd.dns.authority import Transport
from enumd.dns.outcome import Outcome
from enumd.errors import IndexFault
from enumd.index.reader import Snapshot
from enumd.serve.directory import Directory
from enumd.serve.door import Door
from enumd.serve.metrics import LATENCY_BOUNDS_NS, SIZE_BOUNDS_OCTETS, Cell, Counters
from enumd.serve.page import FewConnections, MetricsPage, QuietSite

Singles = Mapping[str, tuple[str, int]]
"""The name of a metric -> what it tells, and the one cell it is read from."""

_COUNTERS: Final = {
    "enumd_worker_restarts": ("Workers started again after they ended unasked.", Cell.RESTARTS),
    "enumd_dns_faults": ("Queries answered SERVFAIL as our own code failed.", Cell.FAULTS),
    "enumd_dns_tcp_accepted": ("TCP connections accepted.", Cell.TCP_ACCEPTED),
    "enumd_dns_tcp_refused": (
        "TCP connections refused as too many still had to end.",
        Cell.TCP_REFUSED,
    ),
    "enumd_dns_tcp_evicted": ("Idle TCP connections closed to make room.", Cell.TCP_EVICTED),
}

_GAUGES: Final = {
    "enumd_workers": ("Worker processes that listen.", Cell.WORKERS),
    "enumd_dns_tcp_connections": ("TCP connections open now.", Cell.TCP_CONNECTIONS),
}

_NS: Final = 1_000_000_000


def serve(
    sock: socket.socket,
    counters: Counters,
    directory: Directory,
    reactor: Any,
    sip: Counters | None = None,
) -> None:
    """Serve /metrics, and nothing else, at a listening socket; *sip* are the counters of SIP."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServerCollector(counters, directory))
    if sip is not None:
        from enumd.serve.sip.exposition import SipCollector

        registry.register(SipCollector(sip))
    site = QuietSite(MetricsPage(registry, reactor), reactor)
    few: Any = FewConnections
    Door(sock, few(site), reactor)


class ServerCollector(Collector):
    """Reads the counters of all processes and the state of the index, at each scrape."""

    def __init__(self, counters: Counters, directory: Directory) -> None:
        """Tell what *counters* and *directory* say."""
        self._counters = counters
        self._directory = directory

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from singles(self._counters, _COUNTERS, _GAUGES)
        yield self._responses()
        yield self._rcodes()
        yield self._sizes()
        yield self._latencies()
        yield from self._index()

    def _responses(self) -> Metric:
        """Return the queries by outcome and transport."""
        family = CounterMetricFamily(
            "enumd_dns_responses", "Queries by outcome.", labels=("outcome", "transport")
        )
        for transport, outcome, count in self._outcomes():
            family.add_metric((outcome.value, transport.value), count)
        return family

    def _rcodes(self) -> Metric:
        """Return the replies by response code and transport: a function of the outcomes."""
        family = CounterMetricFamily(
            "enumd_dns_rcodes", "Replies by response code.", labels=("rcode", "transport")
        )
        sums: dict[tuple[str, str], int] = {}
        for transport, outcome, count in self._outcomes():
            if outcome is not Outcome.DROPPED:
                key = (outcome.rule.rcode.name, transport.value)
                sums[key] = sums.get(key, 0) + count
        for labels, count in sums.items():
            family.add_metric(labels, count)
        return family

    def _sizes(self) -> Metric:
        """Return the histogram of reply sizes."""
        family = HistogramMetricFamily(
            "enumd_dns_response_size_bytes", "Octets of a reply.", labels=("transport",)
        )
        for transport in Transport:
            counts = self._counters.totals(Cell.sizes(transport))
            octets = self._counters.total(Cell.size_sum(transport))
            family.add_metric((transport.value,), buckets(SIZE_BOUNDS_OCTETS, counts), octets)
        return family

    def _latencies(self) -> Metric:
        """Return the histogram of the time from a query read to its reply made."""
        family = HistogramMetricFamily(
            "enumd_dns_latency_seconds",
            "Seconds from a burst of queries read to its replies made, for each reply.",
            labels=("transport",),
        )
        bounds_s = [bound / _NS for bound in LATENCY_BOUNDS_NS]
        for transport in Transport:
            counts = self._counters.totals(Cell.latencies(transport))
            sum_s = self._counters.total(Cell.latency_sum(transport)) / _NS
            family.add_metric((transport.value,), buckets(bounds_s, counts), sum_s)
        return family

    def _outcomes(self) -> Iterator[tuple[Transport, Outcome, int]]:
        """Yield how often queries over each transport ended in each outcome."""
        for transport in Transport:
            for outcome in Outcome:
                count = self._counters.total(Cell.outcome(transport, outcome))
                yield transport, outcome, count

    def _index(self) -> Iterator[Metric]:
        """Yield what is published; of an index that cannot be used only that."""
        usable = GaugeMetricFamily("enumd_index_usable", "1 if there is an index to answer from.")
        with self._directory as snapshot:
            usable.add_metric((), float(snapshot is not None))
            yield usable
            if snapshot is not None:
                yield from _zones(snapshot)
        yield from self._index_size()

    def _index_size(self) -> Iterator[Metric]:
        """Yield the octets the index takes."""
        reader = self._directory.reader
        if reader is None:
            return
        try:
            octets = reader.statistics().used_octets
        except IndexFault:
            return
        yield GaugeMetricFamily("enumd_index_size_bytes", "Octets of the index.", value=octets)


def _zones(snapshot: Snapshot) -> Iterable[Metric]:
    """Return the serial and the size of each zone."""
    serials = GaugeMetricFamily("enumd_index_serial", "SOA serial.", labels=("zone",))
    names = GaugeMetricFamily("enumd_index_names", "Names below the apex.", labels=("zone",))
    for apex, view in snapshot.zones.items():
        label = str(dns.name.from_wire(apex, 0)[0])
        serials.add_metric((label,), view.zone.serial.value)
        names.add_metric((label,), view.zone.names)
    return serials, names


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
