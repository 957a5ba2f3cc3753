"""E.164 numbers as people type them and as ENUM uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from enumd.core.number_text import read_digits
from enumd.errors import ForeignCharacter, NumberTooLong

E164_DIGITS: Final = 15
"""ITU-T E.164 allows 15 digits; RFC 3966 section 5.1 forbids to rely on it."""

LONGEST: Final = 32
"""The longest number any limit may allow: Kamailio's own, raised for real 16-digit numbers."""

_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """One E.164 number: its digits, without the plus.

    RFC 6116 section 3.1: the Application Unique String (AUS) is "+" and the digits, as `str` gives.

        >>> str(Number.parse("+44 1632 960017"))
        '+441632960017'
    """

    digits: str

    def __post_init__(self) -> None:
        """Refuse anything but 1 to 32 ASCII digits."""
        if not _DIGITS.fullmatch(self.digits):
            raise ForeignCharacter("a number is made of the digits 0 to 9", self.digits)
        if len(self.digits) > LONGEST:
            raise NumberTooLong(f"a number has at most {LONGEST} digits", self.digits, LONGEST)

    @classmethod
    def parse(cls, text: str, max_digits: int = E164_DIGITS) -> Number:
        """Return the number a person typed, separators and `tel:` taken away.

        Raises:
            NumberError: the text is not one number; `number_text.read_digits` tells the cases.
        """
        return cls(read_digits(text, max_digits))

    def __str__(self) -> str:
        """Return the AUS: "+" and the digits (RFC 6116 section 3.1)."""
        return "+" + self.digits
