"""A group of commands: what all of them share, from aliases to the nearest name for a wrong one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import click

from enumd.cli import examples

ALIASES: Final = {"ls": "list", "rm": "remove"}
"""What people call a command of a group elsewhere."""
COMPLETE_VARIABLE: Final = "_ENUMD_COMPLETE"
"""What a shell sets when it wants completions: click's name, made of ours."""


class Group(click.Group):
    """A group of commands: aliases, examples, completion, and the nearest name for a wrong one.

    All of it comes from the command itself, so that a new one has it without being named here.
    """

    @property
    def path(self) -> str:
        """Return the words that lead to this group."""
        return self.name or ""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, by its name or by what people call it elsewhere."""
        command = self.load(ctx, cmd_name) or self.load(ctx, ALIASES.get(cmd_name, ""))
        if command and not isinstance(command, click.Group):
            examples.attach(command, f"{self.path} {command.name}".strip())
            if COMPLETE_VARIABLE in os.environ:
                from enumd.cli.completion import teach

                teach(command, self.path)
        return command

    def load(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command called *name* exactly."""
        return super().get_command(ctx, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; none at all is a question for help, which is no mistake."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of this group."""
        command = self.get_command(ctx, args[0])
        if command is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise unknown_command(args[0], self.list_commands(ctx), ctx)
        return super().resolve_command(ctx, args)


def unknown_command(name: str, known: Sequence[str], ctx: click.Context) -> click.UsageError:
    """Return the error for a command that does not exist, with what may have been meant."""
    import difflib  # no command needs it that there is

    error = click.UsageError(f"no such command {name!r}", ctx)
    nearest = difflib.get_close_matches(name.lower(), known, 3, 0.6)
    guess = f"Did you mean {' or '.join(nearest)}?" if nearest else f"There are {', '.join(known)}."
    error.add_note(guess)
    return error
