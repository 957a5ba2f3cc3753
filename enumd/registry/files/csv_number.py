"""The number in a cell of a CSV file: its digits, or what is wrong with it and what to write."""

from __future__ import annotations

import re
from typing import Final

from enumd.core.characters import clean
from enumd.core.number import Number
from enumd.core.number_plan import trunk_note
from enumd.errors import (
    DecimalNumber,
    ForeignCharacter,
    ImpossibleNumber,
    NotInternational,
    NotOneNumber,
    NumberError,
    NumberTooLong,
)

_SPREADSHEET: Final = re.compile(r"\s*[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+\s*", re.ASCII)
_BARE_DIGITS: Final = re.compile(r"[\s'=\"]*[0-9][0-9 ().-]*", re.ASCII)

_CODES: Final[dict[type[NumberError], str]] = {
    NotInternational: "number-without-plus",
    NumberTooLong: "number-too-long",
    ForeignCharacter: "number-character",
    NotOneNumber: "number-not-one",
    DecimalNumber: "number-spreadsheet",
    ImpossibleNumber: "number-impossible",
}


def plain_digits(text: str, max_digits: int) -> str | tuple[str, str]:
    """Return the digits of the number in *text*, or the code and hint of what is wrong with it."""
    digits = text[1:]
    if text[:1] == "+" and digits.isascii() and digits.isdigit() and len(digits) <= max_digits:
        return digits
    text = clean(text)[0].strip()
    if not text:
        return "number-missing", "the line names no number"
    if _SPREADSHEET.fullmatch(text):
        return "number-spreadsheet", (
            f"a spreadsheet rounded this number to {text} and its digits are lost; "
            "format the column as text and export it again"
        )
    try:
        return Number.parse(text, max_digits).digits
    except NumberError as error:
        return _CODES.get(type(error), "number-missing"), _hint(text, error)


def notes_of(text: str, digits: str) -> list[tuple[str, str]]:
    """Return codes and hints of what is worth knowing of *text*, which was taken as *digits*."""
    notes: list[tuple[str, str]] = []
    if gone := clean(text)[1]:
        notes.append(("number-cleaned", f"taken as +{digits}, without {', '.join(gone)}"))
    # A look at the few digits a country code leaves is quicker than a look at its plan.
    if "0" in digits[1:4] and (hint := trunk_note(digits)) is not None:
        notes.append(("number-trunk-zero", hint))
    return notes


def _hint(text: str, error: NumberError) -> str:
    """Return what to do about a number that was refused."""
    if isinstance(error, NotInternational) and _BARE_DIGITS.fullmatch(text):
        return (
            "the + in front is missing (spreadsheets drop it: format the column as text); "
            "write + and the country code"
        )
    return f"{error.why}. {error.advice}"
