"""Writes an index in format 1, as the enumd before format 2 wrote it. Frozen: it never changes.

What is published comes from an index of today's format, so that any test can have its zones in
the format before; what is written uses LMDB alone, and nothing of today's layout but the flag that
it takes away.
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import lmdb

NEWER_FIELDS = ("due_s",)
"""What a head did not say in format 1."""
ENTRY = 32
"""The flag of a value that format 1 did not have."""


def write_former(source: Path, target: Path) -> Path:
    """Write what the index at *source* publishes to *target* in format 1; return *target*."""
    target.mkdir()
    with (
        # A copy, because a process may not open the same files twice.
        TemporaryDirectory() as copy,
        lmdb.open(shutil.copytree(source, f"{copy}/index"), readonly=True, max_dbs=99) as old,
        lmdb.open(str(target), map_size=16 << 20, max_dbs=99) as new,
        old.begin() as read,
        new.begin(write=True) as write,
    ):

        def rows(name):
            return list(read.cursor(old.open_db(name, txn=read, create=False)))

        def put(name, pairs):
            table = new.open_db(name, txn=write)
            for key, value in pairs:
                write.put(key, value, db=table)

        heads = {apex: json.loads(octets) for apex, octets in rows(b"zones")}
        put(b"meta", {**dict(rows(b"meta")), b"format": b"1"}.items())
        put(b"zones", ((apex, _head(head)) for apex, head in heads.items()))
        for number in (str(head["table"]).encode() for head in heads.values()):
            for table in (b"names/", b"others/"):
                put(table + number, ((key, _value(v)) for key, v in rows(table + number)))
            put(b"states/" + number, ((k, _state(row)) for k, row in rows(b"entries/" + number)))
            put(b"journal/" + number, [])
            put(b"dictionaries/" + number, rows(b"dictionaries/" + number))
    return target


def _head(head: dict[str, object]) -> bytes:
    """Return the row of a zone without what is newer."""
    kept = {name: value for name, value in head.items() if name not in NEWER_FIELDS}
    return json.dumps(kept, separators=(",", ":")).encode()


def _value(value: bytes) -> bytes:
    """Return a value without the flag that is newer."""
    return bytes([value[0] & ~ENTRY]) + value[1:]


def _state(row: bytes) -> bytes:
    """Return the state that an entry says: its number and the second it ends."""
    fields, place = {1: b"", 2: b""}, 1
    while place < len(row):
        kind, length = row[place], int.from_bytes(row[place + 1 : place + 3])
        fields[kind] = row[place + 3 : place + 3 + length]
        place += 3 + length
    return fields[1] + fields[2].rjust(4, b"\0")
