"""The endpoints of a number: added, removed, moved, listed.

An endpoint is known by its URI; where a number has one URI for several Enumservices (a telephone
for calls and for messages), the Enumservice says which.
"""

from __future__ import annotations

import dns.name
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from enumd.core.endpoint import PREFERENCE_STEP, Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound, PolicyRefused
from enumd.registry import number_row, zones
from enumd.registry.changes import Change, Json
from enumd.registry.loops import refuse_loop
from enumd.registry.schema import EndpointRow, NumberRow


def add(
    change: Change, number: Number, endpoint: Endpoint, apex: dns.name.Name | None = None
) -> None:
    """Add *endpoint* to a claimed number.

    Raises:
        NotFound, Conflict: the number is not claimed.
        Conflict: it has the endpoint or one of that preference already, or the URI leads back.
        PolicyRefused: it has as many endpoints as it may have.
    """
    zone, row = number_row.claimed(change, number, apex)
    there = _endpoints(change.session, row)
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
    _refuse_taken_preference(number, there, endpoint.preference)
    refuse_loop(change, number, endpoint.uri)
    new = EndpointRow(number_id=row.id, preference=endpoint.preference)
    new.service, new.uri = str(endpoint.service), endpoint.uri.text
    change.session.add(new)
    change.record(zone, "endpoint.add", number.digits, None, shown(endpoint))


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
    zone, row = number_row.claimed(change, number, apex)
    gone = _chosen(number, _endpoints(change.session, row), uri, service)
    key = (EndpointRow.number_id == row.id, EndpointRow.preference == gone.preference)
    change.session.execute(delete(EndpointRow).where(*key))
    change.record(zone, "endpoint.remove", number.digits, shown(gone), None)
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
        Conflict: it has several and *service* does not say which; another has that preference.
        RecordError: the preference does not fit 16 bits.
    """
    zone, row = number_row.claimed(change, number, apex)
    there = _endpoints(change.session, row)
    old = _chosen(number, there, uri, service)
    new = Endpoint(old.service, old.uri, preference)
    if new == old:
        return old
    _refuse_taken_preference(number, there, preference)
    key = (EndpointRow.number_id == row.id, EndpointRow.preference == old.preference)
    change.session.execute(update(EndpointRow).where(*key).values(preference=preference))
    change.record(zone, "endpoint.move", number.digits, shown(old), shown(new))
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
    there = listing(change.session, number, apex)
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


def listing(
    session: Session, number: Number, apex: dns.name.Name | None = None
) -> tuple[Endpoint, ...]:
    """Return the endpoints of *number* by preference; none where it is not claimed.

    Raises:
        NotFound, Conflict: as `zones.find_for` says.
    """
    row = number_row.find(session, zones.find_for(session, number, apex), number)
    return () if row is None else _endpoints(session, row)


def next_preference(endpoints: tuple[Endpoint, ...]) -> int:
    """Return the preference an endpoint gets that shall come after all of *endpoints*."""
    last = max((endpoint.preference for endpoint in endpoints), default=0)
    return last - last % PREFERENCE_STEP + PREFERENCE_STEP


def shown(endpoint: Endpoint) -> Json:
    """Return an endpoint as the change log shows it."""
    return [endpoint.preference, str(endpoint.service), endpoint.uri.text]


def _endpoints(session: Session, row: NumberRow) -> tuple[Endpoint, ...]:
    """Return the endpoints of the number of *row* by preference."""
    columns = (EndpointRow.service, EndpointRow.uri, EndpointRow.preference)
    query = select(*columns).where(EndpointRow.number_id == row.id)
    rows = session.execute(query.order_by(EndpointRow.preference))
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


def _refuse_taken_preference(number: Number, there: tuple[Endpoint, ...], preference: int) -> None:
    """Raise Conflict where one of *there* has that preference: equal ones have no order."""
    for other in there:
        if other.preference == preference:
            raise Conflict(
                f"{number} has {other.uri} at preference {preference}; choose another"
            ).advise(f"Taken preferences: enumd endpoint list {number}")
