"""CSV: `number,service,uri[,preference[,ttl]]`, one endpoint a line.

::

    number,service,uri,preference,ttl
    +441632960017,sip,sip:ada@example.net,10,60
    +441632960017,,mailto:ada@example.net       the service and the preference follow
    +441632960018,none,                         claimed, and cannot be reached: said on purpose

A number has one TTL, in seconds, which any of its lines may say. Where the header names the column
and all lines of a number leave it blank, the number has that of the zone; a file without the column
leaves the TTLs as they are.

The header may be left out, then the columns are these in this order. Commas, semicolons or tabs
separate them (the first of the three in the file does). A line is a record: no column of ours can
hold a line break, so that an unclosed quote spoils one line and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from enumd.core.characters import INVISIBLE, clean, name_character
from enumd.core.rrset import MAX_TTL_S
from enumd.errors import UnreadableFile
from enumd.registry.files.csv_dialect import COLUMNS, Dialect, Line, is_empty, open_csv
from enumd.registry.files.csv_number import notes_of, plain_digits
from enumd.registry.files.endpoint_check import check_endpoint
from enumd.registry.files.rows import (
    ENDPOINT,
    NO_PREFERENCE,
    ZONE_TTL,
    Refusal,
    Row,
    noted,
    refused,
)

NO_SERVICE: Final = "none"
"""Stands for the service of a number that is meant to have no endpoint."""

_PREFERENCE: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_TTL: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_TTL_PLACE: Final = COLUMNS.index("ttl")


def read_csv(lines: Iterable[Line], name: str, max_digits: int) -> Iterator[Row]:
    """Yield the rows of a CSV file: one for every line that says something, and notes.

    Raises:
        UnreadableFile: the header does not name the columns.
    """
    dialect, rest = open_csv(lines, name)
    reader = _LineReader(dialect, name, max_digits)
    notes = reader.notes
    for line, text in rest:
        if isinstance(text, Refusal):
            yield refused("", text)
            continue
        if not text or text.isspace():
            continue
        row = reader.row(line, text)
        if notes:
            yield from notes
            notes.clear()
        if row is not None:
            yield row


def csv_keys(lines: Iterable[Line], name: str, max_digits: int) -> Iterator[str]:
    """Yield the keys that `read_csv` will give the lines, without reading the rest of them."""
    dialect, rest = open_csv(lines, name)
    place, delimiter = dialect.places[0], dialect.delimiter
    last = ""
    for _, text in rest:
        if isinstance(text, Refusal):
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

    def __init__(self, dialect: Dialect, name: str, max_digits: int) -> None:
        self.notes: list[Row] = []
        """What is worth knowing of the line read last."""
        self._dialect = dialect
        self._name = name
        self._max_digits = max_digits
        self._places = dialect.places
        self._missing = [""] * dialect.places.count(-1)
        self._given = len(COLUMNS) - len(self._missing)
        self._in_order = dialect.places[: self._given] == tuple(range(self._given))
        says_ttl = bool(dialect.header) and dialect.places[_TTL_PLACE] >= 0
        self._blank_ttl = ZONE_TTL if says_ttl else None
        self._unnamed = tuple(at for at, cell in enumerate(dialect.header) if not cell.strip())
        self._number_text = "\0"  # which no line contains
        self._digits = ""
        self._number_notes: list[tuple[str, str]] = []

    def row(self, line: int, text: str) -> Row | None:
        """Return the row that *text* stands for, the refusal of it, or None where it says nothing.

        Raises:
            UnreadableFile: it is a header with the columns in other places.
        """
        try:
            cells = self._dialect.split(text)
        except csv.Error:
            return refused("", Refusal(line, "quote-unclosed", "line", _QUOTE))
        if len(cells) > self._dialect.width or self._unnamed:
            cells = self._within_width(cells)
            if len(cells) > self._dialect.width:
                return refused("", Refusal(line, "columns-too-many", "line", self._too_many(cells)))
        if self._in_order and len(cells) == self._given:
            values = cells + self._missing
        else:
            values = self._values(cells)
        if values[0] != self._number_text:
            digits = plain_digits(values[0], self._max_digits)
            if isinstance(digits, tuple):
                return self._without_number(line, text, cells, digits)
            self._number_text, self._digits = values[0], digits
            odd = len(values[0]) != len(digits) + 1 or "0" in digits[1:4]
            self._number_notes = notes_of(values[0], digits) if odd else []
        for code, hint in self._number_notes:
            self.notes.append(noted(self._digits, line, code, "number", hint))
        if len(cells) < 2:
            return refused(
                self._digits, Refusal(line, "columns-too-few", "line", self._too_few(cells))
            )
        return self._endpoint(line, values)

    def _within_width(self, cells: list[str]) -> list[str]:
        """Return *cells* without empty ones that no column is named for, if they all are empty."""
        width = self._dialect.width
        if any(cells[at].strip() for at in self._unnamed if at < len(cells)):
            return [*cells, *[""] * (width + 1 - len(cells))]
        return cells[:width] if not any(map(str.strip, cells[width:])) else cells

    def _without_number(
        self, line: int, text: str, cells: list[str], fault: tuple[str, str]
    ) -> Row | None:
        """Return the refusal of a line without a number, or None where it is no row at all."""
        if is_empty(text):
            return None
        try:
            if self._dialect.repeats(text, cells):
                hint = "the line says again what the first lines of the file say; it is left out"
                self.notes.append(noted("", line, "header-repeated", "line", hint))
                return None
        except ValueError as error:
            why = f"line {line} is a header with the columns in other places: {error}"
            raise UnreadableFile(self._name, why).advise(
                "Import the files it was joined from one by one."
            ) from None
        if len(cells) < 2:
            return refused("", Refusal(line, "columns-too-few", "line", self._too_few(cells)))
        return refused("", Refusal(line, fault[0], "number", fault[1]))

    def _endpoint(self, line: int, values: list[str]) -> Row:
        """Return the row of an endpoint of the number on this line."""
        _, service, uri, preference_text, ttl_text = values
        digits, ttl_s = self._digits, self._blank_ttl
        preference = NO_PREFERENCE
        if preference_text and (stripped := clean(preference_text)[0].strip()):
            preference = int(stripped) if _PREFERENCE.fullmatch(stripped) else 1 << 16
            if preference >= 1 << 16:
                hint = f"{stripped!r} is no whole number from 0 to 65535"
                return refused(digits, Refusal(line, "preference-invalid", "preference", hint))
        if ttl_text and (stripped := clean(ttl_text)[0].strip()):
            ttl_s = int(stripped) if _TTL.fullmatch(stripped) else MAX_TTL_S + 1
            if ttl_s > MAX_TTL_S:
                hint = f"{stripped!r} is no whole number of seconds from 0 to {MAX_TTL_S}"
                return refused(digits, Refusal(line, "ttl-invalid", "ttl", hint))
        place = (preference, 0, ttl_s, 0)
        if uri and uri.isascii():
            found = check_endpoint(service, uri)
            if len(found) == 2:
                return (digits, line, ENDPOINT, found[0], found[1], *place)
        return self._second_look(line, service, uri, place)

    def _second_look(self, line: int, service: str, uri: str, place: Row) -> Row:
        """Return the row of an endpoint that cannot be taken as it stands; it ends with *place*."""
        plain_service, plain_uri = clean(service)[0].strip(), clean(uri)[0].strip()
        if not plain_uri:
            return self._without_uri(line, plain_service, place)
        if plain_service.lower() == NO_SERVICE:
            hint = f"service {NO_SERVICE} says that there is no endpoint; leave the URI out"
            return refused(self._digits, Refusal(line, "uri-invalid", "uri", hint))
        if unseen := INVISIBLE.search(uri, *_inner(uri)):
            hint = (
                f"{name_character(unseen[0])} at column {unseen.start() + 1} of it cannot be seen"
            )
            return refused(self._digits, Refusal(line, "uri-invalid", "uri", f"{hint}; delete it"))
        found = check_endpoint(plain_service, plain_uri)
        if len(found) == 3:
            return refused(self._digits, Refusal(line, *found))
        if (plain_service, plain_uri) != (service.strip(), uri.strip()):
            hint = f"taken as {found[0]} {found[1]}, without the marks around it"
            self.notes.append(noted(self._digits, line, "text-cleaned", "uri", hint))
        return (self._digits, line, ENDPOINT, found[0], found[1], *place)

    def _without_uri(self, line: int, service: str, place: Row) -> Row:
        """Return the row of a line that names no URI: a number alone, or half an endpoint."""
        if service.lower() == NO_SERVICE:
            return (self._digits, line, ENDPOINT, "", "", NO_PREFERENCE, *place[1:])
        said = f"service {service} has no URI" if service else "there is no URI"
        hint = f"{said}; for a number without any endpoint, write {NO_SERVICE} as its service"
        return refused(self._digits, Refusal(line, "uri-missing", "uri", hint))

    def _values(self, cells: list[str]) -> list[str]:
        """Return what the line has in each of `COLUMNS`, "" for what it leaves out."""
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
        delimiter = self._dialect.delimiter
        return (
            f"only {cells[0][:40]!r}; columns are separated by {delimiter!r} here: "
            f"{delimiter.join(COLUMNS)}"
        )


def _inner(text: str) -> tuple[int, int]:
    """Return where *text* without the characters at its ends that cannot be seen begins and ends.

    >>> _inner(chr(0x200E) + "sip:a" + chr(0x200F))
    (1, 6)
    """
    seen = [place for place, char in enumerate(text) if not INVISIBLE.match(char)]
    return (seen[0], seen[-1] + 1) if seen else (0, 0)


_QUOTE: Final = 'a quote (") is not closed, or text follows it; a quote inside quotes is written ""'


def format_row(
    digits: str, service: str, uri: str, preference: int | None, ttl_s: int | None
) -> str:
    """Return one line of CSV, without its end; no *service* is a number without endpoints."""
    # A URI may contain commas; it never contains a quote (core.uri), nor does anything else here.
    cell = f'"{uri}"' if "," in uri else uri
    place, ttl = ("" if value is None else value for value in (preference, ttl_s))
    return f"+{digits},{service or NO_SERVICE},{cell},{place},{ttl}"
