"""The change log: who did what to which number, when, and under which serial.

A `Change` is one transaction of the registry. Whatever it alters it records, in the same
transaction, so the log cannot miss anything and the database refuses to rewrite it.

Rules for this file:

* A zone has one writer at a time: `lock` comes before anything of the zone is read for a decision.
  SQLite has one writer anyway (BEGIN IMMEDIATE); on PostgreSQL the row of the zone is locked.
* A transaction gives a zone at most one new serial. It is given under that lock, so the order of
  commits is the order of serials; a sequence would let serial 8 become visible before 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from enumd.core.serial import Serial
from enumd.registry.bulk import BulkInsert
from enumd.registry.lifecycle import Policy
from enumd.registry.schema import ChangeRow, ZoneRow

_COLUMNS: Final = (
    *("transaction_id", "zone_id", "serial", "at_s", "door", "party"),
    *("digits", "owner", "action", "before", "after"),
)

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and by which way they came in."""

    party: str | None
    """Who, as the door knows them: a party by name, at a command line the account of its user.

    None where nobody asked for it, or nobody says who they are.
    """
    door: str
    """What took their words: `cli`, `import`, `publish`…"""

    def __post_init__(self) -> None:
        """Refuse a door that could not be told from a party in the text of both."""
        if not self.door or ":" in self.door:
            raise ValueError(f"{self.door!r} is no door: it is a word without a colon")

    def __str__(self) -> str:
        """Return both as people read them: `cli:ada`, or the door alone."""
        return self.door if self.party is None else f"{self.door}:{self.party}"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log before it has a place there."""

    action: str
    """`thing.verb`, such as `number.claim`."""
    digits: str | None = None
    """The number it happened to."""
    owner: str | None = None
    """The owner, relative to the apex, of records that changed."""
    before: Json = None
    """All that was there, None for nothing; with *after* it says what a line has to be inverted."""
    after: Json = None
    """All that is there now; `by`, in it, says by whose right."""


@dataclass
class Change:
    """One transaction: the session it runs in, who acts, and what time it is for all of it."""

    session: Session
    actor: Actor
    now_s: int
    policy: Policy
    _serials: dict[int, Serial] = field(default_factory=dict)
    _log: BulkInsert | None = None

    @cached_property
    def transaction_id(self) -> int:
        """Return what all lines of this transaction have in common: the id of the first of them.

        PostgreSQL gives ids out of turn, so there it is one that no line has, and no transaction.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            query = text("SELECT nextval(pg_get_serial_sequence('change', 'id'))")
        else:
            query = text("SELECT coalesce(max(id), 0) + 1 FROM change")
        return int(self.session.scalar(query))

    def lock(self, zone: ZoneRow) -> ZoneRow:
        """Make this transaction the only writer of *zone* until it ends, and read the row again."""
        return self.session.get_one(ZoneRow, zone.id, populate_existing=True, with_for_update=True)

    def serial(self, zone: ZoneRow) -> Serial:
        """Return the serial of this transaction in *zone*, given at the first call.

        Lock the zone before.
        """
        if zone.id not in self._serials:
            self._serials[zone.id] = Serial(zone.serial).next()
            zone.serial = self._serials[zone.id].value
        return self._serials[zone.id]

    def advance(self, zone: ZoneRow, after: Serial) -> None:
        """Let the serial of this transaction in *zone* come after *after*, if it does not anyway.

        A zone that moves here from another server, or a registry that was restored from a backup,
        goes on from the serial that secondaries know. Of two serials 2**31 apart neither comes
        after the other, so there too it goes on. Lock the zone before.
        """
        if not Serial(zone.serial).newer_than(after):
            self._serials[zone.id] = after.next()
            zone.serial = self._serials[zone.id].value

    def record(
        self,
        zone: ZoneRow | None,
        action: str,
        digits: str | None = None,
        before: Json = None,
        after: Json = None,
        owner: str | None = None,
    ) -> None:
        """Log one thing done in *zone*, or in none (a party belongs to no zone)."""
        self.record_all(zone, [LogLine(action, digits, owner, before, after)])

    def record_all(self, zone: ZoneRow | None, lines: Iterable[LogLine]) -> None:
        """Log many things done in *zone* with one statement; for imports.

        The first call with any line gives the zone its serial.
        """
        kept = list(lines)
        if not kept:
            return
        in_zone = (None, None) if zone is None else (zone.id, self.serial(zone).value)
        head = (self.transaction_id, *in_zone, self.now_s, self.actor.door, self.actor.party)
        self.session.flush()  # the log stands behind what it tells of
        if self._log is None:
            self._log = BulkInsert(self.session, ChangeRow, *_COLUMNS)
        self._log(
            [
                (*head, e.digits, e.owner, e.action, compact(e.before), compact(e.after))
                for e in kept
            ]
        )


def compact(value: Json) -> str | None:
    """Return *value* as JSON without blanks, keys in order; None stays None."""
    if value is None:
        return None
    return _ENCODER.encode(value)


# Kept, because making one costs three times as much as the JSON of a number.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def last_s(session: Session) -> int:
    """Return the second of the latest change there is, 0 where there is none."""
    return session.scalar(select(func.max(ChangeRow.at_s))) or 0
