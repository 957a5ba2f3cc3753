"""Workers that do not move: each beats in shared memory, and the parent looks whether it does.

A worker that is stopped, or caught in an endless loop, still has its sockets, and the kernel goes
on giving it its share of the queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from enumd.net.connections import Clock
from enumd.net.slab import Counters, Slab
from enumd.serve.dns.metrics import Cell

BEAT_S: Final = 1.0
"""A worker beats, and the parent looks, so often."""

LOOKS: Final = 10
"""A worker whose beat was the same at so many looks in a row does not move. Looks are counted, not
seconds: where the whole machine slept the parent slept with its workers."""

STARTING_LOOKS: Final = 60
"""The same for one that is still being started."""


def keep_beating(slab: Slab, clock: Clock) -> None:
    """Beat in *slab* now, and from now on by *clock*."""
    slab.add(Cell.BEATS)
    clock.callLater(BEAT_S, keep_beating, slab, clock)


class Vigil:
    """What the parent saw of the beats of its workers."""

    def __init__(self, counters: Counters) -> None:
        """Watch the workers that count in *counters*."""
        self._counters = counters
        self._seen: dict[int, tuple[int, int]] = {}
        self.due_s = float("-inf")
        """When to look next, by the clock that is passed in."""

    def look(self, now_s: float, listening: Mapping[int, bool]) -> list[int]:
        """Return the workers that do not move; *listening* has those that run, by number."""
        if now_s < self.due_s:
            return []
        self.due_s = now_s + BEAT_S
        seen, self._seen = self._seen, {}
        stuck = []
        for number, listens in listening.items():
            beat = self._counters.worker(number)[Cell.BEATS]
            before, looks = seen.get(number, (None, 0))
            looks = looks + 1 if beat == before else 0
            if looks >= (LOOKS if listens else STARTING_LOOKS):
                stuck.append(number)
            else:
                self._seen[number] = (beat, looks)
        return stuck
