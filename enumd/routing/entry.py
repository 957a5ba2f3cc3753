"""What is known of a number at the moment a call for it comes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from enumd.core.enumservice import Enumservice
from enumd.core.number import Number


class Status(Enum):
    """What a number is (DESIGN section 5), or why that is not known."""

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


class Route(NamedTuple):
    """One way to reach the holder, as a NAPTR has it, its substitution applied to the number."""

    order: int
    preference: int
    service: Enumservice
    uri: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A number, what it is, and the routes published for it."""

    number: Number
    status: Status
    routes: tuple[Route, ...] = ()
    until_s: int = 0
    """The second in which a suspension or a quarantine ends; 0 when that is not known."""
    not_after_s: int = 0
    """The second after which the routes must not be used; 0 when there is none."""
    tree: str = ""
    """Whose answer this is: the apex of the tree, for people who ask why."""

    def __post_init__(self) -> None:
        """Refuse routes for a number that has none by what it is."""
        if self.routes and self.status is not Status.CLAIMED:
            raise ValueError(f"a number that is {self.status.value} has no routes")
