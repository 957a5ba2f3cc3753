"""The rows a zone is made of, as ordered streams: numbers with their endpoints, and records.

Rules for this file: what is read of all names is streamed, and costs as little a name as Python
allows; three hundred million of them come through here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, Table, func, select
from sqlalchemy.orm import Session

from enumd.core.rrset import RRset
from enumd.registry import records
from enumd.registry.compile.answers import Endpoint, NumberContent, owner_key
from enumd.registry.files.sorting import sort_rows
from enumd.registry.lifecycle import State
from enumd.registry.lifecycle_sql import SOMEBODYS
from enumd.registry.schema import APEX_OWNER, EndpointRow, NumberRow, RecordRow, ZoneRow

FETCH: Final = 5000
"""How many rows a database hands over at once."""

TOLD: Final = (*SOMEBODYS, State.RELEASED.value)
"""The states of numbers that are somebody's, and the one that SIP and HTTP tell of as well."""

_NUMBER: Final = cast(Table, NumberRow.__table__)
_ENDPOINT: Final = cast(Table, EndpointRow.__table__)
_OF_NUMBER: Final = (
    _NUMBER.c.digits,
    _NUMBER.c.state,
    # Both say when it is free by itself, and no row has both.
    func.coalesce(_NUMBER.c.until_s, _NUMBER.c.free_s),
    _NUMBER.c.not_after_s,
    _NUMBER.c.ttl_s,
)
_OF_ENDPOINT: Final = (_ENDPOINT.c.preference, _ENDPOINT.c.service, _ENDPOINT.c.uri)


def stream_numbers(
    session: Session, zone: ZoneRow, states: Collection[str] = SOMEBODYS
) -> Iterator[NumberContent]:
    """Yield the numbers of *zone* that are in one of *states*, with their endpoints; in order."""
    query = _numbers(zone, _NUMBER.c.state.in_(states))
    # Through the connection: the session would look at each row as if it were an object.
    rows = session.connection().execute(query, execution_options={"yield_per": FETCH})
    current = ""
    endpoints: list[Endpoint] = []
    number: NumberContent = ("", "", None, None, None, endpoints)
    for part in rows.partitions():
        for digits, state, until_s, ends_s, ttl_s, preference, service, uri in part:
            if digits != current:
                if current:
                    yield number
                current, endpoints = digits, []
                number = (digits, state, until_s, ends_s, ttl_s, endpoints)
            if preference is not None:
                endpoints.append((preference, service, uri))
    if current:
        yield number


def numbers_at(
    session: Session, zone: ZoneRow, digits: Collection[str]
) -> dict[str, NumberContent]:
    """Return the numbers among *digits* that have a row, whatever their state."""
    found: dict[str, NumberContent] = {}
    query = _numbers(zone, _NUMBER.c.digits.in_(digits))
    for *number, preference, service, uri in session.execute(query) if digits else ():
        endpoints = found.setdefault(number[0], (*number, []))[5]
        if preference is not None:
            endpoints.append((preference, service, uri))
    return found


def _numbers(zone: ZoneRow, which: ColumnElement[bool]) -> Select[Any]:
    """Return the query of some numbers of *zone* with their endpoints, in the order of both."""
    return (
        select(*_OF_NUMBER, *_OF_ENDPOINT)
        .outerjoin(_ENDPOINT, _ENDPOINT.c.number_id == _NUMBER.c.id)
        .where(_NUMBER.c.zone_id == zone.id, which)
        .order_by(_NUMBER.c.digits, _ENDPOINT.c.preference, _ENDPOINT.c.position)
    )


def stream_rrsets(session: Session, zone: ZoneRow) -> Iterator[tuple[bytes, tuple[RRset, ...]]]:
    """Yield the RRsets of every name of *zone* below its apex, in the order of the keys."""
    rows = (
        (owner_key(owner), rrset.rrtype, rrset.ttl_s, rrset.rdatas)
        for owner, rrset in records.listing(session, zone)
        if owner != APEX_OWNER
    )
    for key, group in groupby(sort_rows(rows), itemgetter(0)):
        yield key, tuple(RRset(*each[1:]) for each in group)


def rrsets_at(
    session: Session, zone: ZoneRow, owners: Iterable[str]
) -> dict[bytes, tuple[RRset, ...]]:
    """Return the RRsets at *owners*, by key; the apex has the empty one."""
    found: dict[bytes, list[RRset]] = defaultdict(list)
    here = (RecordRow.zone_id == zone.id, RecordRow.owner.in_(owners))
    for owner, rrset in records.rrsets(session, *here):
        found[owner_key(owner)].append(rrset)
    return {key: tuple(rrsets) for key, rrsets in found.items()}
