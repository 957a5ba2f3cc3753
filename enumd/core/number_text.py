"""The digits of one number in what a person wrote, and why a text is not one number.

Separators are decoration (RFC 3966 section 3, ITU-T E.123), but they divide the digits of one
number only. `+441632960100-199` is a range, `+441632960005.0` is what a program made of a number,
and gluing their digits together would give somebody else's number. A text is refused where it
reads as more than one number, and where its groups together are none by the plan of its country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from enumd.core.characters import INVISIBLE, clean, name_character
from enumd.core.number_plan import is_assigned, is_whole, may_be_number, misfit, without_trunk
from enumd.errors import (
    DecimalNumber,
    ForeignCharacter,
    ImpossibleNumber,
    NotInternational,
    NotOneNumber,
    NumberError,
    NumberTooLong,
)

_BLANKS: Final = " \t\u00a0\u2007\u2009\u202f"
_HYPHENS: Final = "-\u2010\u2011\u2012\u2013"
# RFC 3966 section 3: visual-separator = "-" / "." / "(" / ")". Spaces (E.123) and the hyphens and
# spaces that word processors put in their place are only ever decoration, too.
_SEPARATORS: Final = frozenset(_BLANKS + _HYPHENS + ".()/")

_PLAIN: Final = re.compile(r"\+[0-9]+", re.ASCII)
_IN_BLANKS: Final = re.compile(rf"\+[0-9]+(?:[{_BLANKS}][0-9]+)+", re.ASCII)
_WITHOUT_BLANKS: Final = dict.fromkeys(map(ord, "+" + _BLANKS))
_GROUP: Final = re.compile(r"[0-9]+", re.ASCII)
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")
_TRUNK_INSIDE: Final = re.compile(r"\(\s*0")
_EXTENSION: Final = re.compile(r"(?:ext(?:ension|n)?|x)[ .:]*[0-9]+\s*", re.ASCII | re.IGNORECASE)
_FRACTION: Final = re.compile(r"[0-9]{1,3}\s*", re.ASCII)
_ANOTHER: Final = re.compile(r"\s*[0-9][0-9 ]{6,}", re.ASCII)
_NO_SLASH_AFTER: Final = 7
"""Digits of a country code and a long area code (+49 34297/…): a slash further on divides two."""
_LAST_OF_TWO: Final = 3


def read_digits(text: str, max_digits: int) -> str:
    """Return the digits of the one number in *text*, a leading `tel:` and separators taken away.

    Raises:
        NotInternational: there is no leading "+".
        ForeignCharacter: a letter, an extension, a digit of another script, a "(0)".
        NotOneNumber: two numbers, a range, or a number and its extension.
        DecimalNumber: a program wrote the number as a decimal fraction.
        NumberTooLong: more than *max_digits* digits.
        ImpossibleNumber: in groups, and too long or too short for its country.
    """
    if _PLAIN.fullmatch(text) and len(text) <= max_digits + 1:
        return text[1:]
    if _IN_BLANKS.fullmatch(text):  # which can be no range, fraction or pair: quickly told
        digits = text.translate(_WITHOUT_BLANKS)
        if len(digits) <= max_digits and may_be_number(digits):
            return digits
    start = _begin(text)
    _refuse_foreign(text, start)
    groups = tuple(found.span() for found in _GROUP.finditer(text, start + 1))
    if not groups:
        raise NumberError("there are no digits", text, start)
    written = _Written(text, groups, max_digits)
    if len(groups) > 1:
        written.refuse_fraction()
        written.refuse_slash()
        written.refuse_range()
    digits = written.before(len(groups))
    if len(digits) > max_digits:
        written.refuse_too_long()
    if len(groups) > 1 and not may_be_number(digits):
        written.refuse_impossible()
    return digits


@dataclass(frozen=True, slots=True)
class _Written:
    """A text and the spans of the groups of digits in it."""

    text: str
    groups: tuple[tuple[int, int], ...]
    max_digits: int

    def before(self, place: int) -> str:
        """Return the digits of the groups before *place*."""
        return "".join(self.text[start:end] for start, end in self.groups[:place])

    def gap(self, place: int) -> str:
        """Return what stands between the group at *place* and the one before it."""
        return self.text[self.groups[place - 1][1] : self.groups[place][0]]

    def refuse_fraction(self) -> None:
        """Raise DecimalNumber for a number with a decimal fraction."""
        last = len(self.groups) - 1
        start, end = self.groups[last]
        if self.gap(last) != ".":
            return
        head, zeros = self.before(last), not self.text[start:end].strip("0")
        points = sum("." in self.gap(place) for place in range(1, last + 1))
        # +33.1.44.00.00.00 is one number; RFC 5733 writes one as +44.1632960017.
        if (last == 1 and len(head) > 6) or (zeros and end - start <= (2 if points == 1 else 1)):
            why = f"a program made a decimal fraction of it: {self.text[start - 1 : end]}"
            raise DecimalNumber(why, self.text, start - 1, end).advise(self._choice(head))

    def refuse_slash(self) -> None:
        """Raise NotOneNumber for a slash that is not the one after an area code."""
        slashes = [n for n in range(1, len(self.groups)) if "/" in self.gap(n)]
        if not slashes:
            return
        head = self.before(slashes[0])
        rest = len(self.before(len(self.groups))) - len(head)
        if len(slashes) > 1 or len(head) > _NO_SLASH_AFTER or rest < _LAST_OF_TWO:
            raise self._several("a / stands between two numbers here", slashes[-1])

    def refuse_range(self) -> None:
        """Raise NotOneNumber for `FIRST-LAST` with the last digits of a range behind the hyphen.

        `+49 30 1234-56` is a German extension and one number; `+49 30 123400-99` is a block.
        """
        last = len(self.groups) - 1
        if self.gap(last).strip(_BLANKS) not in tuple(_HYPHENS):
            return
        head, tail = self.before(last), self.text[slice(*self.groups[last])]
        if len(tail) >= len(head) or not is_whole(head):
            return
        first, size = int(head[-len(tail) :]), int(tail) - int(head[-len(tail) :]) + 1
        block = size > 1 and str(size).strip("0") == "1" and first % size == 0
        if (block or (size > 1 and last == 1)) and is_assigned(head):
            raise self._several("this reads as a range of numbers", last)

    def refuse_too_long(self) -> None:
        """Raise NumberTooLong, or NotOneNumber where a second number seems to begin."""
        for place in range(len(self.groups) - 1, 0, -1):
            divided = set(self.gap(place)) & set(_HYPHENS + "/")
            if divided and is_whole(self.before(place)):
                raise self._several("these are two numbers, or a range of them", place)
        places = [place for start, end in self.groups for place in range(start, end)]
        why = f"{len(places)} digits, and at most {self.max_digits} are allowed"
        raise NumberTooLong(why, self.text, places[self.max_digits])

    def refuse_impossible(self) -> None:
        """Raise the error for groups that are no number by the plan of their country."""
        for place in range(len(self.groups) - 1, 0, -1):
            if is_whole(self.before(place)):
                raise self._several(self._why_complete(place), place)
        digits = self.before(len(self.groups))
        start, end = self.groups[0][0], self.groups[-1][1]
        raise ImpossibleNumber(misfit(digits), self.text, start, end).advise(
            f"Correct it, or write +{digits}, without separators, if just that is meant."
        )

    def _why_complete(self, place: int) -> str:
        """Return what the groups from *place* on seem to be, behind a whole number."""
        if set(self.gap(place)) & set(_HYPHENS):
            return "behind the hyphen stands a range or an extension, not more of the number"
        return f"the number is complete before {self._shown(place)}"

    def _several(self, why: str, place: int) -> NotOneNumber:
        """Return the error for a text whose second number, or range, begins at group *place*."""
        start = self.groups[place][0]
        head, tail = self.before(place), self._shown(place)
        advice = self._choice(head)
        if tail.isdigit() and len(tail) < len(head) and set(self.gap(place)) & set(_HYPHENS):
            last = head[: -len(tail)] + tail
            if last > head:
                advice += (
                    " A file has one number a line; a range is a pool: "
                    f"`enumd pool add NAME +{head} +{last}`."
                )
        return NotOneNumber(why, self.text, start, self.groups[-1][1]).advise(advice)

    def _shown(self, place: int) -> str:
        """Return the text from the group at *place* to the last."""
        return self.text[self.groups[place][0] : self.groups[-1][1]]

    def _choice(self, head: str) -> str:
        """Return what to write: the number before the break, or all as one where that can be."""
        whole = self.before(len(self.groups))
        if len(whole) <= self.max_digits and may_be_number(whole):
            return f"Write +{head}; or +{whole}, without separators, if that is the number."
        return f"Write +{head} alone."


def _begin(text: str) -> int:
    """Return where the plus is, after blanks and an optional `tel:`; refuse what has none there."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 4].lower() == "tel:":
        start += 4
    char = text[start : start + 1]
    if char == "+":
        return start
    better = clean(text)[0].strip()
    if better != text.strip() and _PLAIN.match(better):
        what = name_character(char)
        if char == "\N{FULLWIDTH PLUS SIGN}":
            why = f"{what} at column {start + 1} is not the + of a number"
        else:
            why = f"{what} at column {start + 1} stands before the +"
        raise ForeignCharacter(why, text, start, start + 1).advise(f"Write {better}.")
    raise NotInternational("the number does not begin with +", text, start, start + 1)


