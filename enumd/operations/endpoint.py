"""Endpoints: the ways to reach the holder of a number."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.errors import BadRequest
from enumd.operations.number import EndpointFacts
from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class EndpointPlaced:
    """An endpoint after a change, and the others that share the calls with it."""

    number: str
    preference: int
    service: str
    uri: str
    shared_with: tuple[str, ...] = ()
    """The URIs of endpoints of the same preference."""


@dataclass(frozen=True, slots=True)
class AddEndpoint(Request[EndpointPlaced]):
    """Add a way to reach the holder of a number."""

    number: str
    uri: str
    """A URI, a number, or an account at a messenger."""
    service: str | None = None
    """The Enumservice, where it does not follow from the URI; or a messenger's name."""
    preference: int | None = None
    """After all others, if not given."""
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveEndpoint(Request[EndpointPlaced]):
    """Remove a way to reach the holder of a number."""

    number: str
    which: str
    """Its URI, a part of it that no other has, its preference, or its place in the list."""
    service: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class MoveEndpoint(Request[EndpointPlaced]):
    """Give a way to reach the holder of a number another preference, or put it first."""

    number: str
    which: str
    preference: int | None = None
    first: bool = False
    service: str | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        """Refuse what names no place, or two.

        Raises:
            BadRequest: it does.
        """
        if (self.preference is None) is not self.first:
            raise BadRequest("an endpoint moves either to a preference or before all others")


@dataclass(frozen=True, slots=True)
class EndpointList:
    """The ways to reach the holder of a number, the preferred one first."""

    endpoints: tuple[EndpointFacts, ...]
    ttl_s: int | None
    """For how long any of them may be kept."""


@dataclass(frozen=True, slots=True)
class ListEndpoints(Request[EndpointList]):
    """List the ways to reach the holder of a number, the preferred one first."""

    number: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointTtl:
    """For how long the endpoints of a number may be kept."""

    number: str
    ttl_s: int
    own: bool
    """It is not that of the zone."""


@dataclass(frozen=True, slots=True)
class SetTtl(Request[EndpointTtl]):
    """Set for how long resolvers may keep the ways to reach the holder of a number."""

    number: str
    ttl_s: int | None
    """None: as long as the zone says."""
    zone: str | None = None
