"""The index as the enumd before this one wrote it: format 1, read until a publication renews it.

An upgrade is not to leave a server without answers, so readers take this format, too, and `writer`
puts an index of its own format in its place with the next publication. Format 1 has values and
dictionaries as they are now, without signatures and flags of entries. It differs in that

- the table `states` stands for `entries`: a state (1 octet) and the second it ends (4 octets);
- there are no marks: a miss is plain where all of its zone is, as counters in the head say;
- the journal tells of no entries. It is not read: whoever follows begins with the whole zone.
"""

from __future__ import annotations

from binascii import hexlify
from pathlib import Path
from typing import Final

import lmdb

from enumd.errors import IndexDamaged
from enumd.index.entries import Entry, EntryState
from enumd.index.keys import FIRST_OTHER, INNER_STAR, pack_nibbles
from enumd.index.layout import FORMAT, Zone
from enumd.index.marks import EVERYWHERE
from enumd.index.tables import Tables

FORMER: Final = FORMAT - 1

_STATE_OCTETS: Final = 5


def former_tables(number: int) -> Tables:
    """Return the names of the tables of the zone that was given *number*.

    `others` stands where there are no marks: `former_bounds` looks there.
    """
    tables = Tables.numbered(number)
    return tables._replace(entries=f"states/{number}".encode(), marks=tables.others)


def former_bounds(
    transaction: lmdb.Transaction[bytes], zone: Zone, others: lmdb._Database
) -> tuple[bytes, ...]:
    """Return between which keys a miss needs a closer look: nowhere in a plain zone.

    That has no wildcard, and nothing but NAPTRs at or below any name that begins with a digit.
    """
    # Every row of others is counted as mixed, so one more is a mixed name made of digits.
    if zone.wildcards or zone.mixed != transaction.stat(others)["entries"]:
        return EVERYWHERE
    cursor = transaction.cursor(others)
    if cursor.first() and cursor.key() < FIRST_OTHER:
        return EVERYWHERE
    # A name below "*.apex" makes that a wildcard that owns nothing (RFC 4592 section 4.4).
    below = cursor.set_range(pack_nibbles(INNER_STAR))
    return EVERYWHERE if below and hexlify(cursor.key()).startswith(INNER_STAR) else ()


def read_state(octets: bytes, path: Path, apex: bytes) -> Entry:
    """Return what a state says that is stored as *octets* in a zone of the index at *path*.

    Raises:
        IndexDamaged: it cannot be read.
    """
    try:
        if len(octets) != _STATE_OCTETS:
            raise ValueError(f"{len(octets)} octets, and not {_STATE_OCTETS}")
        return Entry(EntryState(octets[0]), int.from_bytes(octets[1:], "big"))
    except ValueError as error:
        raise IndexDamaged(path, f"a state of zone {apex!r} cannot be read ({error})") from error
