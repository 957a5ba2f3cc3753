"""What a shell offers when TAB is pressed behind a command: numbers, pools, parties, zones.

Loaded for that alone. The registry is only read, and a registry that cannot be offers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from enumd.cli.session import session_in
from enumd.errors import EnumdError
from enumd.operations.completion import CompleteWord

KINDS: Final = {
    "number": "number",
    **dict.fromkeys(("apex", "zone"), "zone"),
    **dict.fromkeys(("pool", "pool_name"), "pool"),
    **dict.fromkeys(("party", "holder", "registrar"), "party"),
}
"""What the registry completes a parameter of some name with."""


if TYPE_CHECKING:
    _Word = click.ParamType[str]
else:
    _Word = click.ParamType  # not generic before click 8.4


class FromRegistry(_Word):
    """A word that the registry can complete."""

    name = "text"

    def __init__(self, kind: str) -> None:
        """Complete with what is of *kind*."""
        self._kind = kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return what may stand there."""
        try:
            session = session_in(ctx.find_root())
            found = session.perform(CompleteWord(self._kind, incomplete)).result
        except (EnumdError, OSError, click.UsageError):
            return []  # a shell that asks cannot be told
        return [CompletionItem(text) for text in found.words]


def teach(command: click.Command, group: str) -> None:
    """Have every parameter of *command* that the registry knows completed from there."""
    for param in command.params:
        # A NAME is that of what the group is about: `pool show NAME`.
        name = group if param.name == "name" else param.name
        if kind := KINDS.get(name or ""):
            param.type = FromRegistry(kind)
