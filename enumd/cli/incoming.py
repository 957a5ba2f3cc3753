"""Where an import comes from: a file as it is, or what a pipe gives, kept for as long as it takes.

An import reads its file several times and compares it with itself afterwards, which only a regular
file allows. So standard input and pipes are written to a temporary file first.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from enumd.errors import UnreadableFile

STDIN: Final = "-"
REJECTS: Final = Path("import.rejects.csv")
"""Where refused lines are listed when there is no file to list them beside."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A regular file to import."""

    path: Path
    rejects_path: Path | None
    """Where refused lines are listed; None: beside the file."""


@contextmanager
def incoming(file: Path, rejects_path: Path | None) -> Iterator[Incoming]:
    """Give the regular file that *file* is, or that holds what comes through it.

    Raises:
        UnreadableFile: the file cannot be read; it is called as its user called it.
    """
    if str(file) != STDIN and file.is_file():
        yield Incoming(file, rejects_path)
        return
    with tempfile.TemporaryDirectory(prefix="enumd-import-") as folder:
        path = Path(folder) / f"import{file.suffix}"
        with path.open("wb") as spool, _open_source(file) as source:
            shutil.copyfileobj(source, spool)
        try:
            yield Incoming(path, rejects_path or REJECTS)
        except UnreadableFile as error:
            if error.name == str(path):
                error.name = "standard input" if str(file) == STDIN else str(file)
            raise


def _open_source(file: Path) -> AbstractContextManager[BinaryIO]:
    """Return standard input, which is left open, or the pipe *file*."""
    if str(file) != STDIN:
        return file.open("rb")
    return nullcontext(sys.stdin.buffer)
