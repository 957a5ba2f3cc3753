"""Signals that wake a loop: each is noted when it comes and acted on when the loop gets to it.

What is noted is which signals came, not how often: the kernel merges signals that wait, too. So
none is lost in its effect, however many come while another is acted on.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterable
from types import TracebackType


class Signals:
    """A context manager that notes *numbers* while its block lasts."""

    def __init__(self, numbers: Iterable[int]) -> None:
        """Be ready to note *numbers*."""
        self._numbers = tuple(numbers)
        self._came: set[int] = set()
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)

    def __enter__(self) -> Signals:
        """Note signals from here on."""
        self._before = {number: signal.signal(number, self._note) for number in self._numbers}
        # A writer that is full has woken the loop already.
        self._descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let signals do what they did before."""
        signal.set_wakeup_fd(self._descriptor)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.close()

    def close(self) -> None:
        """Let go of what wakes the loop; in a child, whose signals are its own."""
        self._reader.close()
        self._writer.close()

    def fileno(self) -> int:
        """Return what is readable once a signal came."""
        return self._reader.fileno()

    def take(self) -> set[int]:
        """Return the signals that came since the last time."""
        # First the wake-up, then the note: what comes in between wakes the loop again.
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        came, self._came = self._came, set()
        return came

    def _note(self, number: int, frame: object) -> None:
        """Note that the signal came."""
        self._came.add(number)
