"""What changed from serial to serial, as secondaries that ask for a difference want it (RFC 1995).

One entry is the difference two serials make: two lists of names and their answers, compressed. The
apex, whose SOA changes with every serial, stands in them under the empty key. Entries form a chain
that ends at the zone's serial; where the chain would break or a change is out of all proportion,
the journal begins anew and whoever asks for more gets None, and the whole zone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import lmdb
import zstandard

from enumd.core.serial import Serial
from enumd.index.layout import Answer, pack_value, unpack_value

MAX_ENTRIES: Final = 1024
MAX_OCTETS: Final = 8 << 20
"""What the entries of one zone may take of the file; the oldest go first."""
MAX_CHANGE_OCTETS: Final = 2 << 20
"""A larger change is cheaper as a whole zone, and the writer does not keep it in memory."""

_SERIALS: Final = struct.Struct("!II")
_ROW: Final = struct.Struct("!HI")
_COUNTS: Final = struct.Struct("!II")
_PLACE_OCTETS: Final = 8

Named = tuple[bytes, Answer]
"""A key and its answer; the empty key is the apex."""


@dataclass(frozen=True, slots=True)
class Delta:
    """The difference between two serials: what to take away, then what to put in its place."""

    from_serial: Serial
    to_serial: Serial
    removed: tuple[Named, ...]
    added: tuple[Named, ...]

    def to_octets(self) -> bytes:
        """Return the entry: both serials, then the lists compressed."""
        body = b"".join(_pack_rows((*self.removed, *self.added)))
        counts = _COUNTS.pack(len(self.removed), len(self.added))
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
            removed, added = _COUNTS.unpack_from(body)
            rows = tuple(_unpack_rows(body, removed + added))
        except (struct.error, zstandard.ZstdError) as error:
            raise ValueError(f"an entry of the journal is torn ({error})") from error
        return cls(Serial(before), Serial(after), rows[:removed], rows[removed:])


class Changes:
    """What one transaction has changed in a zone so far, as long as it stays in proportion."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.overflown = False
        self._octets = 0
        self._rows: dict[bytes, tuple[Answer | None, Answer | None]] = {}

    def __bool__(self) -> bool:
        """Tell whether anything is different from the beginning."""
        return self.overflown or bool(self._rows)

    def note(self, key: bytes, before: Answer | None, after: Answer | None) -> None:
        """Note that the answer of *key* was *before* and is *after*; None is no name at all."""
        if self.overflown:
            return
        first = self._rows.pop(key, (before, None))[0]
        if first != after:
            self._rows[key] = (first, after)
        self._octets += sum(len(key) + len(a.records) for a in (before, after) if a is not None)
        if self._octets > MAX_CHANGE_OCTETS:
            self.overflow()

    def overflow(self) -> None:
        """Give the details up: this is to be a new beginning."""
        self.overflown = True
        self._rows.clear()

    def delta(self, before: Serial, after: Serial) -> Delta:
        """Return the difference between two serials, in the order of keys."""
        rows = sorted(self._rows.items())
        return Delta(
            before,
            after,
            removed=tuple((key, first) for key, (first, _) in rows if first is not None),
            added=tuple((key, last) for key, (_, last) in rows if last is not None),
        )


class Journal:
    """The table `journal` of a zone in one transaction: a place (8 octets) -> an entry."""

    def __init__(self, transaction: lmdb.Transaction[bytes], table: lmdb._Database) -> None:
        """Use *table*; only a write transaction may `append` and `reset`."""
        self._transaction = transaction
        self._table = table

    def append(self, delta: Delta) -> None:
        """Add the newest entry and let go of the oldest ones beyond the bounds."""
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
            ValueError: an entry cannot be read.
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
        return found["entries"] > MAX_ENTRIES or pages * found["psize"] > MAX_OCTETS


def _pack_rows(rows: tuple[Named, ...]) -> Iterator[bytes]:
    """Yield the octets of keys and answers."""
    for key, answer in rows:
        value = pack_value(answer)
        yield _ROW.pack(len(key), len(value)) + key + value


def _unpack_rows(body: bytes, count: int) -> Iterator[Named]:
    """Yield *count* keys and answers from behind the counts."""
    place = _COUNTS.size
    for _ in range(count):
        key_octets, value_octets = _ROW.unpack_from(body, place)
        start = place + _ROW.size + key_octets
        place = start + value_octets
        yield body[start - key_octets : start], unpack_value(body[start:place])
