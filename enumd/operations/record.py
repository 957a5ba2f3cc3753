"""Records beside the numbers: NS, glue, TXT, wildcards, delegations."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class RecordSet:
    """What an owner has of one type; no data where nothing is left."""

    zone: str
    owner: str
    type: str | None
    ttl_s: int | None
    rdatas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddRecord(Request[RecordSet]):
    """Add a record, written as in a zone file."""

    owner: str
    """Relative to the apex, `@` for the apex itself."""
    type: str
    data: str
    ttl_s: int | None = None
    """The TTL of all that the owner has of this type."""
    zone: str | None = None
    """Needed where there are several."""


@dataclass(frozen=True, slots=True)
class RemoveRecord(Request[RecordSet]):
    """Remove a record, or all that an owner has of a type."""

    owner: str
    type: str
    data: str | None = None
    """None: all of it."""
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class RecordSets:
    """Records of a zone, by owner."""

    rrsets: tuple[RecordSet, ...]
    more: bool
    """There are more than were asked for."""


@dataclass(frozen=True, slots=True)
class ListRecords(Request[RecordSets]):
    """List the records of a zone that no number's endpoints make."""

    owner: str | None = None
    type: str | None = None
    zone: str | None = None
    limit: int = 1000
