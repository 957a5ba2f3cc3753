"""What LMDB's errors mean for an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import lmdb

from enumd.errors import IndexDamaged, IndexFault, IndexForeign, IndexUnreachable

_DAMAGE: Final = (
    lmdb.BadDbiError,
    lmdb.CorruptedError,
    lmdb.InvalidError,
    lmdb.PageNotFoundError,
    lmdb.PanicError,
)


def fault(path: Path, error: lmdb.Error) -> IndexFault:
    """Return the error of our tree that says what *error* means for the index at *path*."""
    if isinstance(error, lmdb.VersionMismatchError):
        return IndexForeign(path, f"another version of LMDB wrote it ({error})").advise(
            "Move the index aside and run `enumd publish`: it is made again from the registry."
        )
    if isinstance(error, _DAMAGE):
        return IndexDamaged(path, f"LMDB finds it inconsistent ({error})")
    return IndexUnreachable(path, str(error))


@contextmanager
def translate_faults(path: Path) -> Iterator[None]:
    """Raise what LMDB raises in the block as an error of our tree."""
    try:
        yield
    except lmdb.Error as error:
        raise fault(path, error) from error
