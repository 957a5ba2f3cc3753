"""Moments as requests and results write them: RFC 3339 in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

from enumd.errors import BadRequest


@overload
def timestamp(at_s: int) -> str: ...
@overload
def timestamp(at_s: None) -> None: ...
def timestamp(at_s: int | None) -> str | None:
    """Return a second since 1970 as RFC 3339 text in UTC; None where there is none.

    >>> timestamp(1_700_000_000)
    '2023-11-14T22:13:20Z'
    """
    if not at_s:
        return None
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Return the second since 1970 that RFC 3339 *text* names.

    Raises:
        BadRequest: it is no such text, or names no zone.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is not a moment as 2030-12-31T23:59:59Z") from None
    if at.tzinfo is None:
        raise BadRequest(f"{text!r} does not say in which zone; 2030-12-31T23:59:59Z is in UTC")
    return int(at.timestamp())
