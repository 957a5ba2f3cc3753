"""E.164 numbers as people type them and as ENUM uses them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from enumd.errors import ForeignCharacter, NotInternational, NumberError, NumberTooLong

E164_DIGITS: Final = 15
"""ITU-T E.164 allows 15 digits; RFC 3966 section 5.1 forbids to rely on it."""

LONGEST: Final = 32
"""The longest number any limit may allow: Kamailio's own, raised for real 16-digit numbers."""

# RFC 3966 section 3: visual-separator = "-" / "." / "(" / ")". Spaces (E.123) and the hyphens and
# spaces that word processors put in their place are only ever decoration, too.
_SEPARATORS: Final = frozenset("-.()/ \t\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013")

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
            NotInternational: there is no leading "+".
            ForeignCharacter: a letter, an extension, a digit of another script, a "(0)".
            NumberTooLong: more than *max_digits* digits.
        """
        start = _skip_scheme(text)
        if text[start : start + 1] != "+":
            raise NotInternational("the number does not begin with +", text, start, start + 1)
        places = [place for place in range(start + 1, len(text)) if text[place] not in _SEPARATORS]
        _refuse_foreign(text, places)
        if not places:
            raise NumberError("there are no digits", text, start)
        if len(places) > max_digits:
            why = f"{len(places)} digits, and at most {max_digits} are allowed"
            raise NumberTooLong(why, text, places[max_digits])
        return cls("".join(text[place] for place in places))

    def __str__(self) -> str:
        """Return the AUS: "+" and the digits (RFC 6116 section 3.1)."""
        return "+" + self.digits


def _skip_scheme(text: str) -> int:
    """Return where the number itself begins, after blanks and an optional `tel:`."""
    start = len(text) - len(text.lstrip())
    return start + 4 if text[start : start + 4].lower() == "tel:" else start


def _refuse_foreign(text: str, places: list[int]) -> None:
    """Raise ForeignCharacter for the first of *places* that is no ASCII digit, or for "(0)"."""
    # "+44 (0) 1632" is two numbers in one: nobody dials that zero together with the country code.
    if (trunk := text.find("(0)")) >= 0:
        raise ForeignCharacter("(0) is not dialled from abroad", text, trunk, trunk + 3)
    for place in places:
        char = text[place]
        if "0" <= char <= "9":
            continue
        if char == ";":
            raise ForeignCharacter("extensions and parameters are no part of a number", text, place)
        what = "a digit of another script" if char.isdigit() else f"{char!r}"
        raise ForeignCharacter(f"{what} at column {place + 1} is no digit", text, place, place + 1)
