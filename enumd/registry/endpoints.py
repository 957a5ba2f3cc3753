"""The endpoints of a number: added, removed, moved, listed; and the TTL they are answered with.

An endpoint is known by its URI; where a number has one URI for several Enumservices (a telephone
for calls and for messages), the Enumservice says which. Endpoints of one preference share the calls
equally (RFC 3403 section 4.1).
"""

from __future__ import annotations

import dns.name
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from enumd.core.endpoint import PREFERENCE_STEP, Endpoint, record_octets
from enumd.core.enumservice import Enumservice
from enumd.core.limits import MAX_RECORDS_OCTETS
from enumd.core.number import Number
from enumd.core.rrset import MAX_TTL_S
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound, PolicyRefused, RecordError
from enumd.registry import number_image, number_log, number_row, zones
from enumd.registry.changes import Change
from enumd.registry.lifecycle import STANDING
from enumd.registry.loops import refuse_loop
from enumd.registry.schema import EndpointRow, NumberRow


def add(
    change: Change, number: Number, endpoint: Endpoint, apex: dns.name.Name | None = None
) -> None:
    """Add *endpoint* to a claimed number.

    Raises:
        NotFound, Conflict: the number is not claimed.
        Conflict: it has the endpoint already, or the URI leads back.
        PolicyRefused: it has as many endpoints as it may have, or an answer no room for another.
    """
    zone, row = number_row.locate_claimed(change, number, apex)
    there = of_row(change.session, row)
    if len(there) >= change.policy.max_endpoints:
        raise PolicyRefused(f"{number} has {len(there)} endpoints, as many as it may").advise(
            f"Remove one, `enumd endpoint list {number}`, or raise `max_endpoints` under [policy]."
        )
    for other in there:
        if (other.service, other.uri) == (endpoint.service, endpoint.uri):
            raise Conflict(
                f"{number} has {other.uri} at preference {other.preference} already"
            ).advise(
                f"Nothing has to be added; its place: enumd endpoint move {number} {other.uri} "
                "--preference N"
            )
    _refuse_long_answer(number, (*there, endpoint))
    refuse_loop(change, number, endpoint.uri)
    before = number_image.describe(change.session, row, change.now_s)
    new = EndpointRow(number_id=row.id, preference=endpoint.preference)
    new.position = _next_position(change, row, endpoint.preference)
    new.service, new.uri = str(endpoint.service), endpoint.uri.text
    change.session.add(new)
    number_log.add(change, zone, "endpoint.add", row, before)


def remove(
    change: Change,
    number: Number,
    uri: Uri,
    service: Enumservice | None = None,
    apex: dns.name.Name | None = None,
) -> Endpoint:
    """Remove the endpoint of a claimed number that leads to *uri*, and return it.

    Raises:
        NotFound, Conflict: the number is not claimed.
        NotFound: it has no such endpoint.
        Conflict: it has several, and *service* does not say which.
    """
    zone, row = number_row.locate_claimed(change, number, apex)
    gone = _chosen(number, of_row(change.session, row), uri, service)
    before = number_image.describe(change.session, row, change.now_s)
    change.session.execute(delete(EndpointRow).where(*_key(row, gone)))
    number_log.add(change, zone, "endpoint.remove", row, before)
    return gone


def move(
    change: Change,
    number: Number,
    uri: Uri,
    preference: int,
    service: Enumservice | None = None,
    apex: dns.name.Name | None = None,
) -> Endpoint:
    """Give the endpoint that leads to *uri* another preference, and return it as it is then.

    Raises:
        NotFound, Conflict: the number is not claimed.
        NotFound: it has no such endpoint.
        Conflict: it has several, and *service* does not say which.
        RecordError: the preference does not fit 16 bits.
    """
    zone, row = number_row.locate_claimed(change, number, apex)
    old = _chosen(number, of_row(change.session, row), uri, service)
    new = Endpoint(old.service, old.uri, preference)
    if new == old:
        return old
    before = number_image.describe(change.session, row, change.now_s)
    place = {"preference": preference, "position": _next_position(change, row, preference)}
    change.session.execute(update(EndpointRow).where(*_key(row, old)).values(place))
    number_log.add(change, zone, "endpoint.move", row, before)
    return new


