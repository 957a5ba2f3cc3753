"""The file of rejects: every line that was not taken, and why.

It has the columns of the file it comes from and, after them, the number of the line, a code, the
column and a hint. A CSV can be corrected and imported as it is. Zone files have no columns; there
the text of the (first) line is one.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Self

from enumd.errors import UnreadableFile
from enumd.registry.files.csv_format import COLUMNS, REJECT_COLUMNS, Dialect
from enumd.registry.files.reading import FileFormat, Source
from enumd.registry.files.rows import REFUSED, Fault, Refusal
from enumd.registry.files.sorting import RowSpill, sorted_rows
from enumd.registry.files.text_lines import read_lines

HELD: Final = 20_000
"""How many refusals are held in memory before they go to a temporary file."""


class Rejects:
    """Collects what is refused, counts it, and writes the file."""

    def __init__(self) -> None:
        self._codes: Counter[str] = Counter()
        self._faults: Counter[Fault] = Counter()
        self._spill = RowSpill(HELD)

    def __enter__(self) -> Self:
        """Return this, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was collected; the counts stay."""
        self._spill.close()

    def add(self, refusal: Refusal) -> None:
        """Count *refusal* and keep it."""
        self._codes[refusal.code] += 1
        self._faults[refusal.fault] += 1
        key = f"{refusal.line:012d}"
        self._spill.append((key, 0, REFUSED, refusal.code, refusal.field, refusal.hint))

    def count(self, fault: Fault) -> int:
        """Return how many lines were refused for *fault*."""
        return self._faults[fault]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Return how many lines were refused under each code, the most frequent first."""
        return dict(self._codes.most_common())

    def write(self, source: Source, path: Path) -> Path | None:
        """Write the file for *source* to *path* and return it; None where nothing was refused.

        Raises:
            UnreadableFile: it cannot be written.
        """
        if not self._codes:
            return None
        try:
            handle, name = tempfile.mkstemp(prefix=".rejects-", dir=path.parent)
            temporary = Path(name)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                    csv.writer(stream).writerows(self._lines(source))
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise UnreadableFile(str(path), f"cannot write it: {error.strerror}") from None
        return path

    def _lines(self, source: Source) -> Iterator[Iterable[str]]:
        """Yield the header and the lines of the file."""
        header, texts = _columns(source)
        yield (*header, *REJECT_COLUMNS)
        refusals = sorted_rows(self._spill.rows())
        refusal = next(refusals, None)
        for line, cells in texts:
            while refusal is not None and int(refusal[0]) == line:
                shown = [*cells, *[""] * (len(header) - len(cells))]
                yield (*shown[: len(header)], str(line), *refusal[3:])
                refusal = next(refusals, None)
            if refusal is None:
                return


def _columns(source: Source) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
    """Return the header of *source*, and its lines as columns, each with its number."""
    texts = _texts(source.path)
    if source.format is FileFormat.ZONE:
        return ("text",), ((line, [text]) for line, text in texts)
    first = next((text for _, text in texts if text.strip()), "")
    dialect = Dialect.of(first, str(source.path))
    header = dialect.header or COLUMNS
    # A file that was a file of rejects before is not to have those columns twice.
    kept = [at for at, column in enumerate(header) if column.strip().lower() not in REJECT_COLUMNS]
    return tuple(header[at] for at in kept), _cells(_texts(source.path), dialect, kept)


def _cells(
    texts: Iterable[tuple[int, str]], dialect: Dialect, kept: list[int]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the columns of every line; all of it as one where a quote is open."""
    for line, text in texts:
        try:
            cells = dialect.split(text)
        except csv.Error:
            cells = [text]
        yield line, [cells[at] for at in kept if at < len(cells)]


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of every line; what cannot be read is made readable."""
    with path.open("rb") as stream:
        for line, text in read_lines(stream, str(path), keep_undecodable=True):
            shown = "" if isinstance(text, Refusal) else text
            yield line, shown.encode("utf-8", "backslashreplace").decode()
