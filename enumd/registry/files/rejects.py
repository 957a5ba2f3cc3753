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
from enumd.registry.files.csv_dialect import COLUMNS, REJECT_COLUMNS, Dialect, open_csv
from enumd.registry.files.reading import FileFormat, SourceFile
from enumd.registry.files.regular import open_regular
from enumd.registry.files.rows import REFUSED, Refusal, RefusalKind, Row
from enumd.registry.files.sorting import RowSpill, sort_rows
from enumd.registry.files.text_lines import read_lines

HELD: Final = 20_000
"""How many refusals are held in memory before they go to a temporary file."""


class Rejects:
    """Collects what is refused, counts it, and writes the file."""

    def __init__(self) -> None:
        self._codes: Counter[str] = Counter()
        self._faults: Counter[RefusalKind] = Counter()
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

    def count(self, fault: RefusalKind) -> int:
        """Return how many lines were refused for *fault*."""
        return self._faults[fault]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Return how many lines were refused under each code, the most frequent first."""
        return dict(self._codes.most_common())

    def write(self, source: SourceFile, path: Path) -> Path | None:
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

    def _lines(self, source: SourceFile) -> Iterator[Iterable[str]]:
        """Yield the header and the lines of the file."""
        header, dialect, kept = _columns(source)
        # What a line has beyond its columns gets columns without a name: nothing of it is lost.
        beyond = self._beyond(source, dialect) if self._codes["columns-too-many"] else 0
        width = len(kept) + beyond
        yield (*(header[at] for at in kept), *[""] * beyond, *REJECT_COLUMNS)
        for line, cells, refusals in self._refused(source, dialect):
            shown = [cells[at] for at in kept if at < len(cells)]
            shown += [""] * (len(kept) - len(shown)) + cells[len(header) :]
            for refusal in refusals:
                yield (*shown, *[""] * (width - len(shown)), str(line), *refusal[3:])

    def _beyond(self, source: SourceFile, dialect: Dialect | None) -> int:
        """Return how many columns the longest of the refused lines has beyond those of its file."""
        header = len(dialect.header or COLUMNS) if dialect else 1
        widths = (len(cells) for _, cells, _ in self._refused(source, dialect))
        return max(0, max(widths, default=0) - header)

    def _refused(
        self, source: SourceFile, dialect: Dialect | None
    ) -> Iterator[tuple[int, list[str], list[Row]]]:
        """Yield number, cells and refusals of every line of *source* that was refused."""
        refusals = sort_rows(self._spill.rows())
        refusal = next(refusals, None)
        for line, text in _texts(source.path):
            here: list[Row] = []
            while refusal is not None and int(refusal[0]) == line:
                here.append(refusal)
                refusal = next(refusals, None)
            if here:
                yield line, _cells(text, dialect), here
            if refusal is None:
                return


def _columns(source: SourceFile) -> tuple[tuple[str, ...], Dialect | None, list[int]]:
    """Return the header of *source*, how it is written, and which of its columns are kept."""
    if source.format is FileFormat.ZONE:
        return ("text",), None, [0]
    dialect, _ = open_csv(_texts(source.path), str(source.path))
    header = dialect.header or COLUMNS
    # A file that was a file of rejects before is not to have those columns twice.
    kept = [at for at, column in enumerate(header) if column.strip().lower() not in REJECT_COLUMNS]
    return header, dialect, kept


def _cells(text: str, dialect: Dialect | None) -> list[str]:
    """Return the columns of a line; all of it as one where a quote is open, or of a zone file."""
    if dialect is None:
        return [text]
    try:
        return dialect.split(text)
    except csv.Error:
        return [text]


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of every line; what cannot be read is made readable."""
    with open_regular(path) as stream:
        for line, text in read_lines(stream, str(path), keep_undecodable=True, keep_nul=True):
            yield line, "" if isinstance(text, Refusal) else _readable(text)


def _readable(text: str) -> str:
    """Return *text*, as Latin-1 has it where it is no UTF-8, with blanks in place of NUL."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text.replace("\0", " ")
