"""What changed from serial to serial, as secondaries that ask for a difference want it (RFC 1995).

One row is the difference two serials make: names and their answers that go and come, then entries
that go and come, compressed. The apex, whose SOA changes with every serial, stands among the names
under the empty key. Rows form a chain that ends at the zone's serial; where the chain would break
or a change is out of all proportion, the journal begins anew and whoever asks for more gets None,
and the whole zone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import lmdb
import zstandard

from enumd.core.serial import Serial
from enumd.index.entries import Entry
from enumd.index.hot import unpack_value
from enumd.index.values import Answer, pack_value

MAX_DELTAS: Final = 1024
MAX_OCTETS: Final = 8 << 20
"""What the rows of one zone may take of the file; the oldest go first."""
MAX_CHANGE_OCTETS: Final = 2 << 20
"""A larger change is cheaper as a whole zone, and the writer does not keep it in memory."""

_SERIALS: Final = struct.Struct("!II")
_ROW: Final = struct.Struct("!HI")
_COUNTS: Final = struct.Struct("!4I")
_PLACE_OCTETS: Final = 8

Named = tuple[bytes, Answer]
"""A key and its answer; the empty key is the apex."""
Noted = tuple[bytes, Entry]
"""A key and the entry of that number."""

T = TypeVar("T", Answer, Entry)


@dataclass(frozen=True, slots=True)
class Delta:
    """The difference between two serials: what to take away, then what to put in its place."""

    from_serial: Serial
    to_serial: Serial
    removed: tuple[Named, ...]
    added: tuple[Named, ...]
    entries_removed: tuple[Noted, ...] = ()
    entries_added: tuple[Noted, ...] = ()

    def to_octets(self) -> bytes:
        """Return the row: both serials, then the four lists compressed."""
        lists = (self.removed, self.added, self.entries_removed, self.entries_added)
        names = [(key, pack_value(answer)) for each in lists[:2] for key, answer in each]
        entries = [(key, entry.to_octets()) for each in lists[2:] for key, entry in each]
        body = b"".join(_pack_rows((*names, *entries)))
        counts = _COUNTS.pack(*map(len, lists))
        serials = _SERIALS.pack(self.from_serial.value, self.to_serial.value)
        return serials + zstandard.ZstdCompressor().compress(counts + body)

    @classmethod
    def from_octets(cls, octets: bytes) -> Delta:
        """Read what `to_octets` wrote.

        Raises:
            ValueError: it cannot be read.
        """
        try:
            before, after = _SERIALS.unpack_from(octets)
            body = zstandard.ZstdDecompressor().decompress(octets[_SERIALS.size :])
            counts = _COUNTS.unpack_from(body)
            rows = iter(list(_unpack_rows(body, sum(counts))))
        except (struct.error, zstandard.ZstdError) as error:
            raise ValueError(f"a row of the journal is torn ({error})") from error
        removed, added = (
            tuple((key, unpack_value(value)) for key, value in islice(rows, count))
            for count in counts[:2]
        )
        ended, begun = (
            tuple((key, Entry.from_octets(entry)) for key, entry in islice(rows, count))
            for count in counts[2:]
        )
        return cls(Serial(before), Serial(after), removed, added, ended, begun)


class Changes:
    """What one transaction has changed in a zone so far, as long as it stays in proportion."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.overflown = False
        self._octets = 0
        self._names: dict[bytes, tuple[Answer | None, Answer | None]] = {}
        self._entries: dict[bytes, tuple[Entry | None, Entry | None]] = {}

    def __bool__(self) -> bool:
        """Tell whether anything is different from the beginning."""
        return self.overflown or bool(self._names) or bool(self._entries)

    def note(self, key: bytes, before: Answer | None, after: Answer | None) -> None:
        """Note that the answer of *key* was *before* and is *after*; None is no name at all."""
        octets = sum(len(key) + len(a.records) for a in (before, after) if a is not None)
        self._note(self._names, key, (before, after), octets)

    def note_entry(self, key: bytes, before: Entry | None, after: Entry | None) -> None:
        """Note that the entry of the number *key* was *before* and is *after*."""
        octets = sum(len(key) + len(e.to_octets()) for e in (before, after) if e is not None)
        self._note(self._entries, key, (before, after), octets)

    def overflow(self) -> None:
        """Give the details up: this is to be a new beginning."""
        self.overflown = True
        self._names.clear()
        self._entries.clear()

    def delta(self, before: Serial, after: Serial) -> Delta:
        """Return the difference between two serials, in the order of keys."""
        return Delta(before, after, *_sides(self._names), *_sides(self._entries))

    def _note(
        self,
        rows: dict[bytes, tuple[T | None, T | None]],
        key: bytes,
        sides: tuple[T | None, T | None],
        octets: int,
    ) -> None:
        """Note the *sides* of a change that takes so many *octets*, unless that is too much."""
        if self.overflown:
            return
        first = rows.pop(key, sides)[0]
        if first != sides[1]:
            rows[key] = (first, sides[1])
        self._octets += octets
        if self._octets > MAX_CHANGE_OCTETS:
            self.overflow()


