"""The names a zone publishes: all in the order of their keys, or some; one is like the other.

A name has an answer, what SIP and HTTP are to know beyond it, or both. The records of the apex
stand in the head of the zone; of a zone whose apex is a number itself, its NAPTRs are published
with that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from enumd.core.rrset import RRset, RRType
from enumd.index.entries import Entry
from enumd.index.layout import OWN_KEY, Answer, pack_digits
from enumd.registry import records
from enumd.registry.compile.affected import Affected
from enumd.registry.compile.answers import NumberContent, Renderer, owner_key
from enumd.registry.compile.streams import (
    TOLD,
    numbers_at,
    rrsets_at,
    stream_numbers,
    stream_rrsets,
)
from enumd.registry.schema import APEX_OWNER, ZoneRow

Name = tuple[bytes, Answer | None, Entry | None]
"""A key, what DNS answers there and what is known beyond; None is nothing.

A plain tuple, for the streams' sake."""

_RRsets = tuple[bytes, tuple[RRset, ...]]

# No key is empty below the apex, and none begins with an octet above 0xcf.
_END: Final[_RRsets] = (b"\xff", ())

_NO_ROW: Final[NumberContent] = ("", "", None, None, None, [])


def compile_zone(session: Session, zone: ZoneRow, now_s: float) -> Iterator[Name]:
    """Yield every name *zone* publishes at *now_s* below its apex, in the order of the keys.

    First of all comes the number that the apex itself is, if it is one. Memory is bounded,
    however many names there are.
    """
    renderer = Renderer(zone, now_s)
    compile_number, top = renderer.number, len(zone.prefix)
    others = _others(session, zone)
    key, beside = next(others, _END)
    for number in stream_numbers(session, zone, TOLD):
        here = pack_digits(number[0][top:])
        while key < here:
            yield key, renderer.records(beside), None
            key, beside = next(others, _END)
        if key == here:
            answer, entry = compile_number(number, beside)
            key, beside = next(others, _END)
        else:
            answer, entry = compile_number(number)
        yield here, answer, entry
    while key < _END[0]:
        yield key, renderer.records(beside), None
        key, beside = next(others, _END)


def compile_names(
    session: Session, zone: ZoneRow, affected: Affected, now_s: float
) -> tuple[tuple[RRset, ...], list[Name]]:
    """Return what the head of *zone* holds and what there is at the *affected* names at *now_s*.

    The apex is read in the same breath: its SOA changes with every serial.
    """
    renderer = Renderer(zone, now_s)
    beside = rrsets_at(session, zone, affected.owners | {APEX_OWNER})
    at_apex, beside[OWN_KEY] = _divide_apex(zone, beside.pop(b"", ()))
    rows = numbers_at(session, zone, affected.numbers)
    found: dict[bytes, Name] = {}
    for owner in affected.owners - {APEX_OWNER}:
        key = owner_key(owner)
        found[key] = (key, renderer.records(beside.get(key, ())), None)
    for digits in affected.numbers:
        key = renderer.key(digits)
        found[key] = (key, *renderer.number(rows.get(digits, _NO_ROW), beside.get(key, ())))
    return at_apex, [found[key] for key in sorted(found)]


def compile_apex(session: Session, zone: ZoneRow) -> tuple[RRset, ...]:
    """Return the records that the head of *zone* holds, beside its SOA."""
    return _divide_apex(zone, records.at(session, zone, APEX_OWNER))[0]


def _others(session: Session, zone: ZoneRow) -> Iterator[_RRsets]:
    """Yield the RRsets of the number that the apex is, and of every name below it, by key."""
    own = _divide_apex(zone, records.at(session, zone, APEX_OWNER))[1]
    if own:
        yield OWN_KEY, own
    yield from stream_rrsets(session, zone)


def _divide_apex(
    zone: ZoneRow, here: tuple[RRset, ...]
) -> tuple[tuple[RRset, ...], tuple[RRset, ...]]:
    """Return of the RRsets *here*, at the apex, those of the head and those of its own number."""
    own = tuple(rrset for rrset in here if zone.prefix and rrset.rrtype == RRType.NAPTR)
    return tuple(rrset for rrset in here if rrset not in own), own
