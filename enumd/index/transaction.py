"""What a publish may do: the changes of one write transaction."""

from __future__ import annotations

from collections.abc import Iterable

import lmdb

from enumd.errors import IndexUnreachable
from enumd.index.checkpoint import Checkpoint
from enumd.index.edit import Handles, ZoneEdit
from enumd.index.entries import Entry
from enumd.index.environment import MAX_ZONES, Environment
from enumd.index.layout import FORMAT, Answer, Zone
from enumd.index.source import read_head
from enumd.index.tables import (
    CHECKPOINT_KEY,
    FORMAT_KEY,
    META_TABLE,
    REGISTRY_KEY,
    TABLES_KEY,
    ZONES_TABLE,
    Tables,
)


class IndexTransaction:
    """One write transaction on an index; `IndexWriter.publish` makes and ends it.

    A change that changes nothing writes nothing.
    """

    def __init__(
        self, environment: Environment, transaction: lmdb.Transaction[bytes], registry_id: str
    ) -> None:
        """Begin with what is published; the first publish of all makes the tables."""
        self.created: dict[bytes, lmdb._Database] = {}
        """Handles of tables opened here, good for others after the commit."""
        self._environment = environment
        self._transaction = transaction
        self._meta = self._table(META_TABLE)
        self._zones = self._table(ZONES_TABLE)
        if transaction.get(FORMAT_KEY, db=self._meta) is None:
            transaction.put(FORMAT_KEY, str(FORMAT).encode(), db=self._meta)
            transaction.put(REGISTRY_KEY, registry_id.encode(), db=self._meta)
        # Only what is asked for is read: there may be a thousand zones, and one that changes.
        self._stored: dict[bytes, bytes | None] = {}
        self._edits: dict[bytes, ZoneEdit] = {}
        self._heads_alone: set[bytes] = set()
        self._checkpoint = transaction.get(CHECKPOINT_KEY, db=self._meta)
        self._next_checkpoint: Checkpoint | None = None
        self._changed = False

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Return how far into the log all zones are; None: not known, they may be anywhere."""
        return None if self._checkpoint is None else Checkpoint.from_octets(self._checkpoint)

    def put_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Say how far into the log all zones are.

        A transaction that changes some and does not say it leaves it unknown.
        """
        self._next_checkpoint = checkpoint

    def zones(self) -> tuple[Zone, ...]:
        """Return the zones as they are at this point of the transaction, by apex."""
        stored = set(self._transaction.cursor(self._zones).iternext(values=False))
        there = (self.zone(apex) for apex in sorted(stored | self._edits.keys()))
        return tuple(zone for zone in there if zone is not None)

    def zone(self, apex: bytes) -> Zone | None:
        """Return one of `zones`, or None."""
        edit = self._find(apex)
        return None if edit is None else edit.head

    def put_zone(self, zone: Zone) -> Zone:
        """Publish the head of a zone, new or changed, and return it as it is stored.

        Prefix, serial, RRsets, origin and `due_s` are taken from *zone*, all else from what is
        there. Names and entries change after this, in the same transaction: the journal tells
        their change as the way from the serial before to the one given here.

        Raises:
            ValueError: its SOA is missing or tells another serial.
        """
        if zone.told_serial != zone.serial:
            raise ValueError(f"the SOA tells serial {zone.told_serial}, the zone {zone.serial}")
        edit = self._find(zone.apex) or self._add(zone)
        edit.put_head(zone)
        return edit.head

    def remove_zone(self, apex: bytes) -> None:
        """Take a zone away with all its names; an apex without a zone is no error."""
        edit = self._find(apex)
        if edit is not None:
            edit.remove()
            del self._edits[apex]
            self._transaction.delete(apex, db=self._zones)
            self._stored[apex] = None
            self._heads_alone.discard(apex)
            self._changed = True

    def put(self, apex: bytes, key: bytes, answer: Answer | None) -> None:
        """Publish *answer* at the name *key* of a zone, or with None take the name away.

        Raises:
            KeyError: there is no such zone.
        """
        self._edit(apex).put(key, answer)

    def replace(self, apex: bytes, answers: Iterable[tuple[bytes, Answer]]) -> None:
        """Publish these names in a zone and no others; the keys ascend.

        They are streamed: what this needs of memory does not depend on how many there are. They
        must not be read from the zone itself, which is emptied first. The journal begins anew.

        Raises:
            KeyError: there is no such zone.
            ValueError: a key does not come after the one before it.
        """
        self._edit(apex).replace(answers)
        self._heads_alone.discard(apex)

    def put_entry(self, apex: bytes, key: bytes, entry: Entry | None) -> None:
        """Publish what DNS must not answer about the number *key*, or with None take it away."""
        self._edit(apex).put_entry(key, entry)

    def replace_entries(self, apex: bytes, entries: Iterable[tuple[bytes, Entry]]) -> None:
        """Publish these entries in a zone and no others."""
        self._edit(apex).replace_entries(entries)

    @property
    def renews(self) -> bool:
        """Tell whether there are zones of which nothing but the head is known yet.

        Each of them has to be published whole, with `put_zone` and `replace`, or taken away.
        """
        return bool(self._heads_alone)

    def renew(self, heads: Iterable[Zone]) -> None:
        """Begin with the *heads* of an index that this one is to take the place of.

        One whose SOA tells another serial than it is left out: its zone begins anew.
        """
        for head in heads:
            if head.told_serial == head.serial:
                self.put_zone(head)
                self._heads_alone.add(head.apex)

    def finish(self) -> None:
        """Write the heads that are different; `IndexWriter.publish` does this at the end.

        Raises:
            ValueError: a zone was to be published whole, and was not.
        """
        if self._heads_alone:
            raise ValueError(f"zones {sorted(self._heads_alone)} have a head and no names")
        for apex, edit in self._edits.items():
            octets = edit.finish().to_octets()
            if octets != self._stored[apex]:
                self._transaction.put(apex, octets, db=self._zones)
                self._changed = True
        if self._next_checkpoint is not None:
            self._transaction.put(CHECKPOINT_KEY, self._next_checkpoint.to_octets(), db=self._meta)
        elif self._changed and self._checkpoint is not None:
            self._transaction.delete(CHECKPOINT_KEY, db=self._meta)

    def _add(self, zone: Zone) -> ZoneEdit:
        """Give a new zone its tables."""
        new = sum(self._stored[apex] is None for apex in self._edits)
        if self._transaction.stat(self._zones)["entries"] + new >= MAX_ZONES:
            raise IndexUnreachable(
                self._environment.path, f"it holds {MAX_ZONES} zones, the most"
            ).advise("Remove a zone that is not needed, or put this one into a home of its own.")
        number = int(self._transaction.get(TABLES_KEY, b"0", db=self._meta))
        self._transaction.put(TABLES_KEY, str(number + 1).encode(), db=self._meta)
        head = Zone(zone.apex, zone.prefix, zone.serial, zone.rrsets, table=number)
        self._stored[zone.apex] = None
        self._edits[zone.apex] = self._new_edit(head)
        return self._edits[zone.apex]

    def _edit(self, apex: bytes) -> ZoneEdit:
        """Return the changes of a zone that there is."""
        edit = self._find(apex)
        if edit is None:
            raise KeyError(f"there is no zone {apex!r} in the index")
        return edit

    def _find(self, apex: bytes) -> ZoneEdit | None:
        """Return the changes of a zone, begun when they are first asked for; None: no such zone."""
        if apex in self._edits or apex in self._stored:
            return self._edits.get(apex)
        octets = self._stored[apex] = self._transaction.get(apex, db=self._zones)
        if octets is not None:
            self._edits[apex] = self._new_edit(read_head(self._environment.path, apex, octets))
        return self._edits.get(apex)

    def _new_edit(self, head: Zone) -> ZoneEdit:
        """Return an edit of a zone, its tables opened or made."""
        handles = Handles(*(self._table(name) for name in Tables.numbered(head.table)))
        return ZoneEdit(self._transaction, handles, head, self._environment.path)

    def _table(self, name: bytes) -> lmdb._Database:
        """Return the handle of a table, made where there is none."""
        handle = self._environment.tables.get(name) or self.created.get(name)
        if handle is None:
            handle = self._environment.handle.open_db(name, txn=self._transaction)
            self.created[name] = handle
        return handle
