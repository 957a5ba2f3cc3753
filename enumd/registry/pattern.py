"""What numbers should look like: digits, `?` for any one of them, `*` for any run, none included.

A pattern is matched against the whole number. It can name the next number that fits at once,
so a search steps from match to match and never walks through what lies between.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from enumd.core.number import LONGEST
from enumd.errors import ForeignCharacter, NumberError, NumberTooLong

_DECORATION: Final = frozenset(" -.")
_ALPHABET: Final = frozenset("0123456789*?")


class Pattern:
    """A pattern as a set of places: bit *p* of a mask says that `text[p:]` is still to come.

    >>> Pattern.parse("44*17").at_or_after("4416")
    '4417'
    """

    def __init__(self, text: str) -> None:
        """Keep a pattern made of digits, `?` and `*` alone; use `parse` for what people type."""
        self.text = text
        self._steps: dict[tuple[int, str], int] = {}

    @classmethod
    def parse(cls, text: str | None) -> Pattern:
        """Return the pattern in *text*, a plus and separators taken away; None matches all.

        Raises:
            ForeignCharacter: something else than digits, `?` and `*`.
            NumberError: nothing at all.
            NumberTooLong: more characters than any number and as many runs could need.
        """
        if text is None:
            return cls("*")
        kept = ""
        for place, char in enumerate(text):
            if char in _ALPHABET:
                kept += char
            elif char not in _DECORATION and not (char == "+" and not kept):
                why = f"{char!r} is no digit, and neither ? nor *"
                raise ForeignCharacter(why, text, place, place + 1)
        if not kept:
            raise NumberError("there are no digits, and neither ? nor *", text)
        if len(kept) > 2 * LONGEST + 1:
            raise NumberTooLong(f"a pattern has at most {2 * LONGEST + 1} characters", text)
        return cls(kept)

    def __str__(self) -> str:
        """Return the pattern."""
        return self.text

    @property
    def like(self) -> str:
        """Return the pattern for SQL's LIKE."""
        return self.text.replace("*", "%").replace("?", "_")

    def matches(self, digits: str) -> bool:
        """Tell whether the whole of *digits* fits."""
        return self.at_or_after(digits) == digits

    def at_or_after(self, digits: str) -> str | None:
        """Return the first number that fits, as long as *digits* and not before it, or None."""
        masks = [self._start]
        for place, digit in enumerate(digits):
            mask = self._step(masks[-1], digit)
            if not self._alive(mask, len(digits) - place - 1):
                break
            masks.append(mask)
        if len(masks) > len(digits) and self._alive(masks[-1], 0):
            return digits
        return self._above(digits, masks)

    def after(self, digits: str) -> str | None:
        """Return the first number that fits, as long as *digits* and after it, or None."""
        following = str(int(digits) + 1).zfill(len(digits))
        return self.at_or_after(following) if len(following) == len(digits) else None

    def _above(self, digits: str, masks: list[int]) -> str | None:
        """Return the first match that shares a prefix with *digits* and then goes higher.

        *masks* are the places reached after each prefix of *digits* that some match begins with.
        """
        for place in range(min(len(masks), len(digits)) - 1, -1, -1):
            for digit in map(str, range(int(digits[place]) + 1, 10)):
                mask = self._step(masks[place], digit)
                rest = len(digits) - place - 1
                if self._alive(mask, rest):
                    return digits[:place] + digit + self._lowest(mask, rest)
        return None

    def _lowest(self, mask: int, count: int) -> str:
        """Return the lowest *count* digits that end a match from the places *mask*."""
        lowest = ""
        for rest in range(count - 1, -1, -1):
            fits = (digit for digit in "0123456789" if self._alive(self._step(mask, digit), rest))
            lowest += (digit := next(fits))
            mask = self._step(mask, digit)
        return lowest

    @property
    def _start(self) -> int:
        """Return the places before the first digit."""
        return self._skip_runs(1)

    def _step(self, mask: int, digit: str) -> int:
        """Return the places after one more *digit*."""
        if (mask, digit) not in self._steps:
            reached = 0
            for place, char in enumerate(self.text):
                if mask >> place & 1 and char in ("*", "?", digit):
                    reached |= 1 << (place if char == "*" else place + 1)
            self._steps[mask, digit] = self._skip_runs(reached)
        return self._steps[mask, digit]

    def _skip_runs(self, mask: int) -> int:
        """Add the places behind every `*`, which may stand for nothing."""
        for place, char in enumerate(self.text):
            if char == "*" and mask >> place & 1:
                mask |= 1 << (place + 1)
        return mask

    def _alive(self, mask: int, rest: int) -> bool:
        """Tell whether *rest* more digits can end a match from the places *mask*."""
        return bool(mask & self._ends[rest])

    @cached_property
    def _ends(self) -> list[int]:
        """Return for 0, 1, … digits the places from which so many digits end a match."""
        ends = [self._closing()]
        for _ in range(LONGEST):
            ends.append(self._before(ends[-1]))
        return ends

    def _closing(self) -> int:
        """Return the places from which nothing more needs to come."""
        mask = 1 << len(self.text)
        for place in range(len(self.text) - 1, -1, -1):
            if self.text[place] != "*":
                break
            mask |= 1 << place
        return mask

    def _before(self, ends: int) -> int:
        """Return the places from which one digit leads to one of *ends*."""
        mask = 0
        for place in range(len(self.text) - 1, -1, -1):
            if self.text[place] == "*":
                here = (ends >> place | mask >> (place + 1)) & 1
            else:
                here = ends >> (place + 1) & 1
            mask |= here << place
        return mask
