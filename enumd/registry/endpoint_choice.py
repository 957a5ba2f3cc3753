"""Which endpoint of a number somebody means: by its URI, a part of it, a place or a preference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from enumd.core.endpoint import Endpoint
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import Conflict, NotFound


def choose(
    number: Number,
    there: Sequence[Endpoint],
    text: str,
    uri: Uri | None = None,
    service: Enumservice | None = None,
) -> Endpoint:
    """Return the one of *there*, the endpoints of *number*, that *text* means.

    The first of these that any endpoint fits decides: *uri*, which is what *text* reads as; the
    place in the list, counted from 1, or the preference; a part of the Enumservice or the URI.
    *service*, when given, narrows all of them.

    Raises:
        NotFound: no endpoint fits.
        Conflict: several do.
    """
    among = [each for each in there if service in (None, each.service)]
    rules: tuple[Callable[[int, Endpoint], bool], ...] = (
        lambda place, each: each.uri == uri,
        lambda place, each: text.isdecimal() and int(text) in (place, each.preference),
        lambda place, each: text.lower() in f"{each.service} {each.uri}".lower(),
    )
    for fits in rules:
        found = [each for place, each in enumerate(there, 1) if each in among and fits(place, each)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Conflict(f"{text!r} may be {_shown(found, ' or ')}").advise(
                "Give the whole URI, or with --service the Enumservice."
            )
    what = f" for {service}" if service else ""
    raise NotFound(f"{number} has no endpoint {text}{what}").advise(
        f"It has {_shown(there, '; ')}." if there else f"It has none: enumd number show {number}"
    )


def _shown(endpoints: Sequence[Endpoint], between: str) -> str:
    """Return *endpoints* as a person reads them in a line."""
    return between.join(f"{each.preference} {each.service} {each.uri}" for each in endpoints)
