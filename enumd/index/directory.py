"""The directory of an index: made, told from others, and thrown away."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import lmdb

from enumd.errors import IndexForeign, IndexUnreachable
from enumd.index.faults import translate_faults
from enumd.index.files import DATA, LOCK, is_present

FIRST_MAP_OCTETS: Final = 16 << 20

DRAFT: Final = "draft"
"""Where `replace_directory` makes an index before it takes the place of the one that is there."""

MAX_READERS: Final = 1024
"""Slots in the lock file: one for each snapshot open at the same time in any process."""


def create(path: Path) -> None:
    """Make an empty environment at *path* unless one is there.

    It holds no tables until the first publish, so readers go on calling it missing.

    Raises:
        IndexForeign: *path* is no directory, or one that holds other things.
        IndexDamaged, IndexUnreachable: what is there cannot be used.
    """
    with _sole(path):
        if not is_present(path):
            _refuse_other_things(path)
            # A lock file outlives its data only by accident and tells of transactions of the past.
            (path / LOCK).unlink(missing_ok=True)
            lmdb.open(
                str(path), map_size=FIRST_MAP_OCTETS, mode=0o600, max_readers=MAX_READERS
            ).close()


def discard(path: Path) -> None:
    """Throw the index at *path* away, whatever state it is in; the next writer makes it anew.

    Servers that have it open go on answering with what was published last.

    Raises:
        IndexForeign: *path* is no directory, or one that holds other things.
        IndexUnreachable: the operating system refuses.
    """
    with _sole(path):
        _refuse_other_things(path)
        for name in (DATA, LOCK):
            (path / name).unlink(missing_ok=True)


@contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """Give a directory to make an index in that takes the place of the one at *path* at the end.

    Nobody else makes, replaces or begins to publish to the index at *path* meanwhile. Where the
    block raises, what was there stays.

    Raises:
        IndexForeign: *path* is no directory, or one that holds other things.
        IndexUnreachable: the operating system refuses.
    """
    with _sole(path):
        _refuse_other_things(path)
        draft = path / DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        try:
            yield draft
            # Data first: whoever opens the index between the two finds none, not half of each.
            for name in (DATA, LOCK):
                (path / name).unlink(missing_ok=True)
            for name in (LOCK, DATA):
                (draft / name).rename(path / name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def set_aside(path: Path) -> Path | None:
    """Move the files of the index at *path* to a directory beside it; return it, None: no files.

    Raises:
        OSError: the operating system refuses.
    """
    files = [path / name for name in (DATA, LOCK) if (path / name).exists()]
    if not files:
        return None
    places = (path.with_name(f"{path.name}.aside-{number}") for number in count(1))
    place = next(place for place in places if not place.exists())
    place.mkdir(mode=0o700)
    for file in files:
        file.rename(place / file.name)
    return place


def identity(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of the data file at *path*, or None where there is none."""
    try:
        status = os.stat(path / DATA)  # noqa: PTH116 (half the time of Path.stat)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _refuse_other_things(path: Path) -> None:
    """Raise IndexForeign for a directory that holds more than an index."""
    if others := sorted({entry.name for entry in path.iterdir()} - {DATA, LOCK, DRAFT}):
        what = f"the directory holds other things: {', '.join(others[:3])}"
        raise IndexForeign(path, what).advise(
            "Move them elsewhere: the index needs a directory of its own."
        )


@contextmanager
def _sole(path: Path) -> Iterator[None]:
    """Make the directory where there is none, and let one process at a time see to its files."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            with translate_faults(path):
                yield
        finally:
            os.close(directory)
    except (FileExistsError, NotADirectoryError):
        raise IndexForeign(path, "this is no directory, and an index is one").advise(
            "Choose another path under [index]; what is there was not touched."
        ) from None
    except OSError as error:
        raise IndexUnreachable(path, f"{error.strerror} ({error.filename})") from error
