"""What the counters of workers and of DNS, and the index, say, in the names Prometheus expects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import dns.name
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from enumd.dns.authority import DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.errors import IndexFault
from enumd.index.reader import Snapshot
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.metrics import SIZE_BOUNDS_OCTETS, Cell
from enumd.serve.families import add_latencies, buckets, singles

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
            if outcome is not DnsOutcome.DROPPED:
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
        for transport in DnsTransport:
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
        for transport in DnsTransport:
            at = Cell.latencies(transport), Cell.latency_sum(transport)
            add_latencies(family, transport.value, self._counters, *at)
        return family

    def _outcomes(self) -> Iterator[tuple[DnsTransport, DnsOutcome, int]]:
        """Yield how often queries over each transport ended in each outcome."""
        for transport in DnsTransport:
            for outcome in DnsOutcome:
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
