"""What an import is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dns.name

from enumd.registry.changes import Actor
from enumd.registry.files.notes import Note
from enumd.registry.files.reading import FileFormat

Progress = Callable[[int, int], None]
"""Is told how many octets of the file are done, and how many there are."""

_NOBODY: Final = Actor(None, "import")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is imported; what is not said follows from the file and the registry."""

    now_s: int
    actor: Actor = _NOBODY
    party: str | None = None
    """To whom the numbers belong: the name of a party. To the registry itself where it is None."""
    add_party: bool = False
    """Add the party if there is none of that name: a registrar, or a holder by mail address."""
    format: FileFormat | None = None
    apex: dns.name.Name | None = None
    """The zone of all numbers of a CSV file; the apex of a zone file and what it is relative to."""
    prefix: str | None = None
    """The digits a zone stands for that the registry does not have yet."""
    adopt: bool = False
    """Take SOA and apex NS from the zone file although the registry has the zone already."""
    include: bool = False
    """Read the files a zone file includes."""
    partial: bool = False
    """Take the good lines of a number even where others of it are refused."""
    rejects_path: Path | None = None
    """Where what is refused is listed; beside the file when not given."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file, in lines but for the counts of numbers and RRsets."""

    taken: int
    """Lines that changed something."""
    unchanged: int
    """Lines that say what the registry says."""
    invalid: int
    duplicates: int
    conflicts: int
    incomplete: int
    """Good lines left out because of another line of the same number."""
    numbers_created: int
    numbers_changed: int
    numbers_unchanged: int
    numbers_silenced: int
    """Numbers that had endpoints and have none now."""
    rrsets_changed: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How many lines were refused under each code, the most frequent first."""
    rejects_path: Path | None = None
    """Where they are listed, None where there are none."""
    notes: tuple[Note, ...] = ()
    """What is worth knowing of lines that were taken, or left out without harm."""
    seconds: float = 0.0

    @property
    def rejected(self) -> int:
        """Return how many lines were refused."""
        return self.invalid + self.duplicates + self.conflicts + self.incomplete

    @property
    def all_rejected(self) -> bool:
        """Tell whether there were lines, and none of them was taken or is in the registry."""
        return self.rejected > 0 and not (self.taken or self.unchanged)
