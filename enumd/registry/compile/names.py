"""The names a zone publishes, read from the registry: some of them, or all in the order of keys.

Rules for this file: what is read of all names is streamed, and costs as little a name as Python
allows; three hundred million of them come through here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import Table, and_, select
from sqlalchemy.orm import Session

from enumd.core.rrset import RRset, RRType
from enumd.index.entries import Entry
from enumd.index.layout import OWN_KEY, Answer
from enumd.registry import records
from enumd.registry.compile.answers import Endpoint, Renderer, number_entry, owner_key
from enumd.registry.files.sorting import sorted_rows
from enumd.registry.imports.zone_choice import key_of_owner
from enumd.registry.lifecycle import State
from enumd.registry.schema import APEX_OWNER, EndpointRow, NumberRow, RecordRow, ZoneRow

FETCH: Final = 5000
"""How many rows a database hands over at once."""

_IN_ZONE: Final = (State.CLAIMED.value, State.SUSPENDED.value)
_TOLD: Final = (State.SUSPENDED.value, State.RELEASED.value)

_NUMBER: Final = cast(Table, NumberRow.__table__)
_ENDPOINT: Final = cast(Table, EndpointRow.__table__)
_CONTENT: Final = (
    _NUMBER.c.digits,
    _NUMBER.c.state,
    _NUMBER.c.not_after_s,
    _NUMBER.c.ttl_s,
    _ENDPOINT.c.preference,
    _ENDPOINT.c.service,
    _ENDPOINT.c.uri,
)

NumberContent = tuple[str, str, int | None, list[Endpoint], int | None]
"""Digits, state, not_after_s, endpoints and TTL of one number; None: the TTL of the zone."""


@dataclass(slots=True)
class Names:
    """What is published at some names, and the entries of some numbers; None is nothing."""

    at_apex: tuple[RRset, ...] = ()
    answers: dict[bytes, Answer | None] = field(default_factory=dict)
    entries: dict[bytes, Entry | None] = field(default_factory=dict)


def names_at(
    session: Session, zone: ZoneRow, changed: Iterable[tuple[str | None, str | None]]
) -> Names:
    """Return what *zone* publishes at each of the *changed* names: digits, or owners."""
    digits: set[str] = set()
    owners: set[str] = set()
    # The apex is read in the same breath: its SOA changes with every serial.
    for number, owner in changed:
        if number is not None:
            digits.add(number)
            if number != zone.prefix:
                owners.add(_owner_of(number[len(zone.prefix) :]))
        elif owner == APEX_OWNER:
            digits.update([zone.prefix] if zone.prefix else ())
        elif owner is not None:
            owners.add(owner)
            if (labels := key_of_owner(owner)).isdigit():
                digits.add(zone.prefix + labels)
    renderer = Renderer(zone)
    beside = _rrsets_at(session, zone, owners | {APEX_OWNER})
    here = beside.get(b"", ())
    found = Names(_of_head(zone, here))
    beside[OWN_KEY] = _of_own_number(zone, here)
    for owner in owners:
        key = owner_key(owner)
        found.answers[key] = renderer.number("", None, (), beside.get(key, ()))
    rows = _numbers_at(session, zone, digits) if digits else {}
    for each in digits:
        key = renderer.key(each)
        state, until_s, not_after_s, endpoints, ttl_s = rows.get(each, _NO_ROW)
        found.answers[key] = renderer.number(
            state, not_after_s, endpoints, beside.get(key, ()), ttl_s
        )
        found.entries[key] = number_entry(state, until_s)
    return found


_Row = tuple[str, int | None, int | None, list[Endpoint], int | None]
"""State, until_s, not_after_s, endpoints and TTL of a number that has a row."""

_NO_ROW: Final[_Row] = ("", None, None, [], None)


def at_apex(session: Session, zone: ZoneRow) -> tuple[RRset, ...]:
    """Return the records that the head of *zone* holds, beside its SOA."""
    return _of_head(zone, records.at(session, zone, APEX_OWNER))


def names_of(session: Session, zone: ZoneRow) -> Iterator[tuple[bytes, Answer]]:
    """Yield everything *zone* publishes below its apex, in the order of the keys.

    First of all comes the number that the apex itself is, if it is one.
    """
    renderer = Renderer(zone)
    others = _rrsets_of(session, zone)
    key, beside = next(others, _END)
    for digits, state, not_after_s, endpoints, ttl_s in numbers_of(session, zone):
        here = renderer.key(digits)
        while key < here:
            yield key, _rendered(renderer, beside)
            key, beside = next(others, _END)
        if key == here:
            answer = renderer.number(state, not_after_s, endpoints, beside, ttl_s)
            key, beside = next(others, _END)
        else:
            answer = renderer.number(state, not_after_s, endpoints, (), ttl_s)
        if answer is not None:
            yield here, answer
    while key < _END[0]:
        yield key, _rendered(renderer, beside)
        key, beside = next(others, _END)


def numbers_of(session: Session, zone: ZoneRow) -> Iterator[NumberContent]:
    """Yield the numbers in *zone*, claimed and suspended, with their endpoints; in order."""
    query = (
        select(*_CONTENT)
        .outerjoin(_ENDPOINT, _ENDPOINT.c.number_id == _NUMBER.c.id)
        .where(_NUMBER.c.zone_id == zone.id, _NUMBER.c.state.in_(_IN_ZONE))
        .order_by(_NUMBER.c.digits, _ENDPOINT.c.preference, _ENDPOINT.c.position)
    )
    # Through the connection: the session would look at each row as if it were an object.
    rows = session.connection().execute(query, execution_options={"yield_per": FETCH})
    current = ""
    state, not_after_s, ttl_s = "", None, None
    endpoints: list[Endpoint] = []
    for part in rows.partitions():
        for digits, in_state, ends_s, own_s, preference, service, uri in part:
            if digits != current:
                if current:
                    yield current, state, not_after_s, endpoints, ttl_s
                current, state, not_after_s, endpoints, ttl_s = digits, in_state, ends_s, [], own_s
            if preference is not None:
                endpoints.append((preference, service, uri))
    if current:
        yield current, state, not_after_s, endpoints, ttl_s


def entries_of(session: Session, zone: ZoneRow) -> Iterator[tuple[bytes, Entry]]:
    """Yield what SIP and HTTP are to know of the numbers of *zone* that DNS does not answer."""
    renderer = Renderer(zone)
    query = (
        select(NumberRow.digits, NumberRow.state, NumberRow.until_s)
        .where(NumberRow.zone_id == zone.id, NumberRow.state.in_(_TOLD))
        .order_by(NumberRow.digits)
    )
    for digits, state, until_s in session.execute(query.execution_options(yield_per=FETCH)):
        told = number_entry(state, until_s)
        if told is not None:
            yield renderer.key(digits), told


# No key is empty below the apex, and none begins with an octet above 0xcf.
_END: Final[tuple[bytes, tuple[RRset, ...]]] = (b"\xff", ())


def _rendered(renderer: Renderer, rrsets: tuple[RRset, ...]) -> Answer:
    """Return the answer of a name that is no number's."""
    found = renderer.number("", None, (), rrsets)
    assert found is not None
    return found


