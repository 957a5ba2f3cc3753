"""An import file read and checked whole, before anybody has to wait for it.

Others wait while a file is written to the registry, so nothing else is done in that time: what was
made of the file lies ready in a temporary file, in the order it is written in.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from enumd.registry.files.reading import Batch, Source, read_batches

IN_MEMORY_OCTETS: Final = 1 << 22
_LENGTH: Final = struct.Struct("!I")


class Checked:
    """What was made of a file, to be gone through once."""

    def __init__(self, source: Source, spool: IO[bytes]) -> None:
        """Keep the file and the *spool* that stands at its beginning; use `checked`."""
        self.source = source
        self._spool = spool

    def batches(self) -> Iterator[Batch]:
        """Yield the batches that `read_batches` made of the file."""
        while head := self._spool.read(_LENGTH.size):
            done, groups = marshal.loads(self._spool.read(_LENGTH.unpack(head)[0]))
            yield done, groups


@contextmanager
def checked(source: Source, tell: Callable[[int], None]) -> Iterator[Checked]:
    """Read and check the whole file of *source*; *tell* hears how many octets are done.

    Raises:
        UnreadableFile: it cannot be read as what it is said to be.
        OSError: there is no room for what was made of it.
    """
    with SpooledTemporaryFile(IN_MEMORY_OCTETS, prefix="enumd-import-") as spool:
        for batch in read_batches(source):
            octets = marshal.dumps(batch)
            spool.write(_LENGTH.pack(len(octets)) + octets)
            tell(batch[0])
        spool.seek(0)
        yield Checked(source, spool)
