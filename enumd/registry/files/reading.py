"""An import file as a stream of groups, read by another process when it is large.

Reading and checking takes about as long as deciding what becomes of it, so two processes share the
work: this one decides while the other reads. What crosses between them is batches of plain tuples.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO, Final

from enumd.core.apex import Apex
from enumd.errors import UnreadableFile
from enumd.registry.files.csv_format import csv_keys, read_csv
from enumd.registry.files.gathering import Group, groups
from enumd.registry.files.one_name import Rules
from enumd.registry.files.regular import open_regular
from enumd.registry.files.rows import Row
from enumd.registry.files.sorting import in_order, sort_rows
from enumd.registry.files.text_lines import read_lines
from enumd.registry.files.zone_rows import ZoneFile
from enumd.registry.garbage import few_collections

BATCH_GROUPS: Final = 1000
ALONE_OCTETS: Final = 1 << 20
"""Up to this size one process is quicker: another takes some 0.3 s to start."""

_LENGTH: Final = struct.Struct("!I")

Batch = tuple[int, list[Group]]
"""How many octets of the file have been read, and what was made of them."""

ReadingFault = tuple[str, str, str]
"""Name, reason and advice of an `UnreadableFile` on its way to this process."""

_LOOK: Final = "Check that the file and the disk it is on can be read, and import it again."


class FileFormat(StrEnum):
    """What an import file is made of."""

    CSV = "csv"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class SourceFile:
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
        with open_regular(self.path) as stream:
            before = self.path.stat()
            ordered = in_order(self._keys(stream))
            stream.seek(0)
            rows = self._rows(stream)
            batch: list[Group] = []
            for group in groups(rows if ordered else sort_rows(rows), self.rules):
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


def read_batches(source: SourceFile, alone_octets: int = ALONE_OCTETS) -> Iterator[Batch]:
    """Yield the batches of *source*, read by another process if it is larger than *alone_octets*.

    Raises:
        UnreadableFile: it cannot be read as what it is said to be.
    """
    try:
        open_regular(source.path).close()
        if source.size <= alone_octets:
            yield from source.batches()
        else:
            yield from _from_other(source)
    except OSError as error:
        raise UnreadableFile(str(source.path), error.strerror or str(error)) from None


def _from_other(source: SourceFile) -> Iterator[Batch]:
    """Yield the batches that another process reads."""
    # Neither a fork, which would copy the reactor and the locks of whoever imports this package,
    # nor multiprocessing's spawn, which would run the caller's main module a second time. -P keeps
    # modules of the working directory out.
    command = [sys.executable, "-P", "-c", "from enumd.registry.files.reading import main; main()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as reader:
        assert reader.stdin and reader.stdout
        try:
            with reader.stdin as stdin:
                pickle.dump(source, stdin)
            while (batch := _received(reader.stdout, source)) is not None:
                yield batch
        finally:
            reader.kill()


def _received(stream: IO[bytes], source: SourceFile) -> Batch | None:
    """Return the next batch; None at the end of the file."""
    head = stream.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
    octets = stream.read(length)
    if not octets or len(octets) < length:
        why = "the process that read it was killed; nothing was imported"
        raise UnreadableFile(str(source.path), why)
    done, groups, fault = marshal.loads(octets)
    if fault is not None:
        raise UnreadableFile(*fault[:2]).advise(fault[2])
    return (done, groups) if done >= 0 else None


def _send(stream: IO[bytes], message: tuple[int, list[Group], ReadingFault | None]) -> None:
    """Write one message with its length in front."""
    octets = marshal.dumps(message)
    stream.write(_LENGTH.pack(len(octets)) + octets)
    stream.flush()


def main() -> None:
    """Read the source that comes in on stdin and write its batches to stdout."""
    # Ctrl-C reaches both processes; the one that writes says how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stdout = sys.stdout.buffer
    source = pickle.load(sys.stdin.buffer)
    with few_collections():
        _read(source, stdout)


def _read(source: SourceFile, stdout: IO[bytes]) -> None:
    """Write the batches of *source*, or why there are none, to *stdout*."""
    try:
        try:
            for done, groups in source.batches():
                _send(stdout, (done, groups, None))
            _send(stdout, (-1, [], None))
        except UnreadableFile as error:
            _send(stdout, (-1, [], (error.name, error.why, error.advice)))
        except OSError as error:
            _send(stdout, (-1, [], (str(source.path), error.strerror or str(error), _LOOK)))
    except BrokenPipeError:
        os._exit(1)  # the other has gone, and with it whoever would want to know
