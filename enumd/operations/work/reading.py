"""What requests write as text, read into values."""

from __future__ import annotations

import dns.name

from enumd.core.apex import parse_name
from enumd.core.number import Number
from enumd.errors import BadRequest
from enumd.operations.desk import Desk
from enumd.registry import zones
from enumd.registry.database import Reading
from enumd.registry.schema import ZoneRow


def number_of(desk: Desk, text: str) -> Number:
    """Return the number written *text*, at most as long as the home allows.

    Raises:
        NumberError: it is none.
    """
    return Number.parse(text, desk.home.config.numbers.max_digits)


def name_of(zone: str | None) -> dns.name.Name | None:
    """Return the apex of the *zone* a request names, or None.

    Raises:
        BadOwnerName: it is no domain name.
    """
    return parse_name(zone) if zone else None


def only_zone(session: Reading, zone: str | None) -> ZoneRow:
    """Return the *zone* that is named, or the only one.

    Raises:
        NotFound: there is none of that name.
        BadRequest: none is named, and there is none or more than one.
    """
    if zone is not None:
        return zones.show(session, parse_name(zone))
    rows = zones.listing(session)
    if len(rows) != 1:
        names = ", ".join(row.apex for row in rows) or "none"
        raise BadRequest(f"Say which zone with --zone; there are {names}.")
    return rows[0]
