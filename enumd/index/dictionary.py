"""Compression of answers: zstd with a dictionary trained on the zone's own answers.

The answers of a zone are alike (`E2U+sip`, one or two domains) and differ in a number, so a frame
of its own would save little and a shared dictionary saves four fifths. Frames carry their content
size and nothing else: no magic, no checksum, no dictionary id.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import lmdb
import zstandard

from enumd.errors import IndexDamaged
from enumd.index.hot import unpack_value
from enumd.index.layout import Zone
from enumd.index.values import Answer, Inflate, pack_value

DICTIONARY_OCTETS: Final = 8192
WORTHWHILE: Final = 1000
"""From so many names on a zone gets a dictionary."""

MAX_DICTIONARIES: Final = 256
"""A value has one octet for the number of its dictionary."""

_DRIFT: Final = 1.25
"""A block that compresses so much worse than the dictionary's own sample asks for a new one."""
_GAIN: Final = 0.9
"""A new dictionary is taken where it needs this part of the octets, or less, on unseen answers."""
_PROBES: Final = 128
"""So many answers of a block tell how it compresses."""

_LEVEL: Final = 3
_PARAMETERS: Final = zstandard.ZstdCompressionParameters.from_level(
    _LEVEL,
    format=zstandard.FORMAT_ZSTD1_MAGICLESS,
    write_content_size=True,
    write_checksum=False,
    write_dict_id=False,
)


class Dictionary:
    """One dictionary of a zone, ready to compress with."""

    def __init__(self, number: int, octets: bytes) -> None:
        """Prepare the dictionary that is to be stored under *number* (0 to 255)."""
        self.number = number
        self.octets = octets
        trained = zstandard.ZstdCompressionDict(octets)
        trained.precompute_compress(compression_params=_PARAMETERS)
        compressor = zstandard.ZstdCompressor(dict_data=trained, compression_params=_PARAMETERS)
        self._compress = compressor.compress
        self._prefix = bytes([number])

    def deflate(self, body: bytes) -> bytes:
        """Return the number of this dictionary and the frame of *body*."""
        return self._prefix + self._compress(body)

    def share(self, bodies: Sequence[bytes]) -> float:
        """Return what part of their octets is left of *bodies*."""
        return sum(len(self.deflate(body)) for body in bodies) / sum(map(len, bodies))


def make_inflater(octets: bytes) -> Inflate:
    """Return the function that gives back the body of a frame made with that dictionary."""
    return zstandard.ZstdDecompressor(
        dict_data=zstandard.ZstdCompressionDict(octets),
        format=zstandard.FORMAT_ZSTD1_MAGICLESS,
    ).decompress


def read_dictionaries(
    transaction: lmdb.Transaction[bytes], table: lmdb._Database, zone: Zone, path: Path
) -> list[bytes]:
    """Return the dictionaries a zone of the index at *path* names, in the order of its head.

    Raises:
        IndexDamaged: one of them is not there.
    """
    stored = [transaction.get(bytes([number]), db=table) for number in zone.dictionaries]
    found = [octets for octets in stored if octets]
    if len(found) < len(stored):
        lost = zone.dictionaries[stored.index(None)]
        raise IndexDamaged(path, f"dictionary {lost} of zone {zone.apex!r} is not there")
    return found


def unpack_stored(value: bytes, inflaters: Sequence[Inflate], path: Path, apex: bytes) -> Answer:
    """Return the answer stored as *value* in a zone of the index at *path*.

    Raises:
        IndexDamaged: it cannot be read.
    """
    try:
        return unpack_value(value, inflaters)
    except (ValueError, zstandard.ZstdError) as error:
        raise IndexDamaged(path, f"a value of zone {apex!r} cannot be read ({error})") from error


class Dictionaries:
    """The dictionaries of one zone in a write transaction: how its values are packed."""

    def __init__(
        self, transaction: lmdb.Transaction[bytes], table: lmdb._Database, zone: Zone, path: Path
    ) -> None:
        """Read the dictionaries of *zone*; its last one is the newest and packs.

        Raises:
            IndexDamaged: one of them is not there.
        """
        self.numbers = zone.dictionaries
        self._transaction = transaction
        self._table = table
        self._path = path
        self._apex = zone.apex
        stored = read_dictionaries(transaction, table, zone, path)
        self._inflaters = [make_inflater(octets) for octets in stored]
        self._newest = Dictionary(self.numbers[-1], stored[-1]) if stored else None
        self._usual_share = 0.0

    def pack(self, answer: Answer) -> bytes:
        """Return the value to store."""
        newest = self._newest
        return pack_value(answer, newest.deflate if newest else None)

    def unpack(self, value: bytes) -> Answer:
        """Return the answer stored as *value*; IndexDamaged where it cannot be read."""
        return unpack_stored(value, self._inflaters, self._path, self._apex)

    def adapt(self, bodies: Sequence[bytes]) -> None:
        """Take a new dictionary if these, the next of a stream, compress clearly worse than usual.

        Usual is what a sample of the block made of it that last led here.
        """
        probes = bodies[:: len(bodies) // _PROBES + 1]
        if self._newest and self._newest.share(probes) <= self._usual_share * _DRIFT:
            return
        self.consider(bodies)
        self._usual_share = self._newest.share(probes) if self._newest else 0.0

    def consider(self, bodies: Sequence[bytes]) -> None:
        """Take a new dictionary, trained on *bodies*, where it is worth it."""
        number = self.numbers[-1] + 1 if self.numbers else 0
        if number == MAX_DICTIONARIES or len(bodies) < WORTHWHILE:
            return
        if (new := _train(number, bodies, self._newest)) is None:
            return
        self._transaction.put(bytes([number]), new.octets, db=self._table)
        self._inflaters.append(make_inflater(new.octets))
        self.numbers = (*self.numbers, number)
        self._newest = new


def _train(number: int, bodies: Sequence[bytes], current: Dictionary | None) -> Dictionary | None:
    """Return a new dictionary for bodies like these, or None where it would not be worth it.

    It learns from every other one of *bodies* and has to prove itself on the rest: it needs a tenth
    less than *current*, or than the plain octets.
    """
    learned, unseen = bodies[::2], bodies[1::2]
    try:
        octets = zstandard.train_dictionary(DICTIONARY_OCTETS, list(learned)).as_bytes()
    except zstandard.ZstdError:  # too little in common, or too little of it
        return None
    new = Dictionary(number, octets)
    before = current.share(unseen) if current else 1.0
    return new if new.share(unseen) <= _GAIN * before else None
