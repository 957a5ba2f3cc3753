"""The changes of one write transaction to one zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import lmdb

from enumd.index.dictionary import WORTHWHILE, Dictionaries
from enumd.index.entries import Entry
from enumd.index.journal import Changes, Journal
from enumd.index.layout import Answer, Zone, is_other, is_wildcard
from enumd.index.marks import is_mark
from enumd.index.values import flag_entry

BLOCK: Final = 8192
"""How many answers of a stream are held in memory, for the dictionary's sake."""

_SAMPLE: Final = 4096
"""How many stored answers are looked at when a zone may want a new dictionary."""
_RUN: Final = 16
"""How many of them are neighbours: a seek costs more than a step."""


class Handles(NamedTuple):
    """LMDB's handles of the tables of one zone, in the order of `tables.Tables`."""

    names: lmdb._Database
    others: lmdb._Database
    entries: lmdb._Database
    marks: lmdb._Database
    journal: lmdb._Database
    dictionaries: lmdb._Database


class ZoneEdit:
    """A zone and what a transaction does to it; `finish` ends it.

    The counters are kept here and not counted again: they are exact because every change of names
    comes through `put` and `replace`.
    """

    def __init__(
        self,
        transaction: lmdb.Transaction[bytes],
        handles: Handles,
        head: Zone,
        path: Path,
    ) -> None:
        """Begin with *head*: a zone of the index at *path* as it is published, or a new one."""
        self._transaction = transaction
        self._handles = handles
        self._path = path
        self._before = head.serial
        self._head = head
        self._names = head.names
        self._wildcards = head.wildcards
        self._mixed = head.mixed
        self._changes = Changes()
        self._dictionaries: Dictionaries | None = None
        self._flags_due = False
        """No value says that there is an entry; all that have one are to say it in the end."""

    @property
    def head(self) -> Zone:
        """Return the head of the zone as it is now."""
        return replace(
            self._head,
            names=self._names,
            wildcards=self._wildcards,
            mixed=self._mixed,
            dictionaries=self._packing.numbers if self._dictionaries else self._head.dictionaries,
            changed=self._transaction.id() if self._changes else self._head.changed,
        )

    def put_head(self, zone: Zone) -> None:
        """Take of *zone* what `Transaction.put_zone` says."""
        before = self._head.answer
        self._head = replace(
            self._head,
            prefix=zone.prefix,
            serial=zone.serial,
            rrsets=zone.rrsets,
            made_from=zone.made_from,
            due_s=zone.due_s,
        )
        self._changes.note(b"", before, self._head.answer)

    def put(self, key: bytes, answer: Answer | None) -> None:
        """Publish *answer* at *key*, or take the name away."""
        if not key:
            raise ValueError("the empty key is the apex: it is published with its zone")
        table = self._handles.others if is_other(key) else self._handles.names
        value = self._transaction.get(key, db=table)
        before = None if value is None else self._packing.unpack(value)
        if before == answer:
            return
        if answer is None:
            self._transaction.delete(key, db=table)
        else:
            noted = not self._flags_due and self._entry(key) is not None
            value = flag_entry(self._packing.pack(answer), there=noted)
            self._transaction.put(key, value, db=table)
        self._count(key, before, -1)
        self._count(key, answer, +1)
        self._changes.note(key, before, answer)

    def replace(self, answers: Iterable[tuple[bytes, Answer]]) -> None:
        """Publish these names and no others; their keys ascend.

        Raises:
            ValueError: a key does not come after the one before it.
        """
        self._clear_names()
        stream = iter(answers)
        while block := list(islice(stream, BLOCK)):
            self._packing.adapt([answer.body for _, answer in block])
            self._append(block)
        self._head = replace(self._head, considered=self._names)

    def put_entry(self, key: bytes, entry: Entry | None) -> None:
        """Publish what DNS must not answer about a number, or take it away."""
        table, before = self._handles.entries, self._entry(key)
        if before == entry:
            return
        if entry is None:
            self._transaction.delete(key, db=table)
        else:
            self._transaction.put(key, entry.to_octets(), db=table)
        if not self._flags_due:
            self._flag(key, there=entry is not None)
        self._changes.note_entry(key, before, entry)

    def replace_entries(self, entries: Iterable[tuple[bytes, Entry]]) -> None:
        """Publish these entries and no others; the journal begins anew."""
        if not self._flags_due:
            self._flag_all(there=False)
        self._flags_due = True
        self._empty(self._handles.entries)
        self._changes.overflow()
        for key, entry in entries:
            self._transaction.put(key, entry.to_octets(), db=self._handles.entries)

    def remove(self) -> None:
        """Empty all tables of the zone."""
        for table in self._handles:
            self._empty(table)

    def finish(self) -> Zone:
        """Write flags and journal, see whether a new dictionary is wanted and return the head."""
        if self._flags_due:
            self._flag_all(there=True)
        self._write_journal()
        if self._names >= max(WORTHWHILE, 2 * self._head.considered):
            self._packing.consider([self._packing.unpack(v).body for v in self._sample()])
            self._head = replace(self._head, considered=self._names)
        return self.head

    @property
    def _packing(self) -> Dictionaries:
        """Return the zone's dictionaries, read when they are first needed."""
        if self._dictionaries is None:
            self._dictionaries = Dictionaries(
                self._transaction, self._handles.dictionaries, self._head, self._path
            )
        return self._dictionaries

    def _append(self, block: list[tuple[bytes, Answer]]) -> None:
        """Store answers whose keys come after all that are there."""
        names, others = self._handles.names, self._handles.others
        pack, put = self._packing.pack, self._transaction.put
        for key, answer in block:
            other = is_other(key)
            if not put(key, pack(answer), append=True, db=others if other else names):
                raise ValueError(f"key {key.hex()} does not come after the key before it")
            star = is_wildcard(key)
            self._wildcards += star
            self._mixed += other or answer.mixed
            if (star or other or answer.cut) and is_mark(key, answer):
                put(key, b"", db=self._handles.marks)
        self._names += len(block)

    def _count(self, key: bytes, answer: Answer | None, by: int) -> None:
        """Count a name in or out."""
        if answer is not None:
            self._names += by
            self._wildcards += by * is_wildcard(key)
            self._mixed += by * (answer.mixed or is_other(key))
            if is_mark(key, answer):
                marks = self._handles.marks
                if by > 0:
                    self._transaction.put(key, b"", db=marks)
                else:
                    self._transaction.delete(key, db=marks)

    def _entry(self, key: bytes) -> Entry | None:
        """Return the entry of the number *key* as it is now."""
        octets = self._transaction.get(key, db=self._handles.entries)
        return None if octets is None else Entry.read(octets, self._path, self._head.apex)

    def _flag_all(self, *, there: bool) -> None:
        """Let the value of every number that has an entry say so, or not."""
        for key in self._transaction.cursor(self._handles.entries).iternext(values=False):
            self._flag(key, there=there)

    def _flag(self, key: bytes, *, there: bool) -> None:
        """Let the value of the number *key* say whether there is an entry, if it has a value."""
        names = self._handles.names
        if (value := self._transaction.get(key, db=names)) is not None:
            self._transaction.put(key, flag_entry(value, there=there), db=names)

    def _clear_names(self) -> None:
        """Take all names away, and all that speaks of them."""
        handles = self._handles
        for table in (handles.names, handles.others, handles.marks, handles.dictionaries):
            self._empty(table)
        self._flags_due = True
        self._dictionaries = None
        self._changes.overflow()
        self._names = self._wildcards = self._mixed = 0
        self._head = replace(self._head, dictionaries=())

    def _empty(self, table: lmdb._Database) -> None:
        """Take everything out of a table."""
        if self._transaction.stat(table)["entries"]:
            self._transaction.drop(table, delete=False)

    def _write_journal(self) -> None:
        """Tell how the serial before became the one now, or begin anew where it is not told."""
        if not self._changes:
            return
        before, now = self._before, self._head.serial
        journal = Journal(self._transaction, self._handles.journal)
        if self._changes.overflown or not now.newer_than(before):
            journal.reset()
        else:
            journal.append(self._changes.delta(before, now))

    def _sample(self) -> Iterator[bytes]:
        """Yield stored values from the beginning, the end and places between of `names`."""
        cursor = self._transaction.cursor(self._handles.names)
        if not cursor.last():
            return
        rows = dict(islice(cursor.iterprev(), _SAMPLE // 4))
        cursor.first()
        ends = [int.from_bytes(key[:8].ljust(8, b"\0"), "big") for key in (cursor.key(), max(rows))]
        rows.update(islice(cursor.iternext(), _SAMPLE // 4))
        for place in range(ends[0], ends[1], (ends[1] - ends[0]) * 2 * _RUN // _SAMPLE + 1):
            cursor.set_range(place.to_bytes(8, "big"))
            rows.update(islice(cursor.iternext(), _RUN))
        yield from rows.values()
