"""What is told of workers, DNS and the index, as Prometheus' own parser reads it."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from enumd.dns.authority import DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.errors import IndexDamaged
from enumd.index.reader import IndexReader
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.exposition import ServerCollector
from enumd.serve.dns.metrics import Cell, TransportSlab


@pytest.fixture
def registry(home):
    """A registry over the counters of two workers and the published index."""
    counters = Counters(2, Cell.COUNT)
    for number in range(2):
        counts = TransportSlab(counters.worker(number), DnsTransport.UDP)
        counts.ended(DnsOutcome.HIT, 3)
        counts.ended(DnsOutcome.ENT)
        counts.ended(DnsOutcome.DROPPED, 7)
        counts.replied([b"x" * 100] * 4, 40_000)
    counters.parent.put(Cell.WORKERS, 2)
    counters.parent.add(Cell.RESTARTS)
    directory = Directory(home / "index")
    registry = CollectorRegistry()
    registry.register(ServerCollector(counters, directory))
    yield registry
    directory.close()


def samples(registry):
    """Return name, labels and value of everything on the page."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_counters_of_all_processes_are_added_up(registry):
    """Outcomes, response codes and the parent's own figures stand on the page."""
    got = samples(registry)

    assert got["enumd_dns_responses_total", "hit", "udp"] == 6
    assert got["enumd_dns_responses_total", "dropped", "udp"] == 14
    assert got["enumd_dns_responses_total", "hit", "tcp"] == 0
    assert got["enumd_dns_rcodes_total", "NOERROR", "udp"] == 8
    assert got["enumd_workers",] == 2
    assert got["enumd_worker_restarts_total",] == 1
    assert got["enumd_dns_tcp_refused_total",] == 0


def test_silence_has_no_response_code(registry):
    """Dropped queries are no replies."""
    codes = {key: value for key, value in samples(registry).items() if "rcodes" in key[0]}

    assert sum(codes.values()) == 8


def test_histograms_are_cumulative(registry):
    """Sizes and latencies have rising buckets, a sum and a count."""
    got = samples(registry)
    size, latency = "enumd_dns_response_size_bytes", "enumd_dns_latency_seconds"

    assert got[f"{size}_bucket", "64", "udp"] == 0
    assert got[f"{size}_bucket", "128", "udp"] == 8
    assert got[f"{size}_bucket", "+Inf", "udp"] == got[f"{size}_count", "udp"] == 8
    assert got[f"{size}_sum", "udp"] == 800
    assert got[f"{latency}_bucket", "5e-05", "udp"] == 8
    assert got[f"{latency}_sum", "udp"] == pytest.approx(8 * 40e-6)


def test_the_index_is_described(registry, home):
    """Serial and names of each zone, and the size of the whole."""
    got = samples(registry)

    assert got["enumd_index_usable",] == 1
    assert got["enumd_index_serial", "enum.example."] == 1
    assert got["enumd_index_names", "enum.example."] == 2
    assert got["enumd_index_size_bytes",] > 4096


def test_without_an_index_the_page_is_still_there(tmp_path):
    """An index that is not there is a gauge at 0, no error."""
    registry = CollectorRegistry()
    registry.register(ServerCollector(Counters(1, Cell.COUNT), Directory(tmp_path / "index")))
    got = samples(registry)

    assert got["enumd_index_usable",] == 0
    assert ("enumd_index_size_bytes",) not in got


def test_an_index_lost_during_the_scrape_is_left_out(registry, monkeypatch):
    """When the size cannot be read any more the rest of the page stays."""

    def torn(self):
        raise IndexDamaged(self.path, "torn")

    monkeypatch.setattr(IndexReader, "statistics", torn)

    assert ("enumd_index_size_bytes",) not in samples(registry)
