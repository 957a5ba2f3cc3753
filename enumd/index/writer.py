"""The one place that changes an index.

    with IndexWriter(path, registry_id) as writer:
        writer.publish(lambda transaction: transaction.put(apex, key, answer))

Every publish is one LMDB write transaction: readers see all of it or nothing, and so does whoever
comes after a crash. Processes that publish at the same time wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import lmdb

from enumd.errors import IndexFault, IndexForeign, IndexMissing
from enumd.index.directory import create, identity, replace_directory
from enumd.index.environment import attach
from enumd.index.faults import translate_faults
from enumd.index.source import ZoneSource
from enumd.index.tables import META_TABLE, ZONES_TABLE
from enumd.index.transaction import IndexTransaction

__all__ = ["IndexTransaction", "IndexWriter"]

T = TypeVar("T")


class _OvertakenError(Exception):
    """Somebody else has made the index anew meanwhile."""


class IndexWriter:
    """The index of one registry, opened for writing; made where there is none."""

    def __init__(self, path: Path, registry_id: str) -> None:
        """Open the index at *path* for the registry with that id.

        Raises:
            IndexForeign: another registry publishes there, or it is no index.
            IndexDamaged: it is torn.
            IndexUnreachable: the operating system refuses, or a snapshot of this process is open.
        """
        self.path = path
        self.registry_id = registry_id
        self._closed = False
        create(path)
        self._environment = attach(path, writable=True)
        try:
            with translate_faults(path):
                self._open_tables()
        except IndexFault:
            self.close()
            raise

    def __enter__(self) -> IndexWriter:
        """Return this writer; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the writer."""
        self.close()

    def close(self) -> None:
        """Give the index back."""
        if not self._closed:
            self._closed = True
            self._environment.release()

    def publish(self, work: Callable[[IndexTransaction], T]) -> T:
        """Run *work* in one write transaction and return what it returns.

        Where it raises, nothing is changed. Where the map is full, it is made larger and *work*
        runs again from the beginning; and so it does where another index has taken the place of
        this one meanwhile. An index of the format before is made anew from what *work* publishes
        (see `IndexTransaction.renews`), and takes the place of that when it is ready: servers of
        both formats go on answering.
        """
        with translate_faults(self.path):
            self._environment.handle.reader_check()
            while True:
                if self._open_tables():
                    with suppress(_OvertakenError):
                        return self._renew(work)
                    continue
                try:
                    result = self._attempt(work)
                except lmdb.MapFullError:
                    self._environment.grow()
                    continue
                if identity(self.path) == self._environment.key:
                    return result

    def _renew(self, work: Callable[[IndexTransaction], T]) -> T:
        """Run *work* on a new index, which then takes the place of this one."""
        with replace_directory(self.path) as draft:
            if identity(self.path) != self._environment.key:
                raise _OvertakenError
            source = ZoneSource(self._environment)
            source.begin().abort()
            heads = [published.zone for published in source.zones.values()]

            def begin(transaction: IndexTransaction) -> T:
                transaction.renew(heads)
                return work(transaction)

            with IndexWriter(draft, self.registry_id) as writer:
                return writer.publish(begin)

    def _attempt(self, work: Callable[[IndexTransaction], T]) -> T:
        """Run *work* once."""
        environment = self._environment
        with environment.writing() as written:
            transaction = IndexTransaction(environment, written, self.registry_id)
            result = work(transaction)
            transaction.finish()
        environment.tables.update(transaction.created)
        return result

    def _open_tables(self) -> bool:
        """Open the tables that every publish needs; those of a zone are opened where it changes.

        Return whether the index is of the format before.
        """
        if identity(self.path) != self._environment.key:
            create(self.path)
            before, self._environment = self._environment, attach(self.path, writable=True)
            before.release()
        try:
            self._environment.open_tables((META_TABLE, ZONES_TABLE))
        except IndexMissing:
            return False
        with self._environment.begin() as transaction:
            found = self._environment.registry_id(transaction)
            former = self._environment.is_former(transaction)
        if found != self.registry_id:
            other = f"registry {found or 'unknown'} publishes here, not {self.registry_id}"
            raise IndexForeign(self.path, other).advise(
                "Check --home, the path under [index] and the url under [registry]: they belong "
                "together. After a registry of another id was put here on purpose, move this "
                "index aside and run `enumd publish`."
            )
        return former
