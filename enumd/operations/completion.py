"""What can complete a word that somebody began to type."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.operations.request import Request


@dataclass(frozen=True, slots=True)
class Completions:
    """Words of the registry, in order."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompleteWord(Request[Completions]):
    """Tell what the registry has that begins with some text."""

    kind: str
    """`number`, `zone`, `pool` or `party`."""
    beginning: str = ""
    limit: int = 50
