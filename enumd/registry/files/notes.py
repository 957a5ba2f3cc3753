"""What an import has to say of lines that it took, or could leave out without harm.

A note refuses nothing and makes no number incomplete. A file of a million lines may give a million
notes, so they are counted by their code, and the first of each is kept to be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from enumd.registry.files.rows import NOTES


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of thing worth knowing about a file, and how often it was met."""

    code: str
    """Stable; one of `rows.NOTES`."""
    count: int
    line: int
    """The first line it was met at."""
    hint: str
    """What is to be known of that line."""


class Notes:
    """Collects notes, one for each code in the order they are met."""

    def __init__(self) -> None:
        self._found: dict[str, Note] = {}

    def add(self, line: int, code: str, hint: str) -> None:
        """Count the note *code*, and keep *line* and *hint* if it is the first."""
        known = self._found.get(code)
        self._found[code] = (
            replace(known, count=known.count + 1) if known else Note(code, 1, line, hint)
        )

    def take(
        self, findings: Iterable[tuple[int, str, str, str]]
    ) -> list[tuple[int, str, str, str]]:
        """Add those of *findings* (line, code, field, hint) that are notes; return the others."""
        others = []
        for finding in findings:
            line, code, _, hint = finding
            if code in NOTES:
                self.add(line, code, hint)
            else:
                others.append(finding)
        return others

    @property
    def found(self) -> tuple[Note, ...]:
        """Return what was noted."""
        return tuple(self._found.values())
