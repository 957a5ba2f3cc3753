"""What is known of a number at the moment a call for it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from enumd.core.apex import Apex
from enumd.core.ddds import EnumOutcome, EnumResolution
from enumd.core.enumservice import Enumservice
from enumd.core.literal import OPENING_PATTERN
from enumd.core.naptr import Naptr
from enumd.core.naptr_use import judge
from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.core.uri import Uri

# The RDATA of nearly every record, and of all of ours: ORDER, PREFERENCE, "u",
# one Enumservice, a literal URI. All others are read by the rules of an ENUM client.
_LITERAL: Final = re.compile(
    rb"(..)(..)\x01u.E2U\+([a-z0-9:\-]+).%b([^!\\\x00-\x20\x7f-\xff]++)!\0" % OPENING_PATTERN,
    re.DOTALL,
)


class Status(Enum):
    """What a number is, or why that is not known."""

    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    QUARANTINE = "quarantine"
    FREE = "free"
    INCOMPLETE = "incomplete"
    """The digits begin longer numbers and are none themselves: an empty non-terminal."""
    OUTSIDE = "outside"
    """No tree that was asked stands for it."""
    DELEGATED = "delegated"
    """Somebody else's name servers know, and have not been asked."""
    UNANSWERED = "unanswered"
    """A tree could not be asked: its servers are silent or say that they fail."""
    UNREADABLE = "unreadable"
    """Our own index is missing or damaged."""


_BY_OUTCOME: Final = {
    EnumOutcome.FOUND: Status.CLAIMED,
    # The number exists, and nobody can reach it: that is not the same as no number (RFC 5346).
    EnumOutcome.UNUSABLE: Status.CLAIMED,
    EnumOutcome.NODATA: Status.CLAIMED,
    EnumOutcome.NXDOMAIN: Status.FREE,
    EnumOutcome.OUTSIDE: Status.OUTSIDE,
    EnumOutcome.FAILED: Status.UNANSWERED,
}


class Route(NamedTuple):
    """One way to reach the holder, as a NAPTR has it, its substitution applied to the number."""

    order: int
    preference: int
    service: Enumservice
    uri: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A number, what it is, and the routes published for it."""

    number: Number
    status: Status
    routes: tuple[Route, ...] = ()
    until_s: int = 0
    """The second in which a suspension or a quarantine ends; 0 when that is not known."""
    not_after_s: int = 0
    """The first second at which the routes are not used any more; 0 when there is none."""
    tree: Apex | None = None
    """The tree of our own index that says so; None where none does."""

    def __post_init__(self) -> None:
        """Refuse routes for a number that has none by what it is."""
        if self.routes and self.status is not Status.CLAIMED:
            raise ValueError(f"a number that is {self.status.value} has no routes")

    @classmethod
    def published(
        cls,
        number: Number,
        rdatas: Iterable[bytes],
        not_after_s: int = 0,
        tree: Apex | None = None,
    ) -> Profile:
        """Return the profile of a claimed number from the RDATA of its NAPTRs, as published.

        Raises:
            RecordError: an RDATA is none that could have been published.
        """
        routes = tuple(route for rdata in rdatas for route in _routes(rdata, number))
        return cls(number, Status.CLAIMED, routes, not_after_s=not_after_s, tree=tree)

    @classmethod
    def resolved(cls, resolution: EnumResolution) -> Profile:
        """Return the profile of a number that trees were asked for over DNS."""
        routes = tuple(
            Route(
                target.order, target.preference, target.service, _onward(target.uri, target.dipped)
            )
            for target in resolution.targets
        )
        return cls(resolution.number, _BY_OUTCOME[resolution.outcome], routes)


def _routes(rdata: bytes, number: Number) -> list[Route]:
    """Return the routes that a record gives for *number*."""
    if found := _LITERAL.fullmatch(rdata):
        order, preference, services, uri = found.groups()
        place = int.from_bytes(order, "big"), int.from_bytes(preference, "big")
        service, text = Enumservice.parse(services.decode()), uri.decode()
        if text.startswith("tel:"):
            text = _onward(read := Uri(text), _leads_back(read, number))
        return [Route(*place, service, text)]
    naptr = Naptr.from_rdata(rdata)
    return [
        Route(
            naptr.order,
            naptr.preference,
            use.service,
            _onward(use.uri, _leads_back(use.uri, number)),
        )
        for use in judge(naptr, str(number)).uses
    ]


def _leads_back(uri: Uri, number: Number) -> bool:
    """Tell whether *uri* is the number that was asked for."""
    subscriber = Subscriber.of(uri)
    return subscriber is not None and subscriber.is_number(number)


def _onward(uri: Uri, dipped: bool) -> str:
    """Return the URI as it is passed on: with `enumdi` where ENUM must not be asked again."""
    subscriber = Subscriber.of(uri) if dipped else None
    # RFC 4759 section 4.2.3: or the next element asks as we did and the call goes in circles.
    return str(uri) if subscriber is None else f"tel:{subscriber.dipped()}"
