"""How one CSV file writes its columns: what separates them, and where each of them stands.

The first line that is not empty names the columns, in any order; files without such a line have
ours, in our order. A `sep=;` line of a spreadsheet may come before it. Files that were joined have
their header again in the middle, and there it has to say the same.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from enumd.core.characters import clean
from enumd.errors import UnreadableFile
from enumd.registry.files.rows import Refusal

COLUMNS: Final = ("number", "service", "uri", "preference", "ttl")
NEEDED: Final = ("number", "uri")

_ALIASES: Final = {"pref": "preference", "endpoint": "uri", "enumservice": "service"}

# What we add to a file of rejects; so that it can be corrected and imported as it is.
REJECT_COLUMNS: Final = ("error_line", "error_code", "error_field", "hint")

DELIMITERS: Final = ",;\t"
_ANNOUNCED: Final = re.compile(r'"?sep=([^"\s]|\t)"?[,;\t\s]*', re.IGNORECASE)
_EMPTY: Final = re.compile(r'[\s,;|"]*')
_QUOTED: Final = re.compile(r'"[^"]*"')
_VALUE: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S", re.IGNORECASE)
_MANY_DIGITS: Final = 4
"""A name of a column (E164, Phone 2) has fewer digits than a number."""

Line = tuple[int, str | Refusal]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file writes its columns."""

    delimiter: str
    places: tuple[int, ...]
    """Where each of `COLUMNS` stands; -1 for a column the file leaves out."""
    header: tuple[str, ...]
    """The header as the file has it, () where it has none."""
    width: int
    """How many columns a line has at most."""

    @classmethod
    def of(cls, first: str, name: str, delimiter: str = "") -> Dialect:
        """Return the dialect of the file *name*, whose first line that is not empty is *first*.

        Raises:
            UnreadableFile: there is a header and it does not name the columns.
        """
        delimiter = delimiter or _delimiter(first)
        cells = next(csv.reader([first], delimiter=delimiter), [])
        while cells and not cells[-1].strip():
            cells.pop()
        names = _names(cells)
        if not _is_header(names):
            if _is_foreign_header(cells):
                raise _foreign(name, cells)
            return cls(delimiter, tuple(range(len(COLUMNS))), (), len(COLUMNS))
        _check(name, names)
        return cls(delimiter, _places(names), tuple(cells), len(cells))

    def split(self, text: str) -> list[str]:
        """Return the cells of one line.

        Raises:
            csv.Error: a quote is not closed, or something follows one.
        """
        if '"' not in text:
            return text.split(self.delimiter)
        return next(csv.reader([text], delimiter=self.delimiter, strict=True))

    def repeats(self, text: str, cells: list[str]) -> bool:
        """Tell whether a line is the header again, or a `sep=` line, as joined files have them.

        Raises:
            ValueError: it is a header with the columns in other places.
        """
        if (announced := _ANNOUNCED.fullmatch(text)) is not None:
            return announced[1] == self.delimiter
        names = _names(cells)
        if not {"number", "uri"} <= set(names):
            return False
        if _places(names) != self.places:
            raise ValueError(", ".join(filter(None, names)))
        return True


def open_csv(lines: Iterable[Line], name: str) -> tuple[Dialect, Iterator[Line]]:
    """Return how the file *name* is written, and its lines without the header.

    Raises:
        UnreadableFile: the header cannot be read, or does not name the columns.
    """
    source = iter(lines)
    delimiter = ""
    unreadable: list[Line] = []
    for line, text in source:
        if isinstance(text, Refusal):
            unreadable.append((line, text))
        elif not delimiter and (announced := _ANNOUNCED.fullmatch(text)):
            delimiter = announced[1]
        elif not is_empty(text):
            for _, refusal in unreadable[:1]:
                assert isinstance(refusal, Refusal)
                why = f"line {refusal.line}, where columns may be named, cannot be read"
                raise UnreadableFile(name, why).advise(f"In that line, {refusal.hint}.")
            dialect = Dialect.of(text, name, delimiter)
            return dialect, source if dialect.header else chain([(line, text)], source)
    return Dialect.of("", name, delimiter), iter(unreadable)


def is_empty(text: str) -> bool:
    """Tell whether a line says nothing: a spreadsheet writes empty rows as delimiters."""
    return _EMPTY.fullmatch(text) is not None


def _delimiter(first: str) -> str:
    """Return the first of comma, semicolon and tab outside quotes; a comma where there is none."""
    # The first column is a number or its name, and neither contains any of the three.
    outside = _QUOTED.sub("", first)
    return next((char for char in outside if char in DELIMITERS), ",")


def _names(cells: Iterable[str]) -> list[str]:
    """Return the names of columns as we know them."""
    names = [clean(cell)[0].strip().lower() for cell in cells]
    return [_ALIASES.get(name, name) for name in names]


def _places(names: list[str]) -> tuple[int, ...]:
    """Return where each of our columns stands."""
    return tuple(names.index(column) if column in names else -1 for column in COLUMNS)


def _is_header(names: Iterable[str]) -> bool:
    """Tell whether the first line names columns of ours."""
    return not {"number", "uri", "service"}.isdisjoint(names)


def _is_foreign_header(cells: list[str]) -> bool:
    """Tell whether the first line names columns, none of them ours: no number and no URI is there.

    >>> _is_foreign_header(["Rufnummer", "Dienst", "Ziel"]), _is_foreign_header(["+44", "", "a:b"])
    (True, False)
    """
    return len(cells) > 1 and not any(
        sum(map(str.isdigit, cell)) >= _MANY_DIGITS or "+" in cell or _VALUE.match(cell.strip())
        for cell in cells
    )


def _foreign(name: str, cells: list[str]) -> UnreadableFile:
    """Return the error for a header in somebody else's words."""
    listed = ", ".join(filter(None, (cell.strip() for cell in cells)))
    why = f"its columns are called {listed}; {' and '.join(NEEDED)} are needed"
    return UnreadableFile(name, why).advise(_RENAME)


_RENAME: Final = (
    f"Name the columns {', '.join(COLUMNS)} in the first line, in any order, and leave others out; "
    f"{' and '.join(NEEDED)} have to be there."
)


def _check(name: str, names: list[str]) -> None:
    """Raise UnreadableFile for columns we do not know, need, or find twice."""
    named = list(filter(None, names))
    unknown = [repr(cell) for cell in named if cell not in COLUMNS + REJECT_COLUMNS]
    if unknown:
        many = f"columns {', '.join(unknown)} are" if unknown[1:] else f"column {unknown[0]} is"
        why = f"{many} not one of {', '.join(COLUMNS)}"
        raise UnreadableFile(name, why).advise(_RENAME)
    if repeated := [cell for cell in named if named.count(cell) > 1]:
        raise UnreadableFile(name, f"column {repeated[0]!r} stands in the header twice").advise(
            "Give each column a name of its own, or leave one of them out."
        )
    if missing := [column for column in NEEDED if column not in named]:
        raise UnreadableFile(name, f"the header has no column {missing[0]!r}").advise(_RENAME)
