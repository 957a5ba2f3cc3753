"""An import file as a stream of groups, read by another process when it is large.

Reading and checking takes about as long as writing to the database, so two processes share the
work: this one writes while the other reads. What crosses between them is batches of plain tuples.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, Final

from enumd.core.apex import Apex
from enumd.errors import EnumdError, UnreadableFile
from enumd.registry.csv_format import csv_keys, read_csv
from enumd.registry.gathering import Group, Rules, groups
from enumd.registry.rows import Row
from enumd.registry.sorting import in_order, sorted_rows
from enumd.registry.text_lines import read_lines
from enumd.registry.zone_rows import ZoneFile

BATCH_GROUPS: Final = 1000
ALONE_OCTETS: Final = 1 << 20
"""Up to this size one process is quicker: another takes some 0.3 s to start."""

Batch = tuple[int, list[Group]]
"""How many octets of the file have been read, and what was made of them."""


class FileFormat(StrEnum):
    """What an import file is made of."""

    CSV = "csv"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Source:
    """One import file and how to read it; it can be sent to another process."""

    path: Path
    format: FileFormat
    rules: Rules
    max_digits: int
    apex: Apex | None = None
    """The apex of a zone file."""
    include: bool = False

    @property
    def size(self) -> int:
        """Return the size of the file in octets."""
        return self.path.stat().st_size

    def batches(self) -> Iterator[Batch]:
        """Yield the whole file, checked and in the order of its keys.

        Raises:
            UnreadableFile: it is no file of this format, or it changed meanwhile.
        """
        with self.path.open("rb") as stream:
            before = self.path.stat()
            ordered = in_order(self._keys(stream))
            stream.seek(0)
            rows = self._rows(stream)
            batch: list[Group] = []
            for group in groups(rows if ordered else sorted_rows(rows), self.rules):
                batch.append(group)
                if len(batch) == BATCH_GROUPS:
                    yield stream.tell(), batch
                    batch = []
            yield stream.tell(), batch
            after = self.path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise UnreadableFile(str(self.path), "it changed while it was read")

    def _rows(self, stream: BinaryIO) -> Iterator[Row]:
        """Yield the rows of the file."""
        if self.format is FileFormat.CSV:
            return read_csv(read_lines(stream, str(self.path)), str(self.path), self.max_digits)
        lines = read_lines(stream, str(self.path), keep_undecodable=True)
        return self.zone_file.rows(lines)

    def _keys(self, stream: BinaryIO) -> Iterator[str]:
        """Yield the keys of the rows, at a fraction of the cost."""
        if self.format is FileFormat.CSV:
            return csv_keys(read_lines(stream, str(self.path)), str(self.path), self.max_digits)
        lines = read_lines(stream, str(self.path), keep_undecodable=True)
        return self.zone_file.keys(lines)

    @property
    def zone_file(self) -> ZoneFile:
        """Return the file as a zone file."""
        if self.apex is None:
            raise UnreadableFile(str(self.path), "nothing says what its apex is")
        return ZoneFile(self.path, self.apex, self.max_digits, self.include)


def read_batches(source: Source, alone_octets: int = ALONE_OCTETS) -> Iterator[Batch]:
    """Yield the batches of *source*, read by another process if it is larger than *alone_octets*.

    Raises:
        UnreadableFile: it cannot be read as what it is said to be.
    """
    if not source.path.is_file():
        raise UnreadableFile(str(source.path), "there is no file of that name")
    try:
        if source.size <= alone_octets:
            yield from source.batches()
        else:
            yield from _from_other(source)
    except OSError as error:
        raise UnreadableFile(str(source.path), error.strerror or str(error)) from None


def _from_other(source: Source) -> Iterator[Batch]:
    """Yield the batches that another process reads."""
    # A fork would copy the reactor and the locks of whoever imports this package.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    reader = context.Process(target=_read, args=(there, source), daemon=True)
    reader.start()
    there.close()
    try:
        while True:
            batch = _received(here, source)
            if batch is None:
                return
            yield batch
    finally:
        here.close()
        reader.join()
        reader.close()


def _received(here: Connection, source: Source) -> Batch | None:
    """Return the next batch; None at the end of the file."""
    try:
        found = here.recv()
    except EOFError:
        why = "the process that read it was killed; nothing was imported"
        raise UnreadableFile(str(source.path), why) from None
    if isinstance(found, Exception):
        raise found
    return None if found is None else (found[0], found[1])


def _read(there: Connection, source: Source) -> None:
    """Read *source* in this process and send it; the last thing sent is None, or an error."""
    # Ctrl-C reaches both processes; the one that writes says how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            for batch in source.batches():
                there.send(batch)
            there.send(None)
        except (EnumdError, OSError) as error:
            there.send(error)
    except BrokenPipeError:
        return
