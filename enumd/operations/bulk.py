"""Numbers in bulk, and the index: import, export, publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enumd.operations.performed import PublishReport
from enumd.operations.request import Request

FORMATS = ("csv", "zone")


@dataclass(frozen=True, slots=True)
class ImportNote:
    """One kind of thing worth knowing about a file, and how often it was met."""

    code: str
    count: int
    line: int
    hint: str


@dataclass(frozen=True, slots=True)
class FileImported:
    """What became of a file, in lines but for the counts of numbers and RRsets."""

    taken: int
    unchanged: int
    invalid: int
    duplicates: int
    conflicts: int
    incomplete: int
    numbers_created: int
    numbers_changed: int
    numbers_unchanged: int
    numbers_silenced: int
    rrsets_changed: int
    reasons: Mapping[str, int]
    """How many lines were refused under each code, the most frequent first."""
    rejects_path: str | None
    notes: tuple[ImportNote, ...]
    seconds: float
    rejected: int


@dataclass(frozen=True, slots=True)
class ImportFile(Request[FileImported]):
    """Take the numbers of a file in one change."""

    path: str
    format: str | None = None
    """`csv` or `zone`; what the file looks like, if not said."""
    party: str | None = None
    """Whose numbers these are; nobody's, if not said."""
    add_party: bool = False
    zone: str | None = None
    prefix: str | None = None
    adopt: bool = False
    include: bool = False
    partial: bool = False
    rejects_path: str | None = None
    """Where refused lines are listed; beside the file, if not said."""


@dataclass(frozen=True, slots=True)
class ZoneExported:
    """What an export wrote."""

    zone: str
    numbers: int
    endpoints: int
    records: int
    left_out: int


@dataclass(frozen=True, slots=True)
class ExportZone(Request[ZoneExported]):
    """Write a zone to the text stream beside this request."""

    format: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ZonesPublished:
    """What publishing did."""

    zones: tuple[PublishReport, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PublishRegistry(Request[ZonesPublished]):
    """Bring the index up to the registry."""

    rebuild: bool = False
    """Make the index from nothing, whatever is there."""
