"""Searching a range of numbers for free ones, and counting it, without reading all of it.

A number that nobody has touched has no row, so free numbers are gaps. Three things keep the search
from walking through what is taken: a `Pattern` names the next number that fits, the tally of
touched numbers steps over full thousands, and candidates are asked about many at a time. Picking
one of 10 million numbers of which half are taken costs two or three statements.

Numbers that were touched and are free again (a hold or quarantine that has ended) come last: after
their quarantine they are as free as any, but the fewer callers still mean somebody else the better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from enumd.registry import lifecycle_sql
from enumd.registry.lifecycle import State
from enumd.registry.pattern import Pattern
from enumd.registry.schema import THOUSAND, NumberRow, TallyRow

_FIRST_BATCH: Final = 16
_LARGEST_BATCH: Final = 512
"""Candidates in one statement; SQLite before 3.32 stops at 999 parameters."""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers *first* to *last*, equally long, in one zone."""

    zone_id: int
    first: str
    last: str

    @property
    def size(self) -> int:
        """Return how many numbers there are."""
        return int(self.last) - int(self.first) + 1

    @property
    def length(self) -> int:
        """Return how many digits each number has."""
        return len(self.first)

    def at(self, place: int) -> str:
        """Return the number at *place*, counted from 0."""
        return self._digits(int(self.first) + place)

    def part(self, first: str, last: str) -> Span:
        """Return the numbers *first* to *last* of the same zone."""
        return Span(self.zone_id, first, last)

    def between(self, first: int, last: int) -> Span:
        """Return the numbers whose digits are the integers *first* to *last*."""
        return self.part(self._digits(first), self._digits(last))

    def rows(self) -> tuple[ColumnElement[bool], ...]:
        """Return the condition that a row of `number` is in this span."""
        # Between numbers of one length stand longer ones, where a plan is open.
        return (
            NumberRow.zone_id == self.zone_id,
            NumberRow.digits >= self.first,
            NumberRow.digits <= self.last,
            func.length(NumberRow.digits) == self.length,
        )

    def _digits(self, value: int) -> str:
        """Return *value* with the zeros a number of this span begins with."""
        return str(value).zfill(self.length)


def untouched(session: Session, span: Span, pattern: Pattern, start: str) -> Iterator[str]:
    """Yield the numbers that fit and have no row, from *start* up."""
    place, size = pattern.at_or_after(start), _FIRST_BATCH
    while place is not None and place <= span.last:
        opening = _next_opening(session, span, place)
        if opening is None or opening > span.last:
            return
        if opening > place:
            place = pattern.at_or_after(opening)
            continue
        batch, place = _batch(pattern, span, place, size)
        query = select(NumberRow.digits).where(
            NumberRow.zone_id == span.zone_id, NumberRow.digits.in_(batch)
        )
        taken = set(session.scalars(query))
        yield from (digits for digits in batch if digits not in taken)
        size = min(2 * size, _LARGEST_BATCH)


def lapsed(
    session: Session, span: Span, pattern: Pattern, now_s: float, limit: int
) -> list[tuple[str, State]]:
    """Return numbers that fit and are free again, with the state that has ended."""
    found: list[tuple[str, State]] = []
    for over in lifecycle_sql.are_over(now_s):
        query = (
            select(NumberRow.digits, NumberRow.state)
            .where(*span.rows(), *over, NumberRow.digits.like(pattern.like))
            .order_by(NumberRow.digits)
            .limit(limit)
        )
        found += [(digits, State(state)) for digits, state in session.execute(query)]
    return sorted(found)[:limit]


def pick(
    session: Session, spans: list[Span], pattern: Pattern, now_s: float, place: int
) -> tuple[Span, str] | None:
    """Return one free number that fits, or None.

    The search begins at the *place*-th number of a span and goes round, so that a random place
    spreads the numbers given out; untouched numbers of any span come before those free again.
    """
    for span in spans:
        start = span.at(place % span.size)
        round_trip = (start, span), (span.first, span.part(span.first, start))
        for begin, part in round_trip:
            found = next(untouched(session, part, pattern, begin), None)
            if found is not None:
                return span, found
    for span in spans:
        for digits, _ in lapsed(session, span, pattern, now_s, 1):
            return span, digits
    return None


def touched(session: Session, span: Span) -> int:
    """Return how many numbers of *span* have a row.

    Whole thousands are read from the tally, the ends of the span are counted.
    """
    first, end = int(span.first), int(span.last) + 1
    low, high = -(-first // THOUSAND), end // THOUSAND
    if span.length <= 3 or low >= high:
        return _counted(session, span, first, end)
    lowest, highest = (str(value).zfill(span.length - 3) for value in (low, high - 1))
    query = select(func.coalesce(func.sum(TallyRow.touched), 0)).where(
        TallyRow.zone_id == span.zone_id,
        TallyRow.length == span.length,
        TallyRow.thousand >= lowest,
        TallyRow.thousand <= highest,
    )
    edges = (first, low * THOUSAND), (high * THOUSAND, end)
    return int(session.scalar(query) or 0) + sum(_counted(session, span, *edge) for edge in edges)


def _counted(session: Session, span: Span, first: int, end: int) -> int:
    """Return how many rows there are from *first* to before *end*."""
    if first >= end:
        return 0
    part = span.part(span.at(first - int(span.first)), span.at(end - 1 - int(span.first)))
    return session.scalar(select(func.count()).select_from(NumberRow).where(*part.rows())) or 0


def _batch(pattern: Pattern, span: Span, place: str, size: int) -> tuple[list[str], str | None]:
    """Return up to *size* numbers that fit, from *place* up, and the one after them."""
    batch: list[str] = []
    following: str | None = place
    while following is not None and following <= span.last and len(batch) < size:
        batch.append(following)
        following = pattern.after(following)
    return batch, following


def _next_opening(session: Session, span: Span, place: str) -> str | None:
    """Return *place*, or where its thousand is full the first number of the next that is not."""
    thousand, size = place[:-3], 1
    while True:
        query = (
            select(TallyRow.thousand, TallyRow.touched)
            .where(TallyRow.zone_id == span.zone_id, TallyRow.length == span.length)
            .where(TallyRow.thousand >= thousand)
            .order_by(TallyRow.thousand)
            .limit(size)
        )
        rows = session.execute(query).all()
        for name, count in rows:
            if name != thousand or count < THOUSAND:
                return max(place, thousand + "000")[: span.length]
            if not thousand or set(thousand) == {"9"}:
                return None
            thousand = str(int(thousand) + 1).zfill(len(thousand))
        if len(rows) < size:
            return max(place, thousand + "000")[: span.length]
        size = 1000
