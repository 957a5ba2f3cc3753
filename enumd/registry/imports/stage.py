"""What an import is going to write, made ready in a file of its own before anybody has to wait.

The file is a SQLite database, whatever the registry is kept in: a registry in SQLite reads it as
an attached database, to PostgreSQL its rows are copied. It lies among the temporary files and goes
with the import; one that a killed import left behind goes with the next.

A file comes in batches in the order of its keys, and each batch has a sheet of rows here. Sheets
stand alone: one can be taken out and made anew where the registry has changed since.

Rules for this file: `at` orders the rows of a table as the file has them. `ref` says which number
is meant: above 0 one that gets an id when it is written, below 0 one with an id that is there.
A `zone_id` of 0 is the zone that the import makes. Everything the registry checks of single rows
is checked here, so that it need not be checked again while others wait.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import shutil
import sqlite3
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Final, Self

from enumd.registry.files.gathering import Group
from enumd.registry.files.reading import BATCH_GROUPS
from enumd.registry.files.rows import Refusal

NEW_ZONE: Final = 0
"""The id, in a stage, of the zone that the import makes."""

_PREFIX: Final = "enumd-import-"

_NEW_S: Final = 60

_ROWS: Final = 1 << 24
"""There is room for so many rows of one table in a sheet."""

TABLES: Final = {
    "stage_number": (
        "ref BIGINT, zone_id BIGINT, digits TEXT CHECK (length(digits) BETWEEN 1 AND 32 "
        "AND ltrim(digits, '0123456789') = ''), ttl_s BIGINT CHECK (ttl_s BETWEEN 0 AND "
        "2147483647), again INTEGER, emptied INTEGER, retimed INTEGER"
    ),
    "stage_endpoint": (
        "ref BIGINT, preference INTEGER CHECK (preference BETWEEN 0 AND 65535), "
        "position INTEGER, service TEXT NOT NULL, uri TEXT NOT NULL"
    ),
    "stage_record": (
        "owner TEXT CHECK (owner = lower(owner)), rrtype INTEGER CHECK (rrtype BETWEEN 1 AND "
        "65535), position INTEGER, ttl_s BIGINT CHECK (ttl_s BETWEEN 0 AND 2147483647), rdata BYTEA"
    ),
    "stage_log": (
        "zone_id BIGINT NOT NULL, digits TEXT, owner TEXT, action TEXT NOT NULL, "
        "before TEXT, after TEXT"
    ),
}
"""The columns of what is written, behind `at`."""

_OWN: Final = {
    "stage_refusal": "line BIGINT, code TEXT, field TEXT, hint TEXT",
    "stage_groups": "groups BYTEA",
}
"""The columns of what stays here."""

_TALLY: Final = """
    CREATE TABLE stage_tally AS
    SELECT zone_id, length(digits) AS length,
           substr(digits, 1, max(length(digits) - 3, 0)) AS thousand, count(*) AS touched
    FROM stage_number WHERE ref > 0 GROUP BY 1, 2, 3