def _owner_of(digits: str) -> str:
    """Return the owner of a number as the table `record` writes it."""
    return ".".join(reversed(digits))


def _numbers_at(session: Session, zone: ZoneRow, digits: Iterable[str]) -> dict[str, _Row]:
    """Return what is published of the numbers among *digits* that have a row."""
    here = and_(NumberRow.zone_id == zone.id, NumberRow.digits.in_(digits))
    query: Any = (
        select(
            NumberRow.digits,
            NumberRow.state,
            NumberRow.until_s,
            NumberRow.not_after_s,
            NumberRow.ttl_s,
            EndpointRow.preference,
            EndpointRow.service,
            EndpointRow.uri,
        )
        .outerjoin(EndpointRow, EndpointRow.number_id == NumberRow.id)
        .where(here)
        .order_by(NumberRow.digits, EndpointRow.preference, EndpointRow.position)
    )
    found: dict[str, _Row] = {}
    for number, state, until_s, not_after_s, ttl_s, *way in session.execute(query):
        preference, service, uri = way
        endpoints = found.setdefault(number, (state, until_s, not_after_s, [], ttl_s))[3]
        if preference is not None:
            endpoints.append((preference, service, uri))
    return found


def _rrsets_at(
    session: Session, zone: ZoneRow, owners: Iterable[str]
) -> dict[bytes, tuple[RRset, ...]]:
    """Return the RRsets at *owners*, by key."""
    found: dict[bytes, list[RRset]] = defaultdict(list)
    here = (RecordRow.zone_id == zone.id, RecordRow.owner.in_(owners))
    for owner, rrset in records.rrsets(session, *here):
        found[owner_key(owner)].append(rrset)
    return {key: tuple(rrsets) for key, rrsets in found.items()}


def _of_head(zone: ZoneRow, here: tuple[RRset, ...]) -> tuple[RRset, ...]:
    """Return which of the records *here*, at the apex, the head of *zone* holds."""
    return tuple(rrset for rrset in here if not (zone.prefix and rrset.rrtype == RRType.NAPTR))


def _of_own_number(zone: ZoneRow, here: tuple[RRset, ...]) -> tuple[RRset, ...]:
    """Return the other ones: those that are published with the number that the apex itself is."""
    return tuple(rrset for rrset in here if zone.prefix and rrset.rrtype == RRType.NAPTR)


def _rrsets_of(session: Session, zone: ZoneRow) -> Iterator[tuple[bytes, tuple[RRset, ...]]]:
    """Yield the RRsets of every name below the apex, and of its own number, by key."""
    if own := _of_own_number(zone, records.at(session, zone, APEX_OWNER)):
        yield OWN_KEY, own
    rows = (
        (owner_key(owner), rrset.rrtype, rrset.ttl_s, rrset.rdatas)
        for owner, rrset in records.listing(session, zone)
        if owner != APEX_OWNER
    )
    for key, group in groupby(sorted_rows(rows), itemgetter(0)):
        yield key, tuple(RRset(*each[1:]) for each in group)
