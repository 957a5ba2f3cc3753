"""The shapes of a result, and how their values read as text and as TSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enumd.cli.terminal import visible

Record = Mapping[str, Any]
"""A result as plain values; its keys are the names scripts see."""


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


def indented(branch: Branch, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a tree as plain text."""
    yield "  " * depth + branch.text
    for one in branch.below:
        yield from indented(one, depth + 1)
