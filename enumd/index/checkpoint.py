"""How far into its registry's log an index has come, all its zones together.

A publish of one change begins where the one before ended, and looks at no zone the log does not
name since. It is known by a line of the log and not by its number alone: registries are restored
from backups, and give numbers out a second time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of the log when the index was last published, and when it is due again."""

    change: int
    """The id of the last line of the log that was seen; 0: the log was empty."""
    line: str
    """The digest of that line."""
    settled: int
    """The id up to which no line can come to light any more that was not seen."""
    awaited: int = 0
    """The id that is settled once every transaction before *horizon* has ended."""
    horizon: int = 0
    """The first transaction of the database that had not begun then; 0: none was running."""
    due_s: int = 0
    """The first second at which a zone is due because something in it ends; 0: none ever is."""

    def to_octets(self) -> bytes:
        """Return the row of the table `meta`."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_octets(cls, octets: bytes) -> Checkpoint | None:
        """Read what `to_octets` wrote; None where another enumd wrote something else."""
        try:
            return cls(**json.loads(octets))
        except (ValueError, TypeError):
            return None
