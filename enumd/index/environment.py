"""The LMDB environments of this process.

LMDB's locks belong to a process and a file, so a process must not open the same files twice: the
first to close would take the locks away from the other. Readers and writers therefore share one
`Environment` for the same files, found in a register by device and inode. It is opened for reading
alone until the process writes as well. One thread uses all this.

A forked child must not use what its parent opened. Before a fork every environment that nobody is
reading at the moment is closed; parent and child open it again, each its own, when they need it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import lmdb

from enumd.errors import IndexDamaged, IndexFault, IndexForeign, IndexMissing, IndexUnreachable
from enumd.index.directory import identity
from enumd.index.faults import translate_faults
from enumd.index.files import DATA, is_present
from enumd.index.former import FORMER
from enumd.index.layout import FORMAT
from enumd.index.tables import FORMAT_KEY, META_TABLE, REGISTRY_KEY

T = TypeVar("T")

GROWTH: Final = 8
"""How much larger the map gets when it is full.

A map costs addresses, not memory or disk, and the transaction that filled it has to run again:
with 8 about an eighth of the work is done twice.
"""

MAX_ZONES: Final = 1600
MAX_TABLES: Final = 10_240
"""How many tables of LMDB a process may have open: six a zone, and two."""

_SPARE_TRANSACTIONS: Final = 4
"""Read transactions LMDB keeps to be used again: beginning one costs a tenth then."""


class Environment:
    """One LMDB environment and who uses it in this process."""

    def __init__(self, path: Path, key: tuple[int, int]) -> None:
        """Remember the files; nothing is opened before `handle` is asked for."""
        self.path = path
        self.key = key
        """Device and inode of the data file."""
        self.epoch = 0
        """Grows whenever the files are closed: all handles and transactions of before are void."""
        self.tables: dict[bytes, lmdb._Database] = {}
        self.users = 0
        self.snapshots = 0
        self._handle: lmdb.Environment | None = None
        self._writable = False
        self._writing = False

    @property
    def is_open(self) -> bool:
        """Tell whether the files are open."""
        return self._handle is not None

    @property
    def in_use(self) -> bool:
        """Tell whether a snapshot or the write transaction is open at this moment."""
        return self._writing or bool(self.snapshots)

    @property
    def handle(self) -> lmdb.Environment:
        """Return LMDB's own object; the files are opened where they are not."""
        if self._handle is None:
            self._handle = self._open()
        return self._handle

    def make_writable(self) -> None:
        """Open the files again for writing where they are open for reading alone."""
        if not self._writable:
            if self.is_open:
                self._refuse_snapshots("be opened for writing")
            self.suspend()
            self._writable = True

    def suspend(self) -> None:
        """Close the files; whoever needs them next opens them again."""
        if self._handle is not None:
            self._handle.close()
            self.forget()

    def forget(self) -> None:
        """Hold nothing any more that belongs to the open files."""
        self._handle = None
        self.tables.clear()
        self.epoch += 1

    def release(self) -> None:
        """Count one user less; the last one closes the files."""
        self.users -= 1
        if not self.users:
            self.suspend()
            _register.pop(self.key, None)

    def open_tables(self, names: Iterable[bytes]) -> None:
        """Get the handles of tables that exist.

        LMDB mixes tables up when two transactions of a process open some at the same time; so this
        is refused while the process writes, and the writer opens all before it begins.
        """
        missing = [name for name in names if name not in self.tables]
        if missing and self._writing:
            raise IndexUnreachable(self.path, "this process is publishing to it just now").advise(
                "Run it again: publishing takes moments."
            )
        if len(self.tables) + len(missing) > MAX_TABLES and not self.snapshots:
            self.suspend()  # to forget the tables of zones that are gone
        for name in missing:
            self.tables[name] = self._open_table(name)

    def begin(self) -> lmdb.Transaction[bytes]:
        """Return a read transaction."""
        return self._resized(lambda: self.handle.begin())

    @contextmanager
    def writing(self) -> Iterator[lmdb.Transaction[bytes]]:
        """Give the write transaction, committed at the end or aborted by an exception."""
        if self._writing:
            raise IndexUnreachable(self.path, "this process is publishing to it just now").advise(
                "Run it again: publishing takes moments."
            )
        with self._begin_writing() as transaction:
            self._writing = True
            try:
                yield transaction
            finally:
                self._writing = False
        self._fill()

    def grow(self) -> None:
        """Make the map larger; only between transactions."""
        self._refuse_snapshots("be made larger")
        self.handle.set_mapsize(self.handle.info()["map_size"] * GROWTH)

    def is_former(self, transaction: lmdb.Transaction[bytes]) -> bool:
        """Tell whether the layout is that of the enumd before this; the table `meta` is open.

        Raises:
            IndexForeign: the layout has another version.
        """
        table = self.tables[META_TABLE]
        version = transaction.get(FORMAT_KEY, b"unknown", db=table).decode(errors="replace")
        if version not in (str(FORMAT), str(FORMER)):
            found = f"its layout has version {version}, this enumd reads {FORMAT}"
            raise IndexForeign(self.path, found).advise(
                "A later enumd reads a later index: use that. If this one is the later, `enumd "
                "publish --rebuild` makes the index anew from the registry."
            )
        return version != str(FORMAT)

    def registry_id(self, transaction: lmdb.Transaction[bytes]) -> str:
        """Return the id of the registry that publishes here; the table `meta` is open.

        Raises:
            IndexForeign: the layout has a version that is not read.
        """
        self.is_former(transaction)
        table = self.tables[META_TABLE]
        return transaction.get(REGISTRY_KEY, b"", db=table).decode(errors="replace")

    def _open(self) -> lmdb.Environment:
        """Open the files; they must still be those of `key`."""
        if not is_present(self.path):
            raise IndexMissing(self.path, "it has gone while it was in use").advise(
                "Put it back, or run `enumd publish`: it is made again from the registry."
            )
        if identity(self.path) != self.key:
            raise IndexUnreachable(
                self.path, "it was replaced by another while it was in use"
            ).advise("Run it again: the one that is there now is used then.")
        with translate_faults(self.path):
            return lmdb.open(
                str(self.path),
                map_size=0,  # as large as the file says
                readonly=not self._writable,
                create=False,
                max_dbs=MAX_TABLES,
                max_spare_txns=_SPARE_TRANSACTIONS,
            )

    def _open_table(self, name: bytes) -> lmdb._Database:
        """Return the handle of a table that has to exist."""
        try:
            # LMDB opens it in a transaction of its own, which waits for other writers, too.
            return self._resized(lambda: self.handle.open_db(name, create=False))
        except lmdb.NotFoundError:
            if not self.handle.stat()["entries"]:
                raise IndexMissing(self.path, "nothing has been published here yet") from None
            if name == META_TABLE:
                found = "another program's LMDB environment, without our table `meta`"
                raise IndexForeign(self.path, found) from None
            found = f"the table {name.decode()} is not there"
            raise IndexDamaged(self.path, found) from None

    def _begin_writing(self) -> lmdb.Transaction[bytes]:
        """Return the write transaction, once no other process has it."""
        return self._resized(lambda: self.handle.begin(write=True))

    def _resized(self, begin: Callable[[], T]) -> T:
        """Return what *begin* returns, with as much of the file mapped as others made of it.

        They may make it larger again while this process waits for them.
        """
        while True:
            try:
                return begin()
            except lmdb.MapResizedError:
                self._refuse_snapshots("be mapped anew, for another process has made it larger")
                self.handle.set_mapsize(0)

    def _fill(self) -> None:
        """Make the file reach to its last page.

        LMDB does not write pages at the end that a transaction took and gave back; `is_present`
        could not tell such a file from one that was cut off.
        """
        if identity(self.path) != self.key:
            return  # it was replaced meanwhile, and nobody opens it any more
        end = (self.handle.info()["last_pgno"] + 1) * self.handle.stat()["psize"]
        path = self.path / DATA
        try:
            if path.stat().st_size < end:
                with path.open("r+b") as file:
                    os.posix_fallocate(file.fileno(), end - 1, 1)  # never makes a file shorter
        except OSError as error:
            raise IndexUnreachable(self.path, f"{error.strerror} ({path})").advise(
                "Make room on the disk of the index and let this user write there, then run "
                "`enumd publish`; the registry has every change."
            ) from error

    def _refuse_snapshots(self, what: str) -> None:
        """Raise IndexUnreachable while a snapshot of this process reads the map."""
        if self.snapshots:
            found = f"it has to {what}, and this process has a snapshot of it open"
            raise IndexUnreachable(self.path, found).advise(
                "Run it again; servers and other commands go on with the index as it is."
            )


def attach(path: Path, *, writable: bool = False) -> Environment:
    """Return the environment of the index at *path*, one user more; `release` gives it back.

    Raises:
        IndexMissing: there is none; also IndexForeign, IndexDamaged, IndexUnreachable.
    """
    key = identity(path)
    if key is None or (environment := _register.get(key)) is None:
        if not is_present(path) or (key := identity(path)) is None:
            raise IndexMissing(path, "nothing has been published here")
        environment = _register[key] = Environment(path, key)
    environment.users += 1
    try:
        if writable:
            environment.make_writable()
        environment.handle.reader_check()
    except IndexFault:
        environment.release()
        raise
    return environment


_register: dict[tuple[int, int], Environment] = {}
_inherited: list[lmdb.Environment] = []
"""What a parent had in use when it forked this process; kept, for closing it would do harm."""


def _before_fork() -> None:
    """Close what nobody is reading or writing at this moment."""
    for environment in _register.values():
        if not environment.in_use:
            environment.suspend()


def _after_fork_in_child() -> None:
    """Let go of what could not be closed, without a touch: its locks are the parent's."""
    for environment in _register.values():
        if environment.is_open:
            _inherited.append(environment.handle)
            environment.forget()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
