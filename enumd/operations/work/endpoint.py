"""Endpoints of a number added, removed, moved, listed."""

from __future__ import annotations

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.operations.desk import Deed, Look
from enumd.operations.endpoint import (
    AddEndpoint,
    EndpointList,
    EndpointPlaced,
    EndpointTtl,
    ListEndpoints,
    MoveEndpoint,
    RemoveEndpoint,
    SetTtl,
)
from enumd.operations.work.number import describe_endpoint
from enumd.operations.work.reading import name_of, number_of
from enumd.operations.work.typed_uri import read_known, read_way
from enumd.registry import endpoints, number_row, numbers
from enumd.registry.endpoint_choice import choose


def add(deed: Deed, request: AddEndpoint) -> EndpointPlaced:
    """Add an endpoint, after all others unless a preference is asked for."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    way = read_way(request.uri, request.service)
    for note in way.notes:
        deed.note(f"note: {note}")
    preference = request.preference
    if preference is None:
        number_row.locate_claimed(deed.change, number, zone)  # locks: nobody adds in between
        preference = endpoints.next_preference(
            endpoints.listing(deed.session, number, deed.now_s, zone)
        )
    added = Endpoint(way.service, way.uri, preference)
    endpoints.add(deed.change, number, added, zone)
    return _describe(number, added, endpoints.listing(deed.session, number, deed.now_s, zone))


def remove(deed: Deed, request: RemoveEndpoint) -> EndpointPlaced:
    """Remove an endpoint."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    way = _meant(deed, request)
    return _describe(number, endpoints.remove(deed.change, number, way.uri, way.service, zone))


def move(deed: Deed, request: MoveEndpoint) -> EndpointPlaced:
    """Give an endpoint another preference."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    way = _meant(deed, request)
    if request.preference is None:
        moved = endpoints.move_first(deed.change, number, way.uri, way.service, zone)
    else:
        moved = endpoints.move(deed.change, number, way.uri, request.preference, way.service, zone)
    return _describe(number, moved, endpoints.listing(deed.session, number, deed.now_s, zone))


def listing(look: Look, request: ListEndpoints) -> EndpointList:
    """List the endpoints of a number."""
    number, zone = number_of(look, request.number), name_of(request.zone)
    ways = endpoints.listing(look.session, number, look.now_s, zone)
    ttl_s = numbers.show(look.session, number, look.now_s, zone).ttl_s
    return EndpointList(tuple(map(describe_endpoint, ways)), ttl_s)


def ttl(deed: Deed, request: SetTtl) -> EndpointTtl:
    """Set the TTL of all endpoints of a number (RFC 2181 section 5.2)."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    ttl_s = endpoints.set_ttl(deed.change, number, request.ttl_s, zone)
    return EndpointTtl(str(number), ttl_s, own=request.ttl_s is not None)


def _meant(deed: Deed, request: RemoveEndpoint | MoveEndpoint) -> Endpoint:
    """Return the endpoint that *request* is about."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    number_row.locate_claimed(deed.change, number, zone)  # locks: nobody moves it in between
    uri, kind = read_known(request.which, request.service)
    there = endpoints.listing(deed.session, number, deed.now_s, zone)
    return choose(number, there, request.which, uri, kind)


def _describe(number: Number, way: Endpoint, there: tuple[Endpoint, ...] = ()) -> EndpointPlaced:
    """Return *way* with those of the endpoints that are *there* that share the calls with it."""
    equals = [each for each in there if each.preference == way.preference and each != way]
    uris = tuple(str(each.uri) for each in equals)
    return EndpointPlaced(str(number), way.preference, str(way.service), str(way.uri), uris)
