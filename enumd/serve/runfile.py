"""The run file: where the server of a home listens, for the commands that want to ask it.

The server holds a lock on the file for as long as it lives. The lock ends with the process, even
by kill -9, so a file left behind is recognised although its process number may be somebody else's.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from enumd.errors import ConfigError, ServiceError
from enumd.net.listeners import Address

FILE_NAME: Final = "serve.json"


@dataclass(frozen=True, slots=True)
class RunFile:
    """What a running server says of itself."""

    pid: int
    started_s: int
    """When it began to answer, in seconds since 1970."""
    workers: int
    listeners: tuple[str, ...]
    """The addresses it answers DNS at, ephemeral ports resolved."""
    metrics: str = ""
    """The address of the page /metrics, or nothing."""
    sip: tuple[str, ...] = ()
    """The addresses it answers SIP at, over UDP and TCP."""
    sip_tls: tuple[str, ...] = ()
    """Those it answers SIP over TLS at."""
    descriptors: int = 0
    """Files that each of its processes may have open; 0 where that is not known."""

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Return where a client on this machine can ask it."""
        return tuple(Address.parse(text).reachable for text in self.listeners)

    @property
    def sip_addresses(self) -> tuple[Address, ...]:
        """Return where a client on this machine can call over UDP and TCP."""
        return tuple(Address.parse(text).reachable for text in self.sip)

    def to_json(self) -> str:
        """Return the file's text."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RunFile:
        """Read what `to_json` wrote.

        Raises:
            ValueError, TypeError, KeyError, ConfigError: it is something else.
        """
        row: dict[str, Any] = json.loads(text)
        return cls(
            int(row["pid"]),
            int(row["started_s"]),
            int(row["workers"]),
            _addresses(row["listeners"]),
            row["metrics"],
            _addresses(row.get("sip", ())),
            _addresses(row.get("sip_tls", ())),
            int(row.get("descriptors", 0)),
        )


def running(home: Path) -> RunFile | None:
    """Return what the server of *home* says of itself, or None when there is none running."""
    return _read(home, held=True)


def find_left_behind(home: Path) -> RunFile | None:
    """Return what a server of *home* said that died without a word, or None.

    One that ends as told takes its run file along; only one that was killed, or a machine that
    lost its power, leaves it behind.
    """
    return _read(home, held=False)


def _read(home: Path, *, held: bool) -> RunFile | None:
    """Return what the run file of *home* says, if it is *held* by a living server or is not."""
    with suppress(OSError), (home / FILE_NAME).open(encoding="utf-8") as file:
        if _held_by_another(file.fileno()) is held:
            with suppress(ValueError, TypeError, KeyError, ConfigError):
                return RunFile.from_json(file.read())
    return None


class Announcement:
    """The run file of this very process, from when it answers until it ends."""

    def __init__(self, home: Path) -> None:
        """Announce nothing yet, in *home*."""
        self._path = home / FILE_NAME
        self._descriptor: int | None = None

    def publish(self, run_file: RunFile) -> None:
        """Write the file and hold its lock; readers see all of it or nothing.

        Raises:
            ServiceError: it cannot be written.
        """
        # Not a random name: a server killed at this very point leaves one file, not a heap.
        draft = self._path.with_suffix(".new")
        try:
            self._descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._descriptor, run_file.to_json().encode())
            draft.replace(self._path)
        except OSError as error:
            raise ServiceError(f"cannot write {self._path}: {error.strerror}").advise(
                f"This user has to be able to write in {self._path.parent}, and the disk needs "
                "room."
            ) from None

    def close(self) -> None:
        """Let go of the lock without a word; a worker must not seem to be the server."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def withdraw(self) -> None:
        """Remove the file."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            self.close()

    def __enter__(self) -> Announcement:
        """Return the announcement, which is withdrawn at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the file, however the block ends."""
        self.withdraw()


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return addresses as they are written, checked."""
    return tuple(str(Address.parse(text)) for text in texts)


def _held_by_another(descriptor: int) -> bool:
    """Tell whether a living process holds the lock of an open file."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
