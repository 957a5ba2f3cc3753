"""SOA serial numbers (RFC 1982)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MODULUS: Final = 1 << 32
_HALF: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class Serial:
    """A 32-bit serial with the operations of RFC 1982 and no others.

    There is no `<`: of two serials exactly 2**31 apart neither is newer (RFC 1982 section 3.2),
    so a total order would be a lie.
    """

    value: int

    def __post_init__(self) -> None:
        """Refuse what does not fit 32 bits."""
        if not 0 <= self.value < _MODULUS:
            raise ValueError(f"serial {self.value} does not fit 32 bits")

    def next(self) -> Serial:
        """Return the serial after this one; 0 is skipped because some software reads it as none."""
        return Serial((self.value + 1) % _MODULUS or 1)

    def newer_than(self, other: Serial) -> bool:
        """Tell whether this serial comes after *other* (RFC 1982 section 3.2)."""
        return 0 < (self.value - other.value) % _MODULUS < _HALF

    def __str__(self) -> str:
        """Return the decimal value."""
        return str(self.value)
