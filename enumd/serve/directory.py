"""The index as a worker sees it: there, or waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from enumd.errors import IndexFault
from enumd.index.reader import IndexReader, Snapshot
from enumd.net.log import event

RETRY_S: Final = 0.02
"""An index that is not there is looked for again after this time, when somebody asks."""

_log = logging.getLogger("enumd.serve")


class Directory:
    """A context manager that is a snapshot of the index, or None while there is no usable one.

    A server starts before its index exists and outlives its loss: clients get SERVFAIL, which
    makes them ask another server, and the index is taken up as soon as it is there.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the index at *path*; *clock* gives seconds."""
        self._path = path
        self._clock = clock
        self._reader: IndexReader | None = None
        self._snapshot: Snapshot | None = None
        self._retry_at_s = clock()
        self._why = ""

    @property
    def reader(self) -> IndexReader | None:
        """Return the open index, or None where there is no usable one."""
        if self._reader is None and self._clock() >= self._retry_at_s:
            self.open()
        return self._reader

    def open(self) -> None:
        """Open the index, or log why it cannot be used."""
        try:
            self._reader = IndexReader(self._path)
        except IndexFault as fault:
            self._lost(fault)
            return
        self._why = ""
        _log.info(event("index-open", path=self._path))
        if self._reader.is_former:
            # Answers are right as they are; the next publication makes the index anew.
            _log.warning(event("index-format", path=self._path, until="the next publication"))

    def __enter__(self) -> Snapshot | None:
        """Begin a snapshot; it lasts for the block."""
        reader = self.reader
        if reader is not None:
            try:
                self._snapshot = reader.snapshot().__enter__()
            except IndexFault as fault:
                self._lost(fault)
        return self._snapshot

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the snapshot."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.__exit__(kind, error, traceback)

    def close(self) -> None:
        """Give the index back."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _lost(self, fault: IndexFault) -> None:
        """Do without the index for a while; say why, once."""
        self.close()
        self._retry_at_s = self._clock() + RETRY_S
        if self._why != str(fault):
            self._why = str(fault)
            _log.error(event("index-unusable", why=fault, answers="SERVFAIL", advice=fault.advice))
