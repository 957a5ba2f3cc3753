"""What a shell offers when TAB is pressed behind a command: numbers, pools, parties, zones.

Loaded for that alone. The registry is only read, and a registry that cannot be offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from enumd.errors import EnumdError

if TYPE_CHECKING:
    from enumd.registry.database import Reading

MOST: Final = 50
"""How many are offered at once."""

Source = Callable[["Reading", str], list[str]]
"""What the registry has that begins with some text."""


if TYPE_CHECKING:
    _Word = click.ParamType[str]
else:
    _Word = click.ParamType  # not generic before click 8.4


class FromRegistry(_Word):
    """A word that the registry can complete."""

    name = "text"

    def __init__(self, source: Source) -> None:
        """Complete from *source*."""
        self._source = source

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return what may stand there."""
        from enumd.cli.main import session_for

        session = session_for(**ctx.find_root().params)
        try:
            with session.reading() as reading:
                return [CompletionItem(text) for text in self._source(reading, incomplete)]
        except (EnumdError, OSError):
            return []  # a shell that asks cannot be told


def teach(command: click.Command, group: str) -> None:
    """Have every parameter of *command* that the registry knows completed from there."""
    for param in command.params:
        # A NAME is that of what the group is about: `pool show NAME`.
        name = group if param.name == "name" else param.name
        if source := SOURCES.get(name or ""):
            param.type = FromRegistry(source)


def _numbers(reading: Reading, beginning: str) -> list[str]:
    """Return numbers that are somebody's; a number is completed where it is one word."""
    from enumd.registry import beginnings

    digits = beginning.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit()):
        return []
    return ["+" + found for found in beginnings.numbers(reading, digits, MOST)]


def _names(table: str) -> Source:
    """Return the source of the names of a table of the registry."""

    def source(reading: Reading, beginning: str) -> list[str]:
        from enumd.registry import beginnings

        return beginnings.names(reading, table, beginning, MOST)

    return source


SOURCES: Final[dict[str, Source]] = {
    "number": _numbers,
    **dict.fromkeys(("apex", "zone"), _names("zone")),
    **dict.fromkeys(("pool", "pool_name"), _names("pool")),
    **dict.fromkeys(("party", "holder", "registrar"), _names("party")),
}
"""Which parameters the registry completes, by name."""
