"""One zone as a snapshot sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from heapq import merge
from operator import itemgetter
from pathlib import Path

import lmdb

from enumd.core.serial import Serial
from enumd.errors import IndexDamaged
from enumd.index.dictionary import make_inflater, read_dictionaries, unpack_stored
from enumd.index.entries import Entry
from enumd.index.environment import Environment
from enumd.index.faults import fault
from enumd.index.former import former_bounds, former_tables, read_state
from enumd.index.hot import NO_ROW, StoredRow
from enumd.index.journal import Delta, Journal
from enumd.index.layout import Zone
from enumd.index.marks import read_bounds
from enumd.index.tables import Tables
from enumd.index.values import Answer, Inflate

_KEY = itemgetter(0)


@dataclass(frozen=True, slots=True)
class PublishedZone:
    """What is kept of a zone from one snapshot to the next."""

    path: Path
    octets: bytes
    """The row of the table `zones`."""
    zone: Zone
    names: lmdb._Database
    others: lmdb._Database
    entries: lmdb._Database
    journal: lmdb._Database | None
    """None: it is not to be read."""
    inflaters: list[Inflate]
    careful: tuple[bytes, ...]
    """Between which keys a miss needs a closer look; see `marks`."""
    read_entry: Callable[[bytes, Path, bytes], Entry]
    """Reads a row of the table `entries`."""

    @classmethod
    def read(
        cls,
        environment: Environment,
        transaction: lmdb.Transaction[bytes],
        zone: Zone,
        octets: bytes,
        *,
        former: bool,
    ) -> PublishedZone:
        """Read dictionaries and marks of *zone*, in the format before if *former*.

        Its tables are open.

        Raises:
            IndexDamaged: a dictionary is not there.
        """
        tables = former_tables(zone.table) if former else Tables.numbered(zone.table)
        opened = environment.tables
        table, others = opened[tables.dictionaries], opened[tables.others]
        stored = read_dictionaries(transaction, table, zone, environment.path)
        return cls(
            path=environment.path,
            octets=octets,
            zone=zone,
            names=opened[tables.names],
            others=others,
            entries=opened[tables.entries],
            journal=None if former else opened[tables.journal],
            inflaters=[make_inflater(octets) for octets in stored],
            careful=former_bounds(transaction, zone, others)
            if former
            else read_bounds(transaction.cursor(opened[tables.marks])),
            read_entry=read_state if former else Entry.read,
        )


class ZoneView:
    """One zone of one snapshot; usable as long as the snapshot's `with` block."""

    __slots__ = ("_cursor", "_published", "_transaction", "careful", "get_raw", "inflaters", "zone")

    def __init__(self, published: PublishedZone, transaction: lmdb.Transaction[bytes]) -> None:
        """Take what `Snapshot.zones` and `Snapshot.zone_of` give."""
        self._published = published
        self._transaction = transaction
        self._cursor: lmdb.Cursor[bytes] | None = None
        self.zone = published.zone
        self.careful = published.careful
        """Between which keys a miss needs a closer look; see `marks`."""
        self.inflaters = published.inflaters
        """Functions that give a frame's body back, by the number of their dictionary."""
        self.get_raw = partial(transaction.get, db=published.names)
        """The value of a key that is not empty, from the table `names`, or None. For hot loops."""

    def get(self, key: bytes) -> Answer | None:
        """Return the answer of a name of digits, or None; `not_after_s` is the caller's to judge.

        Raises:
            IndexDamaged: what is stored cannot be read.
        """
        value = self._value(key, self._published.names)
        return None if value is None else self.decode(value)

    def get_other(self, key: bytes) -> Answer | None:
        """Return the answer of a name with other labels than digits, or None; see `get`."""
        value = self._value(key, self._published.others)
        return None if value is None else self.decode(value)

    def decode(self, value: bytes) -> Answer:
        """Return the answer stored as *value* in this zone.

        Raises:
            IndexDamaged: it cannot be read.
        """
        return unpack_stored(value, self.inflaters, self._published.path, self.zone.apex)

    def before(self, key: bytes) -> Iterator[StoredRow]:
        """Yield the rows of names and others whose keys are less than *key*, the last first."""
        return self._merge(key, _walk_down, reverse=True)

    def after(self, key: bytes) -> Iterator[StoredRow]:
        """Yield the rows of names and others whose keys are greater than *key*, in order."""
        return self._merge(key, _walk_up, reverse=False)

    def at_or_after(self, key: bytes) -> StoredRow:
        """Return the first row of names alone at or after *key*, or `NO_ROW`; for hot loops."""
        cursor = self._cursor
        if cursor is None:
            cursor = self._cursor = self._transaction.cursor(self._published.names)
        return cursor.item() if cursor.set_range(key) else NO_ROW

    def entry(self, key: bytes) -> Entry | None:
        """Return what DNS must not answer about a number but SIP and HTTP must know, or None."""
        octets = self._value(key, self._published.entries)
        return None if octets is None else self._read_entry(octets)

    def entries_before(self, key: bytes) -> Iterator[tuple[bytes, Entry]]:
        """Yield the numbers whose keys are less than *key* and their entries, the last first."""
        return self._entries(_walk_down, key)

    def entries_after(self, key: bytes) -> Iterator[tuple[bytes, Entry]]:
        """Yield the numbers whose keys are greater than *key* and their entries, in order."""
        return self._entries(_walk_up, key)

    def walk(self) -> Iterator[tuple[bytes, Answer]]:
        """Yield every name below the apex and its answer, in order."""
        return ((key, self.decode(value)) for key, value in self.after(b""))

    def journal(self, since: Serial) -> list[Delta] | None:
        """Return the differences from the serial *since* to the zone's; None: not known any more.

        Raises:
            IndexDamaged: a row of it cannot be read.
        """
        if (table := self._published.journal) is None:
            return [] if since == self.zone.serial else None
        try:
            return Journal(self._transaction, table).since(since, self.zone.serial)
        except ValueError as error:
            found = f"the journal of zone {self.zone.apex!r} cannot be read ({error})"
            raise IndexDamaged(self._published.path, found) from error

    def _entries(self, rows: _Rows, key: bytes) -> Iterator[tuple[bytes, Entry]]:
        """Yield the *rows* of the entries on one side of *key*, nearest first."""
        published = self._published
        try:
            for found, octets in rows(self._transaction.cursor(published.entries), key):
                yield found, self._read_entry(octets)
        except lmdb.Error as error:
            raise fault(published.path, error) from error

    def _read_entry(self, octets: bytes) -> Entry:
        """Return the entry stored as *octets* in this zone; IndexDamaged if it cannot be read."""
        return self._published.read_entry(octets, self._published.path, self.zone.apex)

    def _value(self, key: bytes, table: lmdb._Database) -> bytes | None:
        """Return the value of *key*; the empty key is the apex, which the head holds."""
        try:
            return self._transaction.get(key, db=table) if key else None
        except lmdb.Error as error:
            raise fault(self._published.path, error) from error

    def _merge(self, key: bytes, rows: _Rows, *, reverse: bool) -> Iterator[StoredRow]:
        """Yield the *rows* of both tables on one side of *key*, nearest first."""
        published, cursor = self._published, self._transaction.cursor
        try:
            names = rows(cursor(published.names), key)
            if not self.zone.mixed:  # every name of the table `others` is counted as mixed
                yield from names
                return
            others = rows(cursor(published.others), key)
            yield from merge(names, others, key=_KEY, reverse=reverse)
        except lmdb.Error as error:
            raise fault(published.path, error) from error


_Rows = Callable[["lmdb.Cursor[bytes]", bytes], Iterator[StoredRow]]


def _walk_up(cursor: lmdb.Cursor[bytes], key: bytes) -> Iterator[StoredRow]:
    """Return the rows after *key*."""
    found = cursor.set_range(key) if key else cursor.first()
    if found and cursor.key() == key:
        found = cursor.next()
    return cursor.iternext() if found else iter(())


def _walk_down(cursor: lmdb.Cursor[bytes], key: bytes) -> Iterator[StoredRow]:
    """Return the rows before *key*, the last first."""
    if not key:
        return iter(())
    found = cursor.prev() if cursor.set_range(key) else cursor.last()
    return cursor.iterprev() if found else iter(())
