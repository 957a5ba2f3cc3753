"""Loops: endpoints that lead back to the number they belong to.

A call to such a number would be redirected until somebody counts to Max-Forwards. A SIP URI leads
back into this registry when its user part is a number and its host is this installation or the
apex of one of its zones; what other hosts do with a number is theirs. A `tel:` URI means the
telephone network (RFC 4415 section 4 leads a number to `tel:` likewise) and leads nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict, NumberError
from enumd.registry.changes import Change
from enumd.registry.schema import EndpointRow, NumberRow, ZoneRow

_SCHEMES: Final = frozenset({"sip", "sips"})
MOST_NUMBERS: Final = 64
"""How many numbers are looked at before a chain of redirects counts as endless."""


def refuse_loop(change: Change, number: Number, uri: Uri) -> None:
    """Raise Conflict where calls to *uri* would come back to *number*, at once or in the end."""
    if _number_in(uri.text) is None:
        return
    own = own_hosts(change)

    def lead(onward: Number) -> list[Number]:
        return targets(read_uris(change.session, onward), own)

    if (trail := find_way_back(number, targets([uri.text], own), lead)) is not None:
        raise Conflict(f"{uri} leads back to this very number: {trail}").advise(
            "Point it at another number, or remove the endpoint that leads back: `enumd "
            "endpoint list`."
        )


def find_way_back(
    number: Number, first: Iterable[Number], lead: Callable[[Number], list[Number]]
) -> str | None:
    """Return the trail on which calls to *number* come back to it, as a text; None where none does.

    They go to the numbers *first*, and from each to those that *lead* returns for it.
    """
    trails: list[tuple[Number, ...]] = [(number, target) for target in first]
    seen: set[Number] = set()
    while trails:
        *_, last = trail = trails.pop()
        if last == number or len(seen) > MOST_NUMBERS:
            return " to ".join(map(str, trail))
        if last not in seen:
            seen.add(last)
            trails += [(*trail, target) for target in lead(last)]
    return None


def own_hosts(change: Change) -> frozenset[str]:
    """Return the hosts whose calls come back to this registry."""
    query = select(ZoneRow.apex).where(ZoneRow.removed_s.is_(None))
    apexes = (apex.rstrip(".") for apex in change.session.scalars(query))
    return frozenset(change.policy.own_hosts) | frozenset(apexes)


def targets(uris: list[str], own: frozenset[str]) -> list[Number]:
    """Return the numbers *uris* lead to on one of the hosts *own*."""
    found = (_number_in(uri) for uri in uris)
    return [number for number, host in filter(None, found) if host in own]


def _number_in(uri: str) -> tuple[Number, str] | None:
    """Return the number and the host of a SIP URI whose user part is a number."""
    scheme, _, rest = uri.partition(":")
    user, at, place = rest.partition("?")[0].partition("@")
    if scheme not in _SCHEMES or not at:
        return None
    # RFC 3261 section 25.1: user [":" password]; a telephone-subscriber has parameters after ";".
    digits = user.partition(":")[0].partition(";")[0]
    try:
        number = Number.parse("+" + digits.removeprefix("+"), len(digits))
    except NumberError:
        return None
    return number, _host(place.partition(";")[0])


def _host(place: str) -> str:
    """Return the host of `host [":" port]` in lower case, an IPv6 reference with its brackets."""
    if place.startswith("["):
        return place[: place.find("]") + 1].lower()
    return place.partition(":")[0].lower().rstrip(".")


def read_uris(session: Session, number: Number) -> list[str]:
    """Return the URIs of *number* in whatever zone."""
    # The index of numbers begins with their zone, so all zones are named.
    query = (
        select(EndpointRow.uri)
        .join(NumberRow, NumberRow.id == EndpointRow.number_id)
        .where(NumberRow.zone_id.in_(select(ZoneRow.id)), NumberRow.digits == number.digits)
    )
    return list(session.scalars(query))
