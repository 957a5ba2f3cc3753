"""Turns at the reactor: what one peer sent in one go is not all looked at in one go.

A reactor reads 64 KiB of a connection at a time, which may hold thousands of messages, and would
look at nothing else until the last of them is answered. So each connection does a few things a
visit, all of them together do so many a turn, and between two turns the reactor sees to datagrams,
timers and other connections. A connection that has to wait is not read from meanwhile.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.base import DelayedCall

from enumd.net.connections import Clock


class Visited(Protocol):
    """What waits for its turn: a connection of which something was read."""

    def go_on(self, most: int) -> int:
        """Do *most* things at most; return how many: fewer, and nothing waits any more."""

    def hold(self) -> None:
        """Read no more until the next visit."""

    def release(self) -> None:
        """Read again."""


class Turns:
    """Has connections go on one after the other, and the reactor in between."""

    def __init__(self, clock: Clock, turn: int, visit: int) -> None:
        """Allow *turn* things before the reactor has its turn, *visit* of one connection."""
        self._clock = clock
        self._turn = self._left = turn
        self._visit = visit
        self._queue: dict[Visited, None] = {}
        self._next: DelayedCall | None = None
        self._visiting = False

    @property
    def waiting(self) -> bool:
        """Tell whether anything waits for the next turn."""
        return bool(self._queue)

    def ask(self, one: Visited) -> None:
        """Have *one* go on, at once if this turn has room for it."""
        self._queue.setdefault(one)
        self._begin()
        self._go_round()
        if one in self._queue:
            one.hold()

    def _begin(self) -> None:
        """Begin a turn, which lasts until the reactor has seen to everything else."""
        if self._next is None:
            self._left = self._turn
            self._next = self._clock.callLater(0, self._again)

    def _again(self) -> None:
        """Go on with those who wait, now that the reactor had its turn."""
        self._next = None
        if self._queue:
            self._begin()
            self._go_round()

    def _go_round(self) -> None:
        """Visit those who wait, in order, until none does or the turn is over."""
        if self._visiting:  # what goes on made room for another's replies
            return
        self._visiting = True
        try:
            while self._left > 0 and self._queue:
                self._visit_one(next(iter(self._queue)))
        finally:
            self._visiting = False

    def _visit_one(self, one: Visited) -> None:
        """Have the first in the queue go on; it waits behind all others if it has more to do."""
        del self._queue[one]
        most = min(self._visit, self._left)
        done = one.go_on(most)
        self._left -= max(1, done)  # also a read that made nothing whole
        if done >= most:
            self._queue[one] = None
        else:
            one.release()
