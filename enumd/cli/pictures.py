"""What rich draws for a terminal: tables, trees, progress bars. The only place it is loaded."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from rich.theme import Theme
from rich.tree import Tree

from enumd.cli.layout import Branch, Column, Record
from enumd.cli.terminal import visible
from enumd.operations.performed import Advance

_NEVER_WRAP: Final = 10_000
"""Columns of a table's canvas; the terminal may wrap, we do not cut."""
_PAGE_COLUMNS: Final = 100
"""A page of the manual is no wider: longer lines are hard to read."""


def draw_table(rows: Sequence[Record], columns: Sequence[Column]) -> Iterator[str]:
    """Yield rows as a table that is cut by nothing: a URI must be there to be copied."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        title = (column.title or column.key).upper()
        table.add_column(title, justify="right" if column.right else "left")
    for row in rows:
        table.add_row(*(Text(visible(column.cell(row))) for column in columns))
    return _draw(table)


def draw_tree(root: Branch) -> Iterator[str]:
    """Yield a tree with its lines drawn."""
    return _draw(_grow(root))


def draw_page(markdown: str) -> Iterator[str]:
    """Yield a page laid out for this terminal."""
    columns = min(shutil.get_terminal_size().columns, _PAGE_COLUMNS)
    return _draw(Markdown(markdown, code_theme="ansi_dark", hyperlinks=False), columns)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Advance]:
    """Show a progress bar with rate and time left on standard error."""
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


def _grow(branch: Branch) -> Tree:
    """Return a branch and all below it as rich has them."""
    tree = Tree(Text(visible(branch.text), branch.style), guide_style="dim")
    tree.children.extend(map(_grow, branch.below))
    return tree


def _draw(what: RenderableType, columns: int = _NEVER_WRAP) -> Iterator[str]:
    """Yield what rich renders, without the blanks it fills lines with."""
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
        yield line.rstrip()
