"""Ctrl-C for a command that has to clean up, whenever it is pressed.

`KeyboardInterrupt` can come between any two steps: between a process being started and its number
being noted, say, or while the very clean-up runs that an earlier one asked for. And a signal that
comes just before `signal.pause` is entered is never noticed by it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

_SIGNAL: Final = signal.SIGINT


class CtrlC:
    """Notes Ctrl-C while the block lasts, and raises it where the block says so, once.

    ::

        with CtrlC() as ctrl_c:
            ...                        nothing is interrupted here
            with ctrl_c.heeded():
                ...                    KeyboardInterrupt, also for one that came before
            ctrl_c.wait()              returns when it comes, or came
    """

    def __init__(self) -> None:
        """Have noted none."""
        self.came = False
        self._heeded = False

    def __enter__(self) -> CtrlC:
        """Note it from here on."""
        self._before = signal.signal(_SIGNAL, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let it do what it did before."""
        signal.signal(_SIGNAL, self._before)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Raise KeyboardInterrupt as soon as it comes, until the end of this inner block."""
        self._heeded = True
        try:
            if self.came:
                raise KeyboardInterrupt
            yield
        finally:
            self._heeded = False

    def wait(self) -> None:
        """Return when it comes, at once if it came."""
        # Blocked first and looked for second: what comes in between stays pending for `sigwait`.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {_SIGNAL})
        try:
            if not self.came:
                signal.sigwait({_SIGNAL})
                self.came = True
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _note(self, number: int, frame: object) -> None:
        """Note that it came; raise it where it is heeded, and then no more."""
        self.came = True
        if self._heeded:
            self._heeded = False
            raise KeyboardInterrupt