def _sides(
    rows: dict[bytes, tuple[T | None, T | None]],
) -> tuple[tuple[tuple[bytes, T], ...], tuple[tuple[bytes, T], ...]]:
    """Return what was there first and what is there last, in the order of keys."""
    ordered = sorted(rows.items())
    first = tuple((key, was) for key, (was, _) in ordered if was is not None)
    return first, tuple((key, is_now) for key, (_, is_now) in ordered if is_now is not None)


class Journal:
    """The table `journal` of a zone in one transaction: a place (8 octets) -> a difference."""

    def __init__(self, transaction: lmdb.Transaction[bytes], table: lmdb._Database) -> None:
        """Use *table*; only a write transaction may `append` and `reset`."""
        self._transaction = transaction
        self._table = table

    def append(self, delta: Delta) -> None:
        """Add the newest difference and let go of the oldest ones beyond the bounds."""
        cursor = self._transaction.cursor(self._table)
        place = int.from_bytes(cursor.key(), "big") + 1 if cursor.last() else 0
        key = place.to_bytes(_PLACE_OCTETS, "big")
        self._transaction.put(key, delta.to_octets(), append=True, db=self._table)
        while self._oversized() and cursor.first():
            cursor.delete()

    def reset(self) -> None:
        """Forget everything."""
        if self._transaction.stat(self._table)["entries"]:
            self._transaction.drop(self._table, delete=False)

    def since(self, serial: Serial, newest: Serial) -> list[Delta] | None:
        """Return the chain from *serial* to *newest*, none where they are equal, None: not known.

        Raises:
            ValueError: a row cannot be read.
        """
        chain: list[Delta] = []
        wanted = newest
        for _, octets in self._transaction.cursor(self._table).iterprev():
            if serial == wanted:
                break
            delta = Delta.from_octets(octets)
            if delta.to_serial != wanted:
                return None
            chain.append(delta)
            wanted = delta.from_serial
        return chain[::-1] if serial == wanted else None

    def _oversized(self) -> bool:
        """Tell whether the table is beyond one of its bounds."""
        found = self._transaction.stat(self._table)
        pages = found["branch_pages"] + found["leaf_pages"] + found["overflow_pages"]
        return found["entries"] > MAX_DELTAS or pages * found["psize"] > MAX_OCTETS


def _pack_rows(rows: tuple[tuple[bytes, bytes], ...]) -> Iterator[bytes]:
    """Yield the octets of keys and what belongs to them."""
    for key, value in rows:
        yield _ROW.pack(len(key), len(value)) + key + value


def _unpack_rows(body: bytes, count: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield *count* keys and what belongs to them from behind the counts."""
    place = _COUNTS.size
    for _ in range(count):
        key_octets, value_octets = _ROW.unpack_from(body, place)
        start = place + _ROW.size + key_octets
        place = start + value_octets
        yield body[start - key_octets : start], body[start:place]
