"""The only place that prints: results to standard output, everything else to standard error.

A result is rows or one record of plain values (text, numbers, booleans, None, lists of records).
It is shown in one of three forms: for eyes as text and tables, as tab-separated values, as JSON.
Only the first is free to change its looks: the keys of the other two and their order are an
interface that scripts rely on, and `enumd help output` describes it.

- TSV, rows: one line a row, no header. TSV, a record: `key<TAB>value` a line; a list inside
  repeats its key with the values of one entry after it.
- JSON: one document, an array for rows, an object for a record.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from enumd.cli.layout import Branch, Column, Record, indented, tsv, tsv_lines
from enumd.cli.terminal import OutputRefused, exact, give_up, visible

if TYPE_CHECKING:
    from enumd.operations.performed import Advance

_LINE_EVERY_S: Final = 10.0
_LAID_OUT: Final = "\n\t"
"""What may stand in a line for a person: our own layout."""


class Form(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's results, notes and progress go."""

    form: Form = Form.TSV
    quiet: bool = False
    precious: bool = False
    """What is printed cannot be had again, as a recovery code: it goes to standard error where
    standard output fails."""

    @classmethod
    def chosen(cls, form: str | None, quiet: bool) -> Output:
        """Return the output asked for: a table on a terminal, TSV elsewhere, if nothing is."""
        default = Form.TABLE if sys.stdout.isatty() else Form.TSV
        return cls(Form(form) if form else default, quiet)

    @property
    def for_eyes(self) -> bool:
        """Tell whether a person reads the results as text."""
        return self.form is Form.TABLE

    def listing(self, rows: Iterable[Record], columns: Sequence[Column], empty: str = "") -> None:
        """Print rows; *empty* is what a person is told when there are none."""
        keys = [column.key for column in columns]
        chosen = [{key: row.get(key) for key in keys} for row in rows]
        if self.form is Form.JSON:
            _print(_as_json(chosen))
        elif self.form is Form.TSV:
            for row in chosen:
                _print("\t".join(tsv(row[key]) for key in keys))
        elif chosen:
            from enumd.cli import pictures  # rich is loaded by what a terminal shows

            for line in pictures.draw_table(chosen, columns):
                _print(line)
        else:
            self.note(empty)

    def record(self, fields: Record, *lines: str) -> None:
        """Print one result: its *fields* for programs, the *lines* for a person.

        Raises:
            OutputRefused: standard output takes nothing; what is precious is on standard error.
        """
        if self.form is Form.JSON:
            text = _as_json(fields)
        elif self.for_eyes:
            text = "\n".join(visible(line, _LAID_OUT) for line in lines)
        else:
            text = "\n".join(tsv_lines(fields))
        try:
            _print(text, nl=bool(text))
        except OutputRefused as refusal:
            if not self.precious:
                raise
            self.complaint(text)
            raise refusal.advise(
                "The change is done, do not repeat it; its result stands above, on standard error."
            ) from None

    def tree(self, fields: Record, root: Branch) -> None:
        """Print one result: its *fields* for programs, a tree for a person."""
        if self.for_eyes and sys.stdout.isatty():
            from enumd.cli import pictures

            for line in pictures.draw_tree(root):
                _print(line)
        else:
            self.record(fields, *indented(root))

    def text(self, text: str) -> None:
        """Print *text* as it is, in every form: a file's contents, a generated configuration."""
        _print(text, nl=not text.endswith("\n"))

    def page(self, text: str, markdown: str) -> None:
        """Print a page: *markdown* laid out on a terminal, its *text* as it is elsewhere."""
        if not (self.for_eyes and sys.stdout.isatty()):
            self.text(text)
            return
        from enumd.cli import pictures

        for line in pictures.draw_page(markdown):
            _print(line)

    def note(self, text: str) -> None:
        """Tell a person something that is no result; `--quiet` silences it."""
        if text and not self.quiet:
            self.complaint(visible(text, _LAID_OUT))

    def complaint(self, text: str) -> None:
        """Print *text*, made safe by who calls, on standard error, `--quiet` or not."""
        # Whether anybody hears a complaint does not change what the command has done.
        with suppress(OSError):
            click.echo(text, err=True)
            return
        give_up(sys.stderr)

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Advance]:
        """Show how far *what* has come: a bar on a terminal, a line every ten seconds elsewhere."""
        if self.quiet:
            yield lambda done: None
        elif is_lively(sys.stderr):
            from enumd.cli import pictures

            with pictures.bar(what, total) as advance:
                yield advance
        else:
            yield _Lines(what, total, sys.stderr).advance


def is_lively(stream: TextIO) -> bool:
    """Tell whether *stream* is a terminal that can move its cursor and show colours."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _print(text: str, *, nl: bool = True) -> None:
    """Print a part of a result on standard output.

    Raises:
        OutputRefused: it is closed or full.
    """
    try:
        click.echo(text, nl=nl)
    except OSError as error:
        give_up(sys.stdout)
        raise OutputRefused(error) from None


def _as_json(document: Any) -> str:
    """Return one JSON document: indented for a terminal, on one line for a pipe."""
    import json

    indent = 2 if sys.stdout.isatty() else None
    # An encoding that lacks a character would have it escaped in a way that is no JSON.
    ascii_alone = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return exact(json.dumps(document, indent=indent, ensure_ascii=ascii_alone))


class _Lines:
    """Progress where nobody watches: one line every ten seconds."""

    def __init__(self, what: str, total: int | None, stream: TextIO) -> None:
        self._what = what
        self._total = total
        self._stream = stream
        self._started_s = self._printed_s = time.monotonic()

    def advance(self, done: int) -> None:
        """Print a line if the last one is ten seconds old."""
        now_s = time.monotonic()
        if now_s - self._printed_s < _LINE_EVERY_S:
            return
        self._printed_s = now_s
        elapsed_s = now_s - self._started_s
        of = f" of {self._total:,} ({done / self._total:.0%})" if self._total else ""
        line = f"{self._what}: {done:,}{of} in {elapsed_s:.0f} s, {done / elapsed_s:,.0f} a second"
        with suppress(OSError):
            click.echo(line, file=self._stream)
