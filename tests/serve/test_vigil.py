"""Workers that do not move, by beats and looks that are made by hand."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from enumd.net.slab import Counters
from enumd.serve.dns.metrics import Cell
from enumd.serve.vigil import BEAT_S, LOOKS, STARTING_LOOKS, Vigil, keep_beating


@pytest.fixture
def counters() -> Counters:
    """Those of two workers."""
    return Counters(2, Cell.COUNT)


def looks(vigil, counters, count, listening, moving=()):
    """Look so often, one of the workers moving in between; return when which was stuck."""
    stuck = []
    for turn in range(count):
        for number in moving:
            counters.worker(number).add(Cell.BEATS)
        stuck += [(turn, number) for number in vigil.look(vigil.due_s + turn, listening)]
    return stuck


def test_a_worker_beats(counters):
    """Its cell goes up with the time."""
    clock, slab = Clock(), counters.worker(0)
    keep_beating(slab, clock)
    clock.pump([BEAT_S] * 3)

    assert slab[Cell.BEATS] == 4


def test_one_that_stands_still_is_found(counters):
    """After so many looks in a row, and not before; the other is left alone."""
    vigil = Vigil(counters)
    vigil.due_s = 0.0

    assert looks(vigil, counters, LOOKS + 1, {0: True, 1: True}, [1]) == [(LOOKS, 0)]


def test_one_beat_is_enough(counters):
    """A worker that moved once is given all the time again."""
    vigil = Vigil(counters)
    vigil.due_s = 0.0
    assert looks(vigil, counters, LOOKS, {0: True}) == []
    counters.worker(0).add(Cell.BEATS)

    assert looks(vigil, counters, LOOKS, {0: True}) == []


def test_one_that_is_being_started_has_more_time(counters):
    """Importing takes its time on a busy machine."""
    vigil = Vigil(counters)
    vigil.due_s = 0.0
    found = looks(vigil, counters, STARTING_LOOKS + 1, {0: False})

    assert found == [(STARTING_LOOKS, 0)]


def test_a_successor_begins_anew(counters):
    """What was seen of a worker that ended is not held against the next."""
    vigil = Vigil(counters)
    vigil.due_s = 0.0
    looks(vigil, counters, LOOKS, {0: True})
    looks(vigil, counters, 1, {})

    assert looks(vigil, counters, LOOKS, {0: True}) == []


def test_it_does_not_look_all_the_time(counters):
    """Whoever wakes the parent in between makes no look of it; a long sleep makes one."""
    vigil = Vigil(counters)
    for _ in range(100):
        assert vigil.look(5.0, {0: True}) == []
    assert vigil.due_s == 5.0 + BEAT_S
    assert vigil.look(1e6, {0: True}) == []
