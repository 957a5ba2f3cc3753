"""The SIP part of /metrics, as Prometheus' own parser reads it."""

from __future__ import annotations

from collections import Counter

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from enumd.net.slab import Counters
from enumd.serve.enum.client import EnumStatistics
from enumd.serve.sip.exposition import SipCollector
from enumd.serve.sip.metrics import SipCell, SipCounts
from enumd.sip.server import SipStatistics
from enumd.sip.transport import Transport


def test_the_counters_of_all_workers_are_added_up():
    """Responses, events, levels and latencies stand on the page."""
    counters = Counters(2, SipCell.COUNT)
    asked = EnumStatistics(
        resolved=7, remembered=6, joined=5, refused=4, queries=3, silences=2, failed=1,
        pending=10, kept=20,
    )  # fmt: skip
    for number in range(2):
        counts = SipCounts(counters.worker(number), lambda: asked)
        counts.copy(SipStatistics(Counter({302: 3}), Counter({"unacknowledged": 1}), 2))
        counts.waited(Transport.UDP, 40_000)
    registry = CollectorRegistry()
    registry.register(SipCollector(counters))

    got = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }

    assert got["enumd_sip_responses_total", "302"] == 6
    assert got["enumd_sip_responses_total", "404"] == 0
    assert got["enumd_sip_events_total", "unacknowledged"] == 2
    assert got["enumd_sip_transactions",] == 4
    assert got["enumd_sip_connections_accepted_total",] == 0
    assert {name: value for (name, *_), value in got.items() if "enum_" in name} == {
        "enumd_enum_resolved_total": 14,
        "enumd_enum_remembered_total": 12,
        "enumd_enum_joined_total": 10,
        "enumd_enum_refused_total": 8,
        "enumd_enum_queries_total": 6,
        "enumd_enum_silences_total": 4,
        "enumd_enum_failed_total": 2,
        "enumd_enum_pending": 20,
        "enumd_enum_kept": 40,
    }
    assert got["enumd_sip_latency_seconds_bucket", "5e-05", "udp"] == 2
    assert got["enumd_sip_latency_seconds_count", "udp"] == 2
    assert got["enumd_sip_latency_seconds_count", "tls"] == 0
