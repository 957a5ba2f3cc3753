"""A worker as its parent sees it: a process, a line to it, and when to start it again."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
"""What the parent handles, and a child must not get while it still has the parent's handlers."""

STEADY_S: Final = 10.0
"""A worker that lived this long is restarted at once when it dies."""

_FIRST_DELAY_S: Final = 0.1
_LONGEST_DELAY_S: Final = 5.0


class Word(bytes, Enum):
    """What parent and worker say to each other: one octet each."""

    LISTENING = b"L"
    RELOAD = b"R"
    DRAIN = b"D"


def hear(line: socket.socket) -> bytes:
    """Return the words on *line*; nothing once the other side has ended, however it did."""
    try:
        return line.recv(4096)
    except ConnectionError:  # it died with words of ours unread
        return b""


class Child:
    """One worker, running or not."""

    def __init__(self, number: int) -> None:
        """Be the worker of that number, not yet started."""
        self.number = number
        self.pid = 0
        """0 while it does not run."""
        self.line: socket.socket | None = None
        self.listening = False
        self.due_s: float | None = None
        """When it is to be started again, by the monotonic clock."""
        self._began_s = 0.0
        self._early_deaths = 0

    @property
    def wanted(self) -> bool:
        """Tell whether it runs or is to run again."""
        return bool(self.pid) or self.due_s is not None

    def start(self, be_worker: Callable[[socket.socket], None]) -> socket.socket:
        """Fork; the child calls *be_worker* with its end of the line, and ends with it.

        Raises:
            OSError: the system has no room for another process.
        """
        ours, theirs = socket.socketpair()
        self.due_s, self._began_s = None, time.monotonic()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            with theirs:
                self.pid = os.fork()
                if self.pid == 0:
                    self._be(be_worker, ours, theirs)
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self.line = ours
        return ours

    def tell(self, word: Word) -> None:
        """Give it an order, and never wait for it to listen."""
        if self.line is None:
            return
        with suppress(OSError):  # it has just died, and will be reaped
            try:
                self.line.send(word, socket.MSG_DONTWAIT)
            except BlockingIOError:
                # Hundreds of orders to reload lie there unread, which one more changes nothing
                # about. The end of the line is the order to drain.
                if word is Word.DRAIN:
                    self.line.shutdown(socket.SHUT_WR)

    def hear(self) -> bool:
        """Note what it says; return False when it will say no more."""
        words = hear(self.line) if self.line is not None else b""
        self.listening |= Word.LISTENING.value in words
        return bool(words)

    def reap(self) -> str | None:
        """Return how it ended, or None while it runs or was reaped before."""
        if not self.pid:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return _how(os.waitstatus_to_exitcode(status)) if pid else None

    def ended(self) -> None:
        """Let go of what belonged to the process that ended."""
        self.pid, self.listening = 0, False
        if self.line is not None:
            self.line.close()
            self.line = None

    def plan_restart(self) -> float:
        """Decide when it is started again; return in how many seconds that is."""
        now_s = time.monotonic()
        if now_s - self._began_s >= STEADY_S:
            self._early_deaths = 0
        delay_s = restart_delay_s(self._early_deaths)
        self._early_deaths += 1
        self.due_s = now_s + delay_s
        return delay_s

    def strike(self) -> None:
        """End it now; it is reaped and started again like any other that ended."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it now, for good."""
        self.due_s = None
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.ended()

    def _be(
        self, be_worker: Callable[[socket.socket], None], ours: socket.socket, theirs: socket.socket
    ) -> None:
        """Be the worker, in the child process; never returns."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ours.close()
            be_worker(theirs)
        finally:
            os._exit(1)


def restart_delay_s(early_deaths: int) -> float:
    """Return how long to wait for the restart after so many deaths in quick succession.

    >>> [restart_delay_s(deaths) for deaths in (0, 1, 2, 3, 50)]
    [0.0, 0.1, 0.2, 0.4, 5.0]
    """
    if not early_deaths:
        return 0.0
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(early_deaths - 1, 10))


def _how(status: int) -> str:
    """Return how a process ended, in words."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
