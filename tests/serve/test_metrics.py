"""Counters that processes share."""

from __future__ import annotations

import os

import pytest

from enumd.dns.authority import Transport
from enumd.dns.outcome import Outcome
from enumd.serve.metrics import (
    LATENCY_BOUNDS_NS,
    SIZE_BOUNDS_OCTETS,
    Cell,
    Counters,
    TransportSlab,
)


def test_no_two_things_share_a_cell():
    """Each single, outcome, size, latency and sum has a cell of its own in the slab."""
    cells = [cell for name, cell in vars(Cell).items() if name.isupper() and name != "COUNT"]
    cells = [cell for cell in cells if cell != Cell._SINGLES and isinstance(cell, int)][:8]
    for transport in Transport:
        cells += [Cell.outcome(transport, outcome) for outcome in Outcome]
        cells += [*Cell.sizes(transport), Cell.size_sum(transport)]
        cells += [*Cell.latencies(transport), Cell.latency_sum(transport)]

    assert sorted(cells) == list(range(Cell.COUNT))


def test_every_process_counts_in_its_own_slab():
    """What workers and parent count adds up, and each reads what the others wrote."""
    counters = Counters(2)
    child = os.fork()
    if child == 0:
        counters.worker(1).add(Cell.FAULTS, 5)
        os._exit(0)
    os.waitpid(child, 0)
    counters.worker(0).add(Cell.FAULTS)
    counters.parent.put(Cell.WORKERS, 2)

    assert counters.worker(0)[Cell.FAULTS] == 1
    assert counters.worker(1)[Cell.FAULTS] == 5
    assert counters.total(Cell.FAULTS) == 6
    assert counters.totals([Cell.FAULTS, Cell.WORKERS]) == [6, 2]


def test_there_are_as_many_slabs_as_workers():
    """A worker cannot count in the slab of the parent."""
    with pytest.raises(IndexError):
        Counters(2).worker(2)


def test_a_cell_holds_64_bits():
    """A counter does not end before the machine does."""
    slab = Counters(1).worker(0)
    slab.put(Cell.FAULTS, 2**64 - 2)
    slab.add(Cell.FAULTS)

    assert slab[Cell.FAULTS] == 2**64 - 1


@pytest.mark.parametrize("transport", Transport)
def test_a_burst_is_counted_by_outcome_size_and_latency(transport):
    """Each reply is counted in its bucket; silence has neither size nor latency."""
    counters = Counters(1)
    counts = TransportSlab(counters.worker(0), transport)
    counts.ended(Outcome.HIT, 2)
    counts.ended(Outcome.DROPPED)
    counts.replied([b"x" * 64, None, b"x" * 65], 30_000)

    assert counters.total(Cell.outcome(transport, Outcome.HIT)) == 2
    assert counters.total(Cell.outcome(transport, Outcome.DROPPED)) == 1
    assert counters.totals(Cell.sizes(transport))[:3] == [1, 1, 0]
    assert counters.total(Cell.size_sum(transport)) == 129
    assert counters.totals(Cell.latencies(transport))[:4] == [0, 0, 2, 0]
    assert counters.total(Cell.latency_sum(transport)) == 60_000


@pytest.mark.parametrize("bound", SIZE_BOUNDS_OCTETS)
def test_a_size_bound_belongs_to_its_bucket(bound):
    """A reply of exactly the bound counts as at most that."""
    counters = Counters(1)
    TransportSlab(counters.worker(0), Transport.TCP).replied([b"x" * bound], 1)
    place = SIZE_BOUNDS_OCTETS.index(bound)

    assert counters.totals(Cell.sizes(Transport.TCP))[place] == 1


def test_what_is_beyond_the_bounds_is_counted_last():
    """The longest message and the longest wait fall into the last bucket."""
    counters = Counters(1)
    TransportSlab(counters.worker(0), Transport.TCP).replied([b"x" * 65535], 10**12)

    assert counters.totals(Cell.sizes(Transport.TCP))[-1] == 1
    assert counters.totals(Cell.latencies(Transport.TCP))[len(LATENCY_BOUNDS_NS)] == 1
