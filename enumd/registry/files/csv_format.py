"""CSV: `number,service,uri[,preference]`, one endpoint a line.

::

    number,service,uri,preference
    +441632960017,sip,sip:ada@example.net,10
    +441632960017,,mailto:ada@example.net       the service and the preference follow
    +441632960018,,                             claimed, and cannot be reached yet

The header may be left out, then the columns are these in this order. Commas, semicolons or tabs
separate them (the first of the three in the file does). A line is a record: no column of ours can
hold a line break, so that an unclosed quote spoils one line and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from enumd.core.number import Number
from enumd.errors import (
    ForeignCharacter,
    NotInternational,
    NumberError,
    NumberTooLong,
    UnreadableFile,
)
from enumd.registry.files.endpoint_check import checked_endpoint
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, Refusal, Row, refused

COLUMNS: Final = ("number", "service", "uri", "preference")

_ALIASES: Final = {"pref": "preference", "endpoint": "uri", "enumservice": "service"}

# What we add to a file of rejects; so that it can be corrected and imported as it is.
REJECT_COLUMNS: Final = ("error_line", "error_code", "error_field", "hint")

_SPREADSHEET: Final = re.compile(r"\s*[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+\s*", re.ASCII)
_BARE_DIGITS: Final = re.compile(r"[\s'=\"]*[0-9][0-9 ().-]*", re.ASCII)
_PREFERENCE: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file writes its columns."""

    delimiter: str
    places: tuple[int, ...]
    """Where number, service, uri and preference stand; -1 for a column the file leaves out."""
    header: tuple[str, ...]
    """The header as the file has it, () where it has none."""
    width: int
    """How many columns a line has at most."""

    @classmethod
    def of(cls, first: str, name: str) -> Dialect:
        """Return the dialect of the file *name*, whose first line that is not empty is *first*.

        Raises:
            UnreadableFile: there is a header and it does not name the columns.
        """
        delimiter = _delimiter(first)
        cells = next(csv.reader([first], delimiter=delimiter), [])
        names = [_column_name(cell) for cell in cells]
        if not {"number", "uri", "service"} & set(names):
            return cls(delimiter, (0, 1, 2, 3), (), len(COLUMNS))
        unknown = [cell for cell in names if cell not in COLUMNS + REJECT_COLUMNS]
        if unknown:
            raise UnreadableFile(name, f"column {unknown[0]!r} is not one of {', '.join(COLUMNS)}")
        if repeated := [cell for cell in names if names.count(cell) > 1]:
            raise UnreadableFile(name, f"column {repeated[0]!r} stands in the header twice")
        if missing := [column for column in ("number", "uri") if column not in names]:
            raise UnreadableFile(name, f"the header has no column {missing[0]!r}")
        places = tuple(names.index(c) if c in names else -1 for c in COLUMNS)
        return cls(delimiter, places, tuple(cells), len(names))

    def split(self, text: str) -> list[str]:
        """Return the cells of one line.

        Raises:
            csv.Error: a quote is not closed, or something follows one.
        """
        if '"' not in text:
            return text.split(self.delimiter)
        return next(csv.reader([text], delimiter=self.delimiter, strict=True))


def _delimiter(first: str) -> str:
    """Return the first of comma, semicolon and tab outside quotes; a comma where there is none."""
    # The first column is a number or its name, and neither contains any of the three.
    outside = re.sub(r'"[^"]*"', "", first)
    return next((char for char in outside if char in ",;\t"), ",")


def _column_name(cell: str) -> str:
    """Return the name of a column as we know it."""
    name = cell.strip().lower()
    return _ALIASES.get(name, name)


def read_csv(
    lines: Iterable[tuple[int, str | Refusal]], name: str, max_digits: int
) -> Iterator[Row]:
    """Yield one row for every line of a CSV file that is not empty.

    Raises:
        UnreadableFile: the header does not name the columns.
    """
    dialect: Dialect | None = None
    reader: _LineReader | None = None
    for line, text in lines:
        if isinstance(text, Refusal):
            yield refused("", text)
            continue
        if not text or text.isspace():
            continue
        if reader is None:
            dialect = Dialect.of(text, name)
            reader = _LineReader(dialect, max_digits)
            if dialect.header:
                continue
        yield reader.row(line, text)


def csv_keys(
    lines: Iterable[tuple[int, str | Refusal]], name: str, max_digits: int
) -> Iterator[str]:
    """Yield the keys that `read_csv` will give the lines, without reading the rest of them."""
    dialect: Dialect | None = None
    last = ""
    for _, text in lines:
        if isinstance(text, Refusal) or not text or text.isspace():
            continue
        if dialect is None:
            dialect = Dialect.of(text, name)
            place, delimiter = dialect.places[0], dialect.delimiter
            if dialect.header:
                continue
        try:
            cells = text.split(delimiter, place + 1) if '"' not in text else dialect.split(text)
        except csv.Error:
            continue
        number = cells[place] if place < len(cells) else ""
        if number != last:
            last = number
            digits = plain_digits(number, max_digits)
            if isinstance(digits, str):
                yield digits