"""


@dataclass(slots=True)
class Sheet:
    """The rows one batch makes."""

    batch: int
    numbers: list[tuple[Any, ...]] = field(default_factory=list)
    endpoints: list[tuple[Any, ...]] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    created: int = 0

    def ref(self) -> int:
        """Return the reference of one more number that has no id yet."""
        self.created += 1
        return self.batch * BATCH_GROUPS + self.created


class Stage:
    """The sheets of one import. Use it as a context manager."""

    def __init__(self) -> None:
        """Make an empty one."""
        _remove_abandoned()
        self._folder = TemporaryDirectory(prefix=_PREFIX)
        self.path = Path(self._folder.name) / "stage.db"
        self._lock = _locked(Path(self._folder.name))
        self._db = sqlite3.connect(self.path, isolation_level=None)
        # Nobody asks for it after a crash.
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        for table, columns in (TABLES | _OWN).items():
            self._db.execute(f"CREATE TABLE {table} (at INTEGER PRIMARY KEY, {columns})")
        self._firsts: list[str] = []

    def __enter__(self) -> Self:
        """Return this stage, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self._db.close()
        self._folder.cleanup()
        os.close(self._lock)

    def add(self, groups: list[Group]) -> int:
        """Keep a batch of *groups*, to be decided again if need be; return its number."""
        batch = len(self._firsts)
        before = self._firsts[-1] if self._firsts else ""
        self._firsts.append(next((group[0] for group in groups if group[0]), before))
        octets = marshal.dumps(groups)
        self._db.execute("INSERT INTO stage_groups VALUES (?, ?)", (batch * _ROWS, octets))
        return batch

    def groups(self, batch: int) -> list[Group]:
        """Return the groups of *batch*."""
        (row,) = self._db.execute("SELECT groups FROM stage_groups WHERE at = ?", (batch * _ROWS,))
        found: list[Group] = marshal.loads(row[0])
        return found

    @property
    def batches(self) -> range:
        """Return the numbers of all batches."""
        return range(len(self._firsts))

    def holding(self, keys: Iterable[str]) -> list[int]:
        """Return the batches that hold those of *keys* that are in the file."""
        found = {bisect_right(self._firsts, key) - 1 for key in keys}
        return sorted(found - {-1})

    def put(self, sheet: Sheet) -> None:
        """Write *sheet* in the place of the one its batch had."""
        first = sheet.batch * _ROWS
        self._db.execute("BEGIN")
        rows = {
            "stage_number": sheet.numbers,
            "stage_endpoint": sheet.endpoints,
            "stage_record": sheet.records,
            "stage_log": sheet.log,
            "stage_refusal": [
                (each.line, each.code, each.field, each.hint) for each in sheet.refusals
            ],
        }
        for table, values in rows.items():
            here = (first, first + _ROWS)
            self._db.execute(f"DELETE FROM {table} WHERE at >= ? AND at < ?", here)
            if values:
                marks = ", ".join("?" * len(values[0]))
                self._db.executemany(
                    f"INSERT INTO {table} VALUES (?, {marks})",
                    [(at, *row) for at, row in enumerate(values, first)],
                )
        self._db.execute("COMMIT")

    def seal(self) -> None:
        """Count the new numbers by thousands, as the registry does row by row."""
        self._db.execute("DROP TABLE IF EXISTS stage_tally")
        self._db.execute(_TALLY)

    def refusals(self) -> Iterator[Refusal]:
        """Yield what is refused."""
        query = "SELECT line, code, field, hint FROM stage_refusal ORDER BY at"
        return (Refusal(*row) for row in self._db.execute(query))

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Yield all rows of a table in their order."""
        return iter(self._db.execute(f"SELECT * FROM {table} ORDER BY at"))

    def zones(self) -> list[int]:
        """Return the ids of the zones something is written to."""
        query = "SELECT DISTINCT zone_id FROM stage_log ORDER BY 1"
        return [row[0] for row in self._db.execute(query)]

    def uris(self, digits: Iterable[str]) -> dict[str, list[str]]:
        """Return the URIs of those of the numbers *digits* that are going to be written."""
        # Few files ask, so that the index is made for those that do.
        self._db.execute("CREATE INDEX IF NOT EXISTS by_digits ON stage_number (digits)")
        self._db.execute("CREATE INDEX IF NOT EXISTS by_ref ON stage_endpoint (ref)")
        found: dict[str, list[str]] = {}
        for each in digits:
            query = (
                "SELECT ref FROM stage_number WHERE digits = ? AND (emptied OR again OR ref > 0)"
            )
            for (ref,) in self._db.execute(query, (each,)).fetchall():
                uris = self._db.execute("SELECT uri FROM stage_endpoint WHERE ref = ?", (ref,))
                found.setdefault(each, []).extend(row[0] for row in uris)
        return found


def _locked(folder: Path) -> int:
    """Return *folder* opened and locked: the system lets go of it when this process dies.

    Raises:
        OSError: somebody has it, or it is another user's.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened


def _remove_abandoned() -> None:
    """Remove the stages that imports left behind when they were killed."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            lock = _locked(folder)
        except OSError:
            continue
        made = os.fstat(lock)
        # One that was made this moment may not be locked yet.
        if made.st_uid == os.geteuid() and time.time() - made.st_mtime > _NEW_S:
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
