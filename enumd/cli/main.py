"""`enumd`: the root command, its global options and where each command lives."""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from enumd import __version__
from enumd.cli import errors
from enumd.cli.arguments import global_options_first, join_numbers
from enumd.cli.output import Form, Output
from enumd.cli.session import Session

SECTIONS: Final = {
    "Set up": {"init": "init:init", "config": "config:config"},
    "Numbers": {
        "number": "number:number",
        "endpoint": "endpoint:endpoint",
        "pool": "pool:pool",
        "zone": "zone:zone",
        "record": "record:record",
        "party": "party:party",
    },
    "In bulk": {
        "import": "exchange:import_",
        "export": "exchange:export",
        "publish": "exchange:publish",
    },
    "Ask and answer": {
        "lookup": "lookup:lookup",
        "trace": "trace:trace",
        "serve": "serve:serve",
    },
    "Try and check": {"demo": "demo:demo", "doctor": "doctor:doctor", "upgrade": "upgrade:upgrade"},
}
"""The commands as `--help` shows them: a section, then name -> module:attribute."""

_PLACES: Final = {name: place for section in SECTIONS.values() for name, place in section.items()}


class Root(click.Group):
    """A group that loads the module of a command only when it is that command's turn."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if (place := _PLACES.get(cmd_name)) is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"enumd.cli.{module}"), attribute)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tidy the words before anything else looks at them: see `arguments`."""
        return super().parse_args(ctx, join_numbers(global_options_first(args)))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a number alone is looked up, an unknown word gets the nearest name."""
        if args[0].startswith("+"):
            return "lookup", self.get_command(ctx, "lookup"), args
        if args[0] not in _PLACES and not args[0].startswith("-"):
            ctx.fail(unknown_command(args[0], list(_PLACES)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their sections."""
        for title, places in SECTIONS.items():
            with formatter.section(title):
                rows = [(name, self._summary(ctx, name)) for name in places]
                formatter.write_dl(rows, col_max=12)

    def _summary(self, ctx: click.Context, name: str) -> str:
        """Return the first line of a command's help."""
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=100) if command else ""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and make every failure say what, why and what next.

        What went wrong after a commit is said last: the result has been shown by then.
        """
        try:
            returned = super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            # Before the first command is loaded there is no session yet.
            session: Session = ctx.obj or session_for(**ctx.params)
            status = errors.report(error, session.output, debug=session.debug)
            ctx.exit(_trouble(session) or status)
        if status := _trouble(ctx.obj):
            ctx.exit(status)
        return returned


def _trouble(session: Session) -> int:
    """Tell what went wrong after a commit; return the exit status it asks for, 0 for nothing."""
    if session.trouble is None:
        return 0
    return errors.report(session.trouble, session.output, debug=session.debug)


class Group(click.Group):
    """A command group that names the nearest command for one it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of this group."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(unknown_command(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def unknown_command(name: str, known: Sequence[str]) -> str:
    """Return the message for a command that does not exist."""
    nearest = difflib.get_close_matches(name.lower(), known, 3, 0.6)
    guess = f"Did you mean {' or '.join(nearest)}?" if nearest else f"There are {', '.join(known)}."
    return f"No such command {name!r}. {guess}"


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Numbers are typed as people write them: +44 1632 960017. README has a tour.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ENUMD_HOME",
    help="Directory of enumd.toml, the registry and the index.  [env: ENUMD_HOME]",
)
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([form.value for form in Form]),
    envvar="ENUMD_OUTPUT",
    help="How results are written; a table on a terminal and tsv elsewhere if not given.",
)
@click.option("-y", "--yes", is_flag=True, help="Answer every question with yes.")
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors, no notes or progress.")
@click.option("--debug", is_flag=True, help="Show where an error happened.")
@click.version_option(__version__, message="enumd %(version)s")
@click.pass_context
def main(
    ctx: click.Context, home: Path | None, form: str | None, yes: bool, quiet: bool, debug: bool
) -> None:
    """One E.164 number, every way of reaching its holder.

    enumd keeps a directory of telephone numbers and answers for it over DNS (ENUM, RFC 6116).
    Begin with `enumd demo`, or with `enumd init --apex enum.example.org`.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    ctx.obj = session_for(home, form, quiet, yes, debug)


def session_for(
    home: Path | None, form: str | None, quiet: bool, yes: bool, debug: bool
) -> Session:
    """Return the session that the global options ask for."""
    return Session(home, Output.chosen(form, quiet), yes, debug)