def move_first(
    change: Change,
    number: Number,
    uri: Uri,
    service: Enumservice | None = None,
    apex: dns.name.Name | None = None,
) -> Endpoint:
    """Put the endpoint that leads to *uri* before all others, and return it as it is then.

    Where no preference is left below those of the others, these move up by a step.

    Raises:
        NotFound, Conflict: the number is not claimed.
        NotFound: it has no such endpoint.
        Conflict: it has several and *service* does not say which.
        RecordError: there is no room for the others above.
    """
    there = listing(change.session, number, change.now_s, apex)
    wanted = _chosen(number, there, uri, service)
    others = [each for each in there if each != wanted]
    lowest = min((each.preference for each in others), default=wanted.preference + 1)
    if wanted.preference < lowest:
        return wanted
    if lowest == 0:
        for each in sorted(others, key=lambda other: -other.preference):
            above = each.preference + PREFERENCE_STEP
            move(change, number, each.uri, above, each.service, apex)
        lowest = PREFERENCE_STEP
    first = max(lowest - PREFERENCE_STEP, 0)
    return move(change, number, wanted.uri, first, wanted.service, apex)


def set_ttl(
    change: Change, number: Number, ttl_s: int | None, apex: dns.name.Name | None = None
) -> int:
    """Let the endpoints of a claimed number be answered with *ttl_s*; None: the TTL of its zone.

    Return the seconds that then hold.

    Raises:
        NotFound, Conflict: the number is not claimed.
        RecordError: the TTL does not fit 31 bits (RFC 2181 section 8).
    """
    if ttl_s is not None and not 0 <= ttl_s <= MAX_TTL_S:
        raise RecordError(f"a TTL is 0 to {MAX_TTL_S} seconds", str(ttl_s))
    zone, row = number_row.locate_claimed(change, number, apex)
    before = number_image.describe(change.session, row, change.now_s)
    row.ttl_s = ttl_s
    number_log.add(change, zone, "number.ttl", row, before)
    return zone.ttl_s if ttl_s is None else ttl_s


def listing(
    session: Session, number: Number, now_s: float, apex: dns.name.Name | None = None
) -> tuple[Endpoint, ...]:
    """Return the endpoints of *number* by preference, equal ones in the order they came.

    There are none where it is nobody's at *now_s*.

    Raises:
        NotFound, Conflict: as `zones.find_for` says.
    """
    row = number_row.find(session, zones.find_for(session, number, apex), number)
    if row is None or number_row.state_of(row, now_s) not in STANDING:
        return ()
    return of_row(session, row)


def next_preference(endpoints: tuple[Endpoint, ...]) -> int:
    """Return the preference an endpoint gets that shall come after all of *endpoints*."""
    last = max((endpoint.preference for endpoint in endpoints), default=0)
    return last - last % PREFERENCE_STEP + PREFERENCE_STEP


def of_row(session: Session, row: NumberRow) -> tuple[Endpoint, ...]:
    """Return the endpoints of the number of *row* by preference."""
    columns = (EndpointRow.service, EndpointRow.uri, EndpointRow.preference)
    query = select(*columns).where(EndpointRow.number_id == row.id)
    rows = session.execute(query.order_by(EndpointRow.preference, EndpointRow.position))
    return tuple(Endpoint.parse(service, uri, preference) for service, uri, preference in rows)


def _chosen(
    number: Number, there: tuple[Endpoint, ...], uri: Uri, service: Enumservice | None
) -> Endpoint:
    """Return the one of *there* that leads to *uri* for *service*, or for any."""
    leading = [each for each in there if each.uri == uri and service in (None, each.service)]
    if not leading:
        raise NotFound(f"{number} has no endpoint {uri}").advise(
            f"What it has: enumd endpoint list {number}"
        )
    if len(leading) > 1:
        services = ", ".join(str(each.service) for each in leading)
        raise Conflict(f"{number} has {uri} for {services}; say which service").advise(
            "Say it with --service TYPE[:SUBTYPE]."
        )
    return leading[0]


def _refuse_long_answer(number: Number, endpoints: tuple[Endpoint, ...]) -> None:
    """Raise PolicyRefused where not every client could read the answer with all of *endpoints*."""
    octets = sum(record_octets(str(each.service), each.uri.text) for each in endpoints)
    if octets > MAX_RECORDS_OCTETS:
        raise PolicyRefused(
            f"the {len(endpoints)} records of {number} would have {octets} octets, and some "
            f"clients read {MAX_RECORDS_OCTETS} at most"
        ).advise(
            f"Give it a shorter URI, or remove another one first: `enumd endpoint list {number}`."
        )


def _key(row: NumberRow, endpoint: Endpoint) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the one row that is *endpoint* of the number of *row*."""
    service = EndpointRow.service == str(endpoint.service)
    return EndpointRow.number_id == row.id, service, EndpointRow.uri == endpoint.uri.text


def _next_position(change: Change, row: NumberRow, preference: int) -> int:
    """Return the position behind all endpoints of the number of *row* with that *preference*."""
    here = (EndpointRow.number_id == row.id, EndpointRow.preference == preference)
    last = change.session.scalar(select(func.max(EndpointRow.position)).where(*here))
    return 0 if last is None else last + 1
