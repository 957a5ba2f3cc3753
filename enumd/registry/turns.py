"""Writers of one SQLite file take turns in the order they came.

SQLite lets everybody who waits look again at longer and longer intervals, so whoever came last and
looks most often gets in first, and others give up. In front of it stands a queue: a file beside the
database whose octets are locked. Who comes draws a ticket, locks the octet of its number, and waits
until no octet before it is locked. The locks are those of the operating system: it takes them away
when a process dies, whatever it dies of. Who is going to take long says so in the file, and nobody
gives up before that time has passed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from enumd.registry.faults import WAIT_S, busy

_GATE: Final = 1 << 62
"""The octet that is locked while a ticket is drawn; tickets are below."""

_LOOK_AGAIN_S: Final = 0.002
_COUNTER: Final = struct.Struct("!Q")
_ENDS_S: Final = struct.Struct("!d")
"""Behind the counter: the second of the monotonic clock at which a long turn is over, or 0."""
_TAKEN: Final = (errno.EAGAIN, errno.EACCES)

# Locks of an open file, not of a process, so that threads wait for each other as well. Where the
# system has none, SQLite alone decides.
_SET: Final = getattr(fcntl, "F_OFD_SETLK", None)
_FLOCK: Final = struct.Struct("hhqqi4x")
"""struct flock of Linux: type, whence, start, length, process."""


@contextmanager
def turn(path: Path, wait_s: float | None = None, takes_s: float = 0) -> Iterator[None]:
    """Wait for this writer's turn at the queue *path*, and keep it for the block.

    A block that takes more than a moment says how long, *takes_s*: others wait so much longer.

    Without a queue, where none can be made, the block runs at once: SQLite has its own lock.

    Raises:
        RegistryBusy: the turn did not come within *wait_s*, `WAIT_S` if it is not said, nor
            within `WAIT_S` of the end of a turn that was said to take long.
    """
    queue = _opened(path)
    if queue is None:
        yield
        return
    try:
        _wait(queue, time.monotonic() + (WAIT_S if wait_s is None else wait_s))
        _announce(queue, takes_s)
        yield
        _announce(queue, 0)
    finally:
        os.close(queue)


def _opened(path: Path) -> int | None:
    """Return the queue opened, or None where there can be none."""
    if _SET is None:
        return None
    try:
        queue = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        # A full disk shows here, where it does no harm.
        os.posix_fallocate(queue, 0, _COUNTER.size + _ENDS_S.size)
    except OSError:
        os.close(queue)
        return None
    return queue


def _announce(queue: int, takes_s: float) -> None:
    """Say that this turn takes *takes_s* from now; 0 takes back what was said, by whomever."""
    ends_s = time.monotonic() + takes_s if takes_s else 0.0
    if ends_s != _ends_s(queue):
        os.pwrite(queue, _ENDS_S.pack(ends_s), _COUNTER.size)


def _ends_s(queue: int) -> float:
    """Return when a long turn is over, as it was said; 0 where none was."""
    (ends_s,) = _ENDS_S.unpack(os.pread(queue, _ENDS_S.size, _COUNTER.size))
    return float(ends_s)


def _patience_s(queue: int) -> float:
    """Return until when everybody waits for a long turn; 0 where there is none."""
    ends_s = _ends_s(queue)
    return ends_s + WAIT_S if ends_s else 0.0


def _wait(queue: int, until_s: float) -> None:
    """Draw a ticket and return when it is next."""
    _lock(queue, fcntl.F_WRLCK, _GATE, 1, until_s)
    (drawn,) = _COUNTER.unpack(os.pread(queue, _COUNTER.size, 0))
    ticket = drawn % (_GATE - 1) + 1
    os.pwrite(queue, _COUNTER.pack(ticket), 0)
    _lock(queue, fcntl.F_WRLCK, ticket, 1, until_s)
    _lock(queue, fcntl.F_UNLCK, _GATE, 1, until_s)
    _lock(queue, fcntl.F_RDLCK, 0, ticket, until_s)
    _lock(queue, fcntl.F_UNLCK, 0, ticket, until_s)


def _lock(queue: int, kind: int, start: int, length: int, until_s: float) -> None:
    """Lock octets of *queue*, or unlock them, once nobody else has a lock in the way."""
    assert _SET is not None
    wanted = _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)
    while True:
        try:
            fcntl.fcntl(queue, _SET, wanted)
            return
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        if time.monotonic() >= max(until_s, _patience_s(queue)):
            raise busy("others were there first")
        time.sleep(_LOOK_AGAIN_S)
