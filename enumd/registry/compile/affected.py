"""Which names the lines of the log touch: those whose value in the index may be another now.

::

    what changed                 what it touches
    a number, its endpoints      its name, and what SIP and HTTP know of it
    records at a name            that name, and the number whose name it is
    NAPTRs at the apex           the head; the number that the apex is, if it is one
    NS, DNAME, CNAME, `*`        their own name alone: what they hide or stand for below is worked
                                 out from their value when somebody asks, so no value below has it
    TTL or prefix of the zone    every name of a number: the whole zone is compiled
    SOA                          the head, as every serial does
    the end of a claim           the number, at the first publication after it
    an empty non-terminal        nothing: none is stored
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, null, or_, select
from sqlalchemy.orm import Session

from enumd.index.layout import Zone
from enumd.registry.imports.zone_choice import key_of_owner
from enumd.registry.lifecycle_sql import SOMEBODYS
from enumd.registry.schema import APEX_OWNER, ChangeRow, NumberRow, ZoneRow

CHUNK: Final = 500
"""How many changes are looked at together."""

Change = tuple[str | None, str | None]
"""The number, whole, and the owner that a line of the log names; either may be None."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Names that are to be compiled anew."""

    numbers: frozenset[str]
    """Whole, without the plus."""
    owners: frozenset[str]
    """Relative to the apex, as the table `record` has them."""


def affected(prefix: str, changes: Iterable[Change]) -> Affected:
    """Return the names that *changes* touch in a zone that stands for the digits *prefix*."""
    numbers: set[str] = set()
    owners: set[str] = set()
    for number, owner in changes:
        if number is not None:
            numbers.add(number)
            owners.update([".".join(reversed(number[len(prefix) :]))] if number != prefix else ())
        elif owner == APEX_OWNER:
            numbers.update([prefix] if prefix else ())
        elif owner is not None:
            owners.add(owner)
            if (digits := key_of_owner(owner)).isdigit():
                numbers.add(prefix + digits)
    return Affected(frozenset(numbers), frozenset(owners))


def read_changes(
    session: Session, zone: ZoneRow, before: Zone, now_s: int
) -> Iterator[list[Change]] | None:
    """Return what has changed since *before* was published, in chunks, each change once.

    That is what the log names after it, and the claims that have ended since. None where that is
    more than half of the zone, which is sooner compiled as a whole.
    """
    most = max(CHUNK, before.names // 2)
    named = select(ChangeRow.digits, ChangeRow.owner).where(
        ChangeRow.zone_id == zone.id, _later(zone, before.serial.value)
    )
    found = _read(session, named.distinct(), most)
    ended = _read(session, _ended(zone, before.due_s, now_s), most) if before.due_s else iter(())
    if found is None or ended is None:
        return None
    return _chunk(chain(found, ended))


def _later(zone: ZoneRow, serial: int) -> ColumnElement[bool]:
    """Return the condition of lines after *serial*.

    By serial and not by id: the index of the log finds a serial among millions of lines.
    """
    later: ColumnElement[bool] = ChangeRow.serial > serial
    if zone.serial < serial:
        # The serial has passed 2**32 meanwhile. Names from its first life are only looked at again.
        later = or_(later, ChangeRow.serial <= zone.serial)
    return later


def _ended(zone: ZoneRow, from_s: int, to_s: int) -> Select[*tuple[Any, ...]]:
    """Return the query of the numbers whose claim ended from *from_s* to *to_s*."""
    return select(NumberRow.digits, null()).where(
        NumberRow.zone_id == zone.id,
        NumberRow.not_after_s.between(from_s, to_s),
        NumberRow.state.in_(SOMEBODYS),
    )


def _read(session: Session, query: Select[*tuple[Any, ...]], most: int) -> Iterator[Change] | None:
    """Return the rows of *query*, streamed where they are many; None where over *most*."""
    first = list(session.execute(query.limit(CHUNK + 1)))
    if len(first) <= CHUNK:
        return ((row[0], row[1]) for row in first)
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if count > most:
        return None
    rows = session.execute(query.execution_options(yield_per=CHUNK))
    return ((row[0], row[1]) for row in rows)


def _chunk(changes: Iterator[Change]) -> Iterator[list[Change]]:
    """Yield *changes*, some at a time."""
    while chunk := list(islice(changes, CHUNK)):
        yield chunk
