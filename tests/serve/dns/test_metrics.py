"""Counters that processes share."""

from __future__ import annotations

import pytest

from enumd.dns.authority import DnsTransport
from enumd.dns.outcome import DnsOutcome
from enumd.net.slab import LATENCY_BOUNDS_NS, Counters
from enumd.serve.dns.metrics import SIZE_BOUNDS_OCTETS, Cell, TransportSlab


def test_no_two_things_share_a_cell():
    """Each single, outcome, size, latency and sum has a cell of its own in the slab."""
    cells = [cell for name, cell in vars(Cell).items() if name.isupper() and name != "COUNT"]
    cells = [cell for cell in cells if cell != Cell._SINGLES and isinstance(cell, int)][:8]
    for transport in DnsTransport:
        cells += [Cell.outcome(transport, outcome) for outcome in DnsOutcome]
        cells += [*Cell.sizes(transport), Cell.size_sum(transport)]
        cells += [*Cell.latencies(transport), Cell.latency_sum(transport)]

    assert sorted(cells) == list(range(Cell.COUNT))


@pytest.mark.parametrize("transport", DnsTransport)
def test_a_burst_is_counted_by_outcome_size_and_latency(transport):
    """Each reply is counted in its bucket; silence has neither size nor latency."""
    counters = Counters(1, Cell.COUNT)
    counts = TransportSlab(counters.worker(0), transport)
    counts.ended(DnsOutcome.HIT, 2)
    counts.ended(DnsOutcome.DROPPED)
    counts.replied([b"x" * 64, None, b"x" * 65], 30_000)

    assert counters.total(Cell.outcome(transport, DnsOutcome.HIT)) == 2
    assert counters.total(Cell.outcome(transport, DnsOutcome.DROPPED)) == 1
    assert counters.totals(Cell.sizes(transport))[:3] == [1, 1, 0]
    assert counters.total(Cell.size_sum(transport)) == 129
    assert counters.totals(Cell.latencies(transport))[:4] == [0, 0, 2, 0]
    assert counters.total(Cell.latency_sum(transport)) == 60_000


@pytest.mark.parametrize("bound", SIZE_BOUNDS_OCTETS)
def test_a_size_bound_belongs_to_its_bucket(bound):
    """A reply of exactly the bound counts as at most that."""
    counters = Counters(1, Cell.COUNT)
    TransportSlab(counters.worker(0), DnsTransport.TCP).replied([b"x" * bound], 1)
    place = SIZE_BOUNDS_OCTETS.index(bound)

    assert counters.totals(Cell.sizes(DnsTransport.TCP))[place] == 1


def test_what_is_beyond_the_bounds_is_counted_last():
    """The longest message and the longest wait fall into the last bucket."""
    counters = Counters(1, Cell.COUNT)
    TransportSlab(counters.worker(0), DnsTransport.TCP).replied([b"x" * 65535], 10**12)

    assert counters.totals(Cell.sizes(DnsTransport.TCP))[-1] == 1
    assert counters.totals(Cell.latencies(DnsTransport.TCP))[len(LATENCY_BOUNDS_NS)] == 1
