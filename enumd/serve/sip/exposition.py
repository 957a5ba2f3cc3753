"""What the counters of SIP say, in the names Prometheus expects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from enumd.net.slab import Counters
from enumd.serve.families import add_latencies, singles
from enumd.serve.sip.metrics import EVENTS, STATUSES, SipCell
from enumd.sip.transport import Transport

_COUNTERS: Final = {
    "enumd_sip_connections_accepted": ("TCP and TLS connections accepted.", SipCell.ACCEPTED),
    "enumd_sip_connections_refused": ("Connections refused, too many to end.", SipCell.REFUSED),
    "enumd_sip_connections_evicted": ("Idle connections closed for others.", SipCell.EVICTED),
}

_GAUGES: Final = {
    "enumd_sip_transactions": ("Server transactions open now.", SipCell.OPEN),
    "enumd_sip_connections": ("TCP and TLS connections open now.", SipCell.CONNECTIONS),
}

_ENUM_COUNTERS: Final = {
    "enumd_enum_resolved": ("Numbers that other trees were asked for.", SipCell.asked("resolved")),
    "enumd_enum_remembered": ("Names known from before.", SipCell.asked("remembered")),
    "enumd_enum_joined": ("Names that were being asked for already.", SipCell.asked("joined")),
    "enumd_enum_refused": ("Names not asked for: too many others.", SipCell.asked("refused")),
    "enumd_enum_queries": ("Questions put to DNS servers.", SipCell.asked("queries")),
    "enumd_enum_silences": ("Questions without a reply in time.", SipCell.asked("silences")),
    "enumd_enum_failed": ("Names of which no server knew anything.", SipCell.asked("failed")),
}

_ENUM_GAUGES: Final = {
    "enumd_enum_pending": ("Names that are being asked for now.", SipCell.ENUM_PENDING),
    "enumd_enum_kept": ("Names whose answers are kept now.", SipCell.ENUM_KEPT),
}


class SipCollector(Collector):
    """Reads the SIP counters of all processes at each scrape."""

    def __init__(self, counters: Counters) -> None:
        """Tell what *counters* say."""
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        total = self._counters.total
        yield from singles(self._counters, _COUNTERS, _GAUGES)
        yield from singles(self._counters, _ENUM_COUNTERS, _ENUM_GAUGES)
        responses = CounterMetricFamily(
            "enumd_sip_responses", "Responses by status, repeated ones aside.", labels=("status",)
        )
        for status in STATUSES:
            responses.add_metric((str(status),), total(SipCell.status(status)))
        yield responses
        events = CounterMetricFamily(
            "enumd_sip_events", "What else happened, by name.", labels=("event",)
        )
        for name in EVENTS:
            events.add_metric((name,), total(SipCell.event(name)))
        yield events
        yield self._latencies()

    def _latencies(self) -> Metric:
        """Return the histogram of the time from a request read to its response sent."""
        family = HistogramMetricFamily(
            "enumd_sip_latency_seconds",
            "Seconds from a request read to its response sent, look-ups included.",
            labels=("transport",),
        )
        for transport in Transport:
            at = SipCell.latencies(transport), SipCell.latency_sum(transport)
            add_latencies(family, transport.value.lower(), self._counters, *at)
        return family