class _LineReader:
    """Turns lines into rows; remembers the number of the line before, which is often the same."""

    def __init__(self, dialect: Dialect, max_digits: int) -> None:
        self._dialect = dialect
        self._max_digits = max_digits
        self._places = dialect.places
        self._in_order = dialect.places == (0, 1, 2, 3)
        self._number_text = "\0"  # which no line contains
        self._digits = ""

    def row(self, line: int, text: str) -> Row:
        """Return the row that *text* stands for, or the refusal of it."""
        try:
            cells = self._dialect.split(text)
        except csv.Error:
            return refused("", Refusal(line, "quote-unclosed", "line", _QUOTE))
        if len(cells) > self._dialect.width:
            return refused("", Refusal(line, "columns-too-many", "line", self._too_many(cells)))
        if self._in_order and len(cells) == 4:
            number, service, uri, preference_text = cells
        elif len(cells) < 2:
            return refused("", Refusal(line, "columns-too-few", "line", self._too_few(cells)))
        else:
            number, service, uri, preference_text = self._cells(cells)
        if number != self._number_text:
            digits = plain_digits(number, self._max_digits)
            if isinstance(digits, tuple):
                return refused("", Refusal(line, digits[0], "number", digits[1]))
            self._number_text, self._digits = number, digits
        return self._endpoint(line, service, uri, preference_text)

    def _endpoint(self, line: int, service: str, uri: str, preference_text: str) -> Row:
        """Return the row of an endpoint of the number on this line."""
        digits = self._digits
        preference = NO_PREFERENCE
        if preference_text and not preference_text.isspace():
            stripped = preference_text.strip()
            preference = int(stripped) if _PREFERENCE.fullmatch(stripped) else 1 << 16
            if preference >= 1 << 16:
                hint = f"{stripped!r} is no whole number from 0 to 65535"
                return refused(digits, Refusal(line, "preference-invalid", "preference", hint))
        if not uri or uri.isspace():
            return self._without_uri(line, service)
        found = checked_endpoint(service, uri)
        if len(found) == 3:
            return refused(digits, Refusal(line, *found))
        return (digits, line, ENDPOINT, found[0], found[1], preference, 0)

    def _without_uri(self, line: int, service: str) -> Row:
        """Return the row of a line that names no URI: a number alone, or half an endpoint."""
        if service.strip():
            hint = f"service {service.strip()} has no URI; for a number alone leave both out"
            return refused(self._digits, Refusal(line, "uri-missing", "uri", hint))
        return (self._digits, line, ENDPOINT, "", "", NO_PREFERENCE, 0)

    def _cells(self, cells: list[str]) -> list[str]:
        """Return number, service, uri and preference, "" for what the line leaves out."""
        size = len(cells)
        return [cells[place] if 0 <= place < size else "" for place in self._places]

    def _too_many(self, cells: list[str]) -> str:
        """Return what is wrong with a line of more columns than there are."""
        return (
            f"{len(cells)} columns instead of {self._dialect.width}; put quotes around a value "
            f"that contains {self._dialect.delimiter!r}"
        )

    def _too_few(self, cells: list[str]) -> str:
        """Return what is wrong with a line that is only one column."""
        return f"only {cells[0][:40]!r}; columns are separated by {self._dialect.delimiter!r} here"


_QUOTE: Final = 'a quote (") is not closed, or text follows it; a quote inside quotes is written ""'


def plain_digits(text: str, max_digits: int) -> str | tuple[str, str]:
    """Return the digits of the number in *text*, or the code and hint of what is wrong with it."""
    digits = text[1:]
    if text[:1] == "+" and digits.isascii() and digits.isdigit() and len(digits) <= max_digits:
        return digits
    if not text or text.isspace():
        return "number-missing", "the line names no number"
    if _SPREADSHEET.fullmatch(text):
        return "number-spreadsheet", (
            f"a spreadsheet rounded this number to {text.strip()} and its digits are lost; "
            "format the column as text and export it again"
        )
    try:
        return Number.parse(text, max_digits).digits
    except NumberError as error:
        return _NUMBER_CODES.get(type(error), "number-missing"), _number_hint(text, error)


_NUMBER_CODES: Final[dict[type[NumberError], str]] = {
    NotInternational: "number-without-plus",
    NumberTooLong: "number-too-long",
    ForeignCharacter: "number-character",
}


def _number_hint(text: str, error: NumberError) -> str:
    """Return what to do about a number that was refused."""
    if isinstance(error, NotInternational) and _BARE_DIGITS.fullmatch(text):
        return (
            "the + in front is missing (spreadsheets drop it: format the column as text); "
            "write + and the country code"
        )
    return error.why


def format_row(digits: str, service: str, uri: str, preference: int | None) -> str:
    """Return one line of CSV, without its end; *preference* None is a number without endpoints."""
    # A URI may contain commas; it never contains a quote (core.uri), nor does anything else here.
    cell = f'"{uri}"' if "," in uri else uri
    return f"+{digits},{service},{cell},{'' if preference is None else preference}"
