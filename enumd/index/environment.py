"""The LMDB environments of this process.

LMDB's locks belong to a process and a file, so a process must not open the same files twice: the
first to close would take the locks away from the other. Readers and writers therefore share one
`Environment` for the same files, found in a register by device and inode. It is opened for reading
alone until the process writes as well.

A forked child must not use what its parent opened either. Before a fork every environment without
a snapshot is closed; parent and child open it again, each its own, when they need it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import lmdb

from enumd.errors import (
    IndexDamaged,
    IndexFault,
    IndexForeign,
    IndexMissing,
    IndexUnreachable,
)
from enumd.index.datafile import DATA, LOCK, present
from enumd.index.layout import FORMAT, FORMAT_KEY, META_TABLE, REGISTRY_KEY

FIRST_MAP_OCTETS: Final = 16 << 20
GROWTH: Final = 8
"""How much larger the map gets when it is full.

A map costs addresses, not memory or disk, and the transaction that filled it has to run again:
with 8 at most an eighth of the work is done twice.
"""

MAX_ZONES: Final = 1600
MAX_TABLES: Final = 8192
"""How many tables of LMDB a process may have open: five a zone, and two."""

MAX_READERS: Final = 1024
"""Slots in the lock file: one for each snapshot open at the same time in any process."""

_DAMAGE: Final = (
    lmdb.CorruptedError,
    lmdb.PageNotFoundError,
    lmdb.InvalidError,
    lmdb.PanicError,
    lmdb.BadDbiError,
)

_open: dict[tuple[int, int], Environment] = {}


def fault(path: Path, error: lmdb.Error) -> IndexFault:
    """Return the error of our tree that says what *error* means for the index at *path*."""
    if isinstance(error, lmdb.VersionMismatchError):
        return IndexForeign(path, f"another version of LMDB wrote it ({error})")
    if isinstance(error, _DAMAGE):
        return IndexDamaged(path, f"LMDB found it inconsistent ({error})")
    return IndexUnreachable(path, str(error))


def identity(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of the data file at *path*, or None where there is none."""
    try:
        status = os.stat(path / DATA)  # noqa: PTH116 (a Path costs more than the call)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Environment:
    """One LMDB environment and who uses it in this process."""

    def __init__(self, path: Path, key: tuple[int, int]) -> None:
        """Remember the files; nothing is opened before `handle` is asked for."""
        self.path = path
        self.key = key
        self.epoch = 0
        """Grows whenever `handle` is another object; all that came from the one before is void."""
        self.tables: dict[bytes, lmdb._Database] = {}
        self.snapshots = 0
        self.writing = False
        self.users = 0
        self._handle: lmdb.Environment | None = None
        self._writable = False

    @property
    def handle(self) -> lmdb.Environment:
        """Return LMDB's own object, opened when it is not."""
        if self._handle is None:
            self._open()
        assert self._handle is not None
        return self._handle

    def make_writable(self) -> None:
        """Open the files again for writing where they are open for reading alone."""
        if self._writable:
            return
        if self._handle is not None:
            self._refuse_snapshots("be opened for writing")
        self.suspend()
        self._writable = True

    def suspend(self) -> None:
        """Close the files; whoever needs them next opens them again."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None
            self.tables.clear()
            self.epoch += 1

    def release(self) -> None:
        """Count one user less; the last one closes the files."""
        self.users -= 1
        if not self.users:
            self.suspend()
            _open.pop(self.key, None)

    def open_tables(self, names: Iterable[bytes]) -> None:
        """Get the handles of existing tables, outside of any transaction of this thread.

        LMDB forbids opening tables in two transactions of a process at once, and with it mixes up
        tables; so it is done here alone, or by the writer within its own transaction.
        """
        missing = [name for name in names if name not in self.tables]
        if missing and self.writing:
            raise IndexUnreachable(self.path, "this process is publishing to it just now")
        if len(self.tables) + len(missing) > MAX_TABLES and not self.snapshots:
            self.suspend()  # forgets the tables of zones that have gone
        for name in missing:
            self.tables[name] = self._open_table(name)

    def begin(self, *, write: bool = False) -> lmdb.Transaction[bytes]:
        """Return a transaction, of a map as large as other processes may have made it."""
        try:
            return self.handle.begin(write=write)
        except lmdb.MapResizedError:
            self._refuse_snapshots("be mapped anew, for another process has made it larger")
            self.handle.set_mapsize(0)
            return self.handle.begin(write=write)

    def registry_id(self, transaction: lmdb.Transaction[bytes]) -> str:
        """Return the id of the registry that publishes here; the table `meta` is open.

        Raises:
            IndexForeign: the layout has another version.
        """
        table = self.tables[META_TABLE]
        version = transaction.get(FORMAT_KEY, b"", db=table).decode(errors="replace")
        if version != str(FORMAT):
            found = f"the layout has version {version or 'unknown'}, this build reads {FORMAT}"
            raise IndexForeign(self.path, found)
        return transaction.get(REGISTRY_KEY, b"", db=table).decode(errors="replace")

    def grow(self) -> None:
        """Make the map larger; only between transactions."""
        self._refuse_snapshots("be made larger")
        self.handle.set_mapsize(self.handle.info()["map_size"] * GROWTH)

    def fill(self) -> None:
        """Make the file reach to its last page.

        LMDB does not write pages at the end that a transaction took and gave back; `present` could
        not tell such a file from one that was cut off.
        """
        end = (self.handle.info()["last_pgno"] + 1) * self.handle.stat()["psize"]
        path = self.path / DATA
        if path.stat().st_size < end:
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), end - 1, 1)  # never makes a file shorter

    def _open_table(self, name: bytes) -> lmdb._Database:
        """Return the handle of a table that has to exist."""
        try:
            return self.handle.open_db(name, create=False)
        except lmdb.NotFoundError:
            if not self.handle.stat()["entries"]:
                raise IndexMissing(self.path, "nothing has been published here yet") from None
            if name == META_TABLE:
                found = "another program's LMDB environment, without our table `meta`"
                raise IndexForeign(self.path, found) from None
            found = f"the table {name.decode()} is not there"
            raise IndexDamaged(self.path, found) from None

    def _refuse_snapshots(self, what: str) -> None:
        """Raise IndexUnreachable while a snapshot of this process reads the map."""
        if self.snapshots:
            found = f"it has to {what}, and this process has a snapshot of it open"
            raise IndexUnreachable(self.path, found)

    def _open(self) -> None:
        """Open the files."""
        try:
            self._handle = lmdb.open(
                str(self.path),
                map_size=0,  # as large as the file says
                readonly=not self._writable,
                create=False,
                max_dbs=MAX_TABLES,
                max_readers=MAX_READERS,
                max_spare_txns=4,
            )
        except lmdb.Error as error:
            raise fault(self.path, error) from error


def attach(path: Path, *, writable: bool = False) -> Environment:
    """Return the environment of the index at *path*, one user more; `release` gives it back.

    Raises:
        IndexMissing: there is none; also IndexForeign, IndexDamaged, IndexUnreachable.
    """
    key = identity(path)
    environment = _open.get(key) if key else None
    if environment is None:
        if not present(path) or (key := identity(path)) is None:
            raise IndexMissing(path, "nothing has been published here")
        environment = _open.setdefault(key, Environment(path, key))
    environment.users += 1
    try:
        if writable:
            environment.make_writable()
        environment.handle.reader_check()
    except IndexFault:
        environment.release()
        raise
    return environment


def create(path: Path) -> None:
    """Make an empty environment at *path* unless one is there.

    It holds no tables until the first publish, so a reader goes on calling it missing.

    Raises:
        IndexForeign: *path* is no directory, or one that holds other things.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            if not present(path):
                _begin_anew(path)
    except FileExistsError:
        raise IndexForeign(path, "this is no directory, and an index is one") from None
    except OSError as error:
        raise IndexUnreachable(path, f"{error.strerror} ({error.filename})") from error


def _begin_anew(path: Path) -> None:
    """Make the files of an empty environment in a directory without any."""
    if others := sorted({entry.name for entry in path.iterdir()} - {DATA, LOCK}):
        raise IndexForeign(path, f"the directory holds other things: {', '.join(others[:3])}")
    # A lock file outlives its data only by accident, and speaks of transactions that are gone.
    (path / LOCK).unlink(missing_ok=True)
    with translated(path):
        lmdb.open(str(path), map_size=FIRST_MAP_OCTETS, mode=0o600, max_readers=MAX_READERS).close()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from creating an environment at *path* at the same time."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise what LMDB raises as an error of our tree."""
    try:
        yield
    except lmdb.Error as error:
        raise fault(path, error) from error


def _before_fork() -> None:
    """Close what no snapshot and no writer is using at this moment."""
    for environment in _open.values():
        if not environment.snapshots and not environment.writing:
            environment.suspend()


os.register_at_fork(before=_before_fork)