def _refuse_foreign(text: str, start: int) -> None:
    """Raise the error for what is no digit behind the plus, or for a 0 in brackets."""
    # "+44 (0) 1632" is two numbers in one: nobody dials that zero together with the country code.
    if trunk := _TRUNK.search(text):
        digits = "".join(_GROUP.findall(text[: trunk.start()] + text[trunk.end() :], start))
        raise ForeignCharacter("(0) is not dialled from abroad", text, *trunk.span()).advise(
            f"Write +{digits}."
        )
    for place in range(start + 1, len(text)):
        char = text[place]
        if not ("0" <= char <= "9" or char in _SEPARATORS):
            raise _foreign(text, start, place)
    if bracketed := _TRUNK_INSIDE.search(text):
        digits = "".join(_GROUP.findall(text, start))
        if (better := without_trunk(digits)) is not None:
            why = "the 0 in brackets is not dialled from abroad"
            raise ForeignCharacter(why, text, *bracketed.span()).advise(f"Write +{better}.")


def _foreign(text: str, start: int, place: int) -> NumberError:
    """Return the error for the character at *place* of a number whose plus is at *start*."""
    char, rest, where = text[place], text[place + 1 :], f"at column {place + 1}"
    head = "".join(_GROUP.findall(text, start, place))
    alone = f"Write +{head} alone." if head else NumberError("", "").advice
    if char == "+" or (char == "," and _ANOTHER.fullmatch(rest)):
        second = place if char == "+" else place + 1
        return NotOneNumber(f"a second number begins {where}", text, second).advise(alone)
    if char == "," and _FRACTION.fullmatch(rest):
        why = f"a program made a decimal fraction of it: {text[place:].rstrip()}"
        return DecimalNumber(why, text, place).advise(alone)
    if char in ";,#" or _EXTENSION.match(text, place):
        why = "extensions and parameters are no part of a number"
        return ForeignCharacter(why, text, place).advise(alone)
    better = clean(text)[0].strip()
    if INVISIBLE.match(char):
        why = f"{name_character(char)} {where} cannot be seen and is no digit"
        return ForeignCharacter(why, text, place, place + 1).advise(f"Write {better}.")
    if char.isdigit():
        why = f"{name_character(char)} {where} is a digit of another script"
        error = ForeignCharacter(why, text, place, place + 1)
        return error.advise(f"Write {better}.") if _PLAIN.fullmatch(better) else error
    return ForeignCharacter(f"{name_character(char)} {where} is no digit", text, place, place + 1)
