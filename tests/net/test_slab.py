"""Counters that processes share."""

from __future__ import annotations

import os

import pytest

from enumd.net.slab import Counters

CELLS = 3
FAULTS, WORKERS = 0, 2


def test_every_process_counts_in_its_own_slab():
    """What workers and parent count adds up, and each reads what the others wrote."""
    counters = Counters(2, CELLS)
    child = os.fork()
    if child == 0:
        counters.worker(1).add(FAULTS, 5)
        os._exit(0)
    os.waitpid(child, 0)
    counters.worker(0).add(FAULTS)
    counters.parent.put(WORKERS, 2)

    assert counters.worker(0)[FAULTS] == 1
    assert counters.worker(1)[FAULTS] == 5
    assert counters.total(FAULTS) == 6
    assert counters.totals([FAULTS, WORKERS]) == [6, 2]


def test_there_are_as_many_slabs_as_workers():
    """A worker cannot count in the slab of the parent."""
    with pytest.raises(IndexError):
        Counters(2, CELLS).worker(2)


def test_a_cell_holds_64_bits():
    """A counter does not end before the machine does."""
    slab = Counters(1, CELLS).worker(0)
    slab.put(FAULTS, 2**64 - 2)
    slab.add(FAULTS)

    assert slab[FAULTS] == 2**64 - 1
