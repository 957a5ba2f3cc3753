"""What SIP and HTTP must know of a number and DNS must not answer: the rows of table `entries`.

A row is a version (1 octet), then fields in the order of their kinds: the kind (1 octet), the
octets of its content (2 octets) and the content. A kind that this enumd does not know is kept as
it is, so that whoever comes later may add to what is said without a new layout.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from enumd.errors import IndexDamaged

VERSION: Final = 1
"""Another version says something else with the fields below; a reader refuses it."""

_FIELD: Final = struct.Struct("!BH")
_STATE, _UNTIL, _WHY = 1, 2, 3
_KNOWN: Final = frozenset((_STATE, _UNTIL, _WHY))
_UNTIL_OCTETS: Final = 8


class EntryState(IntEnum):
    """What a number is that DNS does not answer, or not with what its holder chose."""

    SUSPENDED = 1
    QUARANTINE = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one number beyond DNS."""

    state: EntryState | None = None
    """None: nothing special; what else is said here counts all the same."""
    until_s: int = 0
    """The first second in which the state is over; 0: not known."""
    why: str = ""
    """The reason, in words that may be told to whoever calls; empty: none is told."""
    unknown: tuple[tuple[int, bytes], ...] = ()
    """Fields of a later enumd: kinds and contents, in the order of kinds."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field, and unknown fields known here or out of order."""
        kinds = [kind for kind, _ in self.unknown]
        if not 0 <= self.until_s < 1 << 8 * _UNTIL_OCTETS:
            raise ValueError(f"until_s {self.until_s} does not fit {_UNTIL_OCTETS} octets")
        if kinds != sorted(set(kinds)) or not _KNOWN.isdisjoint(kinds):
            raise ValueError(f"fields of kinds {kinds} are known ones or out of order")

    def to_octets(self) -> bytes:
        """Return the row; ValueError for a field that is too long."""
        try:
            fields = [_FIELD.pack(kind, len(octets)) + octets for kind, octets in self._fields()]
        except struct.error:
            raise ValueError("a field of an entry has over 65535 octets, or no kind") from None
        return bytes([VERSION]) + b"".join(fields)

    @classmethod
    def from_octets(cls, octets: bytes) -> Entry:
        """Read what `to_octets` wrote, or a later enumd under the same version.

        Raises:
            ValueError: it is torn, of another version, or says a state that is not known.
        """
        if octets[:1] != bytes([VERSION]):
            raise ValueError(f"an entry begins {octets[:1].hex() or 'with nothing'}: no version")
        fields = dict(_read_fields(octets))
        state = fields.get(_STATE)
        return cls(
            None if state is None else EntryState(int.from_bytes(state, "big")),
            int.from_bytes(fields.get(_UNTIL, b""), "big"),
            fields.get(_WHY, b"").decode(),
            tuple((kind, fields[kind]) for kind in fields if kind not in _KNOWN),
        )

    @classmethod
    def read(cls, octets: bytes, path: Path, apex: bytes) -> Entry:
        """Return the entry stored as *octets* in a zone of the index at *path*.

        Raises:
            IndexDamaged: it cannot be read.
        """
        try:
            return cls.from_octets(octets)
        except ValueError as error:
            found = f"an entry of zone {apex!r} cannot be read ({error})"
            raise IndexDamaged(path, found) from error

    def _fields(self) -> Iterator[tuple[int, bytes]]:
        """Yield what there is to say, by kind."""
        known = {
            _STATE: bytes([self.state]) if self.state is not None else b"",
            _UNTIL: self.until_s.to_bytes(_UNTIL_OCTETS, "big").lstrip(b"\0"),
            _WHY: self.why.encode(),
        }
        yield from sorted([*((kind, o) for kind, o in known.items() if o), *self.unknown])


def _read_fields(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kinds and contents behind the version; ValueError where they are torn."""
    place = 1
    while place < len(octets):
        if place + _FIELD.size > len(octets):
            raise ValueError("an entry ends within a field")
        kind, length = _FIELD.unpack_from(octets, place)
        place += _FIELD.size + length
        if place > len(octets):
            raise ValueError("an entry ends within a field")
        yield kind, octets[place - length : place]
