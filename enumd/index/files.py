"""A look at the files of an index before LMDB maps them.

LMDB trusts its file: a shortened or foreign one ends the process with SIGBUS or a failed assertion
when a page is touched. The two meta pages at its beginning tell enough to refuse such a file first.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from enumd.errors import IndexDamaged, IndexForeign, IndexUnreachable

DATA: Final = "data.mdb"
LOCK: Final = "lock.mdb"

_MAGIC: Final = 0xBEEFC0DE
_LMDB_FORMAT: Final = 1
_NO_PAGE: Final = (1 << 64) - 1
_BRANCH, _LEAF, _META = 0x01, 0x02, 0x08

# MDB_page's header, then MDB_meta with the records of the two main trees (free pages; the tables):
# pgno, pad, flags, bounds | magic, version, address, map size | page size, flags, depth, branch,
# leaf and overflow pages, entries, root; the same again | last page, transaction id.
_PAGE: Final = struct.Struct("=QHHI")
_META_PAGE: Final = struct.Struct("=QHHI IIQQ IHHQQQQQ IHHQQQQQ QQ")
_ASIDE: Final = (
    "Check the path under [index]. If it is the index of this registry, only damaged, move it "
    "aside and run `enumd publish`: it is made again, and nothing is lost."
)


@dataclass(frozen=True, slots=True)
class _Meta:
    """One of the two meta pages, which commits write by turns."""

    flags: int
    magic: int
    lmdb_format: int
    page_octets: int
    roots: tuple[int, int]
    last_page: int
    transaction_id: int

    @classmethod
    def read(cls, octets: bytes) -> _Meta:
        """Read the beginning of a page."""
        fields = _META_PAGE.unpack(octets)
        return cls(
            flags=fields[2],
            magic=fields[4],
            lmdb_format=fields[5],
            page_octets=fields[8],
            roots=(fields[15], fields[23]),
            last_page=fields[24],
            transaction_id=fields[25],
        )

    @property
    def intact(self) -> bool:
        """Tell whether this is a meta page at all."""
        return bool(self.flags & _META) and self.magic == _MAGIC


def is_present(directory: Path) -> bool:
    """Tell whether *directory* holds a data file that may be mapped; False: there is none.

    Raises:
        IndexForeign: it is no directory, or the file is not of LMDB or of another LMDB format.
        IndexDamaged: the file is torn or shorter than its last page.
        IndexUnreachable: the operating system refuses to read it.
    """
    try:
        return _look(directory)
    except OSError as error:
        raise IndexUnreachable(directory, f"{error.strerror} ({error.filename})") from error


def _look(directory: Path) -> bool:
    """Do the work of `is_present`."""
    if not directory.exists():
        return False
    if not directory.is_dir():
        raise IndexForeign(directory, "this is no directory, and an index is one").advise(
            "Choose another path under [index]; what is there was not touched."
        )
    path = directory / DATA
    if not path.exists():
        return False
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise IndexForeign(directory, f"{DATA} is no regular file")
        if status.st_size:
            _refuse_foreign(directory, file.fileno(), status.st_size)
    return status.st_size > 0


def _refuse_foreign(directory: Path, file: int, octets: int) -> None:
    """Raise IndexForeign or IndexDamaged for an open data file of *octets* that is no good one."""
    first = os.pread(file, _META_PAGE.size, 0)
    if len(first) < _META_PAGE.size or not (meta := _Meta.read(first)).intact:
        begins = first[:8].hex(" ")
        raise IndexForeign(
            directory, f"{DATA} is no LMDB file: {octets} octets, begins {begins}"
        ).advise(_ASIDE)
    if meta.lmdb_format != _LMDB_FORMAT:
        found = f"LMDB file format {meta.lmdb_format}, this build reads {_LMDB_FORMAT}"
        raise IndexForeign(directory, f"{DATA} has {found}").advise(_ASIDE)
    second = os.pread(file, _META_PAGE.size, meta.page_octets)
    if len(second) < _META_PAGE.size or not (other := _Meta.read(second)).intact:
        raise IndexDamaged(directory, f"the second meta page of {DATA} is torn or cut off")
    _refuse_damaged(directory, file, octets, max(meta, other, key=lambda m: m.transaction_id))


def _refuse_damaged(directory: Path, file: int, octets: int, meta: _Meta) -> None:
    """Raise IndexDamaged where the file is too short for, or lacks, what its newest meta names."""
    end = (meta.last_page + 1) * meta.page_octets
    if octets < end:
        raise IndexDamaged(directory, f"{DATA} is cut off: {octets} octets of {end}")
    for root in meta.roots:
        if root == _NO_PAGE:
            continue
        found = os.pread(file, _PAGE.size, root * meta.page_octets)
        number, _, flags, _ = _PAGE.unpack(found) if len(found) == _PAGE.size else (-1, 0, 0, 0)
        if number != root or not flags & (_BRANCH | _LEAF):
            raise IndexDamaged(directory, f"page {root} of {DATA}, a root, is overwritten")
