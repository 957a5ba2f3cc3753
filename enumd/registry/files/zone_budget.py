"""How much a zone file may have us read and make that does not stand in it.

One line can ask for thousands of records or for another file, which may ask again. Without an end
to the sum of it, a file of a few hundred octets would keep an import busy for days.
"""

from __future__ import annotations

from typing import Final

from enumd.registry.files.rows import EntryError

MOST_INCLUDED: Final = 1000
"""Files read for one import, each as often as it is included."""
MOST_GENERATED: Final = 1 << 19
"""Records that all `$GENERATE` of one import make."""
MOST_GENERATED_OCTETS: Final = 1 << 26
"""Octets of text they have before it is read."""


class Budget:
    """What one import, and all files it includes, may still spend."""

    def __init__(self) -> None:
        self._included = 0
        self._generated = 0
        self._octets = 0

    def include(self, name: str) -> None:
        """Count the inclusion of the file *name*.

        Raises:
            EntryError: there were too many before it.
        """
        if self._included >= MOST_INCLUDED:
            hint = f"{name} is one file more than the {MOST_INCLUDED} an import reads"
            raise EntryError("include-too-deep", "$INCLUDE", hint)
        self._included += 1

    def generate(self, count: int, octets: int) -> None:
        """Count one `$GENERATE` that makes *count* records of *octets* in all.

        Raises:
            EntryError: with it, it would be too many.
        """
        generated, written = self._generated + count, self._octets + octets
        if generated > MOST_GENERATED or written > MOST_GENERATED_OCTETS:
            hint = f"all $GENERATE of a file make at most {MOST_GENERATED} records; {_INSTEAD}"
            raise EntryError("generate-too-large", "$GENERATE", hint)
        self._generated, self._octets = generated, written


_INSTEAD: Final = "import the rest as a file of its own, or write wildcards"
