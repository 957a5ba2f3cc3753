"""The only place that prints: results to standard output, everything else to standard error.

A result is rows or one record of plain values (text, numbers, booleans, None, lists of records).
It is shown in one of three forms: for eyes as text and tables, as tab-separated values, as JSON.
Only the first is free to change its looks: the keys of the other two and their order are an
interface that scripts rely on, and README describes it.

- TSV, rows: one line a row, no header. TSV, a record: `key<TAB>value` a line; a list inside
  repeats its key with the values of one entry after it.
- JSON: one document, an array for rows, an object for a record.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TextIO

import click

from enumd.cli.terminal import OutputRefused, exact, give_up, visible

Record = Mapping[str, Any]
"""A result as plain values; its keys are the names scripts see."""

Advance = Callable[[int], None]
"""Tell a running progress how much has been done in all."""

_LINE_EVERY_S: Final = 10.0
_NEVER_WRAP: Final = 10_000
"""Columns of a table's canvas; the terminal may wrap, we do not cut."""
_PAGE_COLUMNS: Final = 100
"""A page of the manual is no wider: longer lines are hard to read."""
_LAID_OUT: Final = "\n\t"
"""What may stand in a line for a person: our own layout."""


class Form(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a listing: the key of its values and how a person reads them."""

    key: str
    title: str = ""
    show: Callable[[Any], str] | None = None
    right: bool = False

    def cell(self, row: Record) -> str:
        """Return the text a person sees in *row*."""
        value = row.get(self.key)
        return self.show(value) if self.show and value is not None else show_plain(value)


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a tree, what stands below it, and the style a terminal shows it in."""

    text: str
    below: Sequence[Branch] = ()
    style: str = ""


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
            _print_table(chosen, columns)
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
            _print_tree(root)
        else:
            self.record(fields, *_indented(root))

    def text(self, text: str) -> None:
        """Print *text* as it is, in every form: a file's contents, a generated configuration."""
        _print(text, nl=not text.endswith("\n"))

    def page(self, text: str, markdown: str) -> None:
        """Print a page: *markdown* laid out on a terminal, its *text* as it is elsewhere."""
        if not (self.for_eyes and sys.stdout.isatty()):
            self.text(text)
            return
        from rich.markdown import Markdown

        columns = min(shutil.get_terminal_size().columns, _PAGE_COLUMNS)
        _print_rich(Markdown(markdown, code_theme="ansi_dark", hyperlinks=False), columns)

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
            with _bar(what, total) as advance:
                yield advance
        else:
            yield _Lines(what, total, sys.stderr).advance


def is_lively(stream: TextIO) -> bool:
    """Tell whether *stream* is a terminal that can move its cursor and show colours."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def show_plain(value: Any) -> str:
    """Return *value* as a person reads it where nothing better is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def tsv(value: Any) -> str:
    """Return *value* as one field of a TSV line; controls and the backslash are escaped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(tsv, value))
    return visible(str(value).replace("\\", "\\\\"))


def tsv_lines(fields: Record, prefix: str = "") -> Iterator[str]:
    """Yield the TSV lines of one record; keys of a record inside it are joined with a dot."""
    for key, value in fields.items():
        if isinstance(value, Mapping):
            yield from tsv_lines(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for entry in value:
                yield "\t".join([prefix + key, *map(tsv, entry.values())])
        else:
            yield f"{prefix}{key}\t{tsv(value)}"


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
    indent = 2 if sys.stdout.isatty() else None
    # An encoding that lacks a character would have it escaped in a way that is no JSON.
    ascii_alone = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return exact(json.dumps(document, indent=indent, ensure_ascii=ascii_alone))


def _print_table(rows: Sequence[Record], columns: Sequence[Column]) -> None:
    """Print rows as a table that is cut by nothing: a URI must be there to be copied."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        title = (column.title or column.key).upper()
        table.add_column(title, justify="right" if column.right else "left")
    for row in rows:
        table.add_row(*(Text(visible(column.cell(row))) for column in columns))
    _print_rich(table)


def _print_tree(root: Branch) -> None:
    """Print a tree with its lines drawn."""
    from rich.text import Text
    from rich.tree import Tree

    def grown(branch: Branch) -> Tree:
        tree = Tree(Text(visible(branch.text), branch.style), guide_style="dim")
        tree.children.extend(map(grown, branch.below))
        return tree

    _print_rich(grown(root))


def _indented(branch: Branch, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a tree as plain text."""
    yield "  " * depth + branch.text
    for one in branch.below:
        yield from _indented(one, depth + 1)


def _print_rich(what: Any, columns: int = _NEVER_WRAP) -> None:
    """Print what rich renders, without the blanks it fills lines with."""
    from rich.console import Console
    from rich.theme import Theme

    # Not told of the terminal, rich takes the width as it is; click takes the colours out again
    # where nobody would see them.
    console = Console(
        width=columns,
        force_terminal=False,
        color_system="standard",
        highlight=False,
        theme=Theme({"markdown.code": "bold"}),  # what it brings is made for dark terminals alone
    )
    with console.capture() as rendered:
        console.print(what)
    for line in rendered.get().split("\n")[:-1]:
        _print(line.rstrip())


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Advance]:
    """Show a progress bar with rate and time left on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


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
