"""Counters that all processes of the server share.

One slab of 64-bit cells for each worker and one for the parent, in a single anonymous map made
before the first fork. Each slab has one writer, so counting takes no lock and costs no system call;
a reader may see a burst half counted, never a torn number. A restarted worker goes on with the
slab of its predecessor, so counters only ever grow.

What each cell counts is fixed by who counts: `serve.dns.metrics`, `serve.sip.metrics`.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from typing import Final

LATENCY_BOUNDS_NS: Final = tuple(
    microseconds * 1000
    for microseconds in (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 100_000)
)
"""Upper bounds of a histogram of the time a query or call waits for its reply, once read."""

_LINE_OCTETS: Final = 64
_CELL_OCTETS: Final = 8


class Slab:
    """The cells one process writes."""

    __slots__ = ("_cells",)

    def __init__(self, cells: memoryview) -> None:
        """Count in *cells*, unsigned and of 64 bits each."""
        self._cells = cells

    def add(self, cell: int, count: int = 1) -> None:
        """Count *count* more."""
        self._cells[cell] += count

    def put(self, cell: int, value: int) -> None:
        """Set what is a level and no count."""
        self._cells[cell] = value

    def __getitem__(self, cell: int) -> int:
        """Return what was counted."""
        return int(self._cells[cell])


class Counters:
    """The slabs of a server: one for each worker, and the parent's."""

    def __init__(self, workers: int, cells: int) -> None:
        """Make slabs of zeros, of that many *cells*, for that many workers."""
        stride = -(-cells * _CELL_OCTETS // _LINE_OCTETS) * _LINE_OCTETS // _CELL_OCTETS
        view = memoryview(mmap.mmap(-1, (workers + 1) * stride * _CELL_OCTETS)).cast("Q")
        self._slabs = tuple(
            Slab(view[number * stride : (number + 1) * stride]) for number in range(workers + 1)
        )

    @property
    def parent(self) -> Slab:
        """Return the slab of the parent."""
        return self._slabs[-1]

    def worker(self, number: int) -> Slab:
        """Return the slab of that worker."""
        return self._slabs[:-1][number]

    def total(self, cell: int) -> int:
        """Return what all processes counted in a cell."""
        return sum(slab[cell] for slab in self._slabs)

    def totals(self, cells: Iterable[int]) -> Sequence[int]:
        """Return what all processes counted in each of the cells."""
        return [self.total(cell) for cell in cells]
