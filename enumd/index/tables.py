"""The names of the LMDB tables of an index, and the keys of its table `meta`.

meta                     format version, the registry that publishes, the next number of tables,
                         how far into its log this is
zones                    apex -> head of the zone
names/N others/N         key -> value, of the zone whose tables have the number N
entries/N                key -> what DNS must not answer about a number
marks/N                  key -> nothing, of a name beside which a miss needs a closer look
journal/N                place -> the difference two serials make
dictionaries/N           number -> dictionary
"""

from __future__ import annotations

from typing import Final, NamedTuple

META_TABLE: Final = b"meta"
FORMAT_KEY: Final = b"format"
REGISTRY_KEY: Final = b"registry"
TABLES_KEY: Final = b"tables"
"""The number for the tables of the next new zone, in decimal."""
CHECKPOINT_KEY: Final = b"checkpoint"
"""How far into the log of the registry the zones are, together."""
ZONES_TABLE: Final = b"zones"


class Tables(NamedTuple):
    """The names of the LMDB tables of one zone."""

    names: bytes
    others: bytes
    entries: bytes
    marks: bytes
    journal: bytes
    dictionaries: bytes

    @classmethod
    def numbered(cls, number: int) -> Tables:
        """Return the names of the tables of the zone that was given *number*."""
        return cls(*(f"{field}/{number}".encode() for field in cls._fields))
