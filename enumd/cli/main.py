"""`enumd`: the root command, its global options and where each command lives."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from enumd import __version__
from enumd.cli import errors
from enumd.cli.commands import PLACES, SECTIONS
from enumd.cli.group import Group
from enumd.cli.output import Form, Output
from enumd.cli.terminal import prepare_streams, printing_by_click
from enumd.cli.words import form_among, global_options_first, join_numbers


class Root(Group):
    """The group of all: it loads the module of a command only when it is that command's turn."""

    @property
    def path(self) -> str:
        """Return no word: the root is there before the first."""
        return ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        return list(PLACES)

    def load(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if (place := PLACES.get(name)) is None:
            return None
        module, _, name = place.where.partition(":")
        command: click.Command = getattr(importlib.import_module(f"enumd.cli.{module}"), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tidy the words before anything else looks at them: see `arguments`."""
        return super().parse_args(ctx, join_numbers(global_options_first(args)))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a number alone is looked up."""
        if args[0].startswith("+"):
            return "lookup", self.get_command(ctx, "lookup"), args
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their sections."""
        for title, places in SECTIONS.items():
            with formatter.section(title):
                rows = [(name, place.summary) for name, place in places.items()]
                formatter.write_dl(rows, col_max=12)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the global options."""
        with printing_by_click():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        What went wrong after a commit is said last: the result has been shown by then.
        """
        try:
            with printing_by_click():
                returned = super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            if getattr(ctx.obj, "trouble", None) is None:
                raise
            if not isinstance(error, click.exceptions.Exit):
                errors.report(error, ctx.obj.output, debug=ctx.obj.debug)
        else:
            if ctx.obj.trouble is None:
                return returned
        raise ctx.obj.trouble

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and make every failure say what, why and what next.

        `standalone_mode` ends the process with the exit status; without it that is returned.
        """
        prepare_streams()
        words = list(sys.argv[1:] if args is None else args)
        try:
            status = super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        except (Exception, KeyboardInterrupt) as error:
            with click.Context(self, color=_colour()):
                status = _fail(error, words)
        if standalone_mode:
            sys.exit(status)
        return status


def _fail(error: BaseException, words: Sequence[str]) -> int:
    """Report what ended the command line *words*, in the form those ask for; return the status.

    The words are read once more, because they may be what could not be understood.
    """
    tidy = global_options_first(words)
    form = form_among(tidy) or os.environ.get("ENUMD_OUTPUT")
    output = Output.chosen(form if form in set(Form) else None, quiet=False)
    return errors.report(error, output, debug="--debug" in tidy, words=words)


def _colour() -> bool | None:
    """Return False where the environment wants no colours, None where the stream decides."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if plain else None


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Numbers are typed as people write them: +44 1632 960017. `enumd help` lists what "
    "there is to read; `enumd COMMAND --help` has options and examples.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ENUMD_HOME",
    help="Directory of enumd.toml, the registry and the index.  [env: ENUMD_HOME]",
)
@click.option(
    "--remote",
    metavar="URL",
    envvar="ENUMD_REMOTE",
    help="Act at the `enumd api` there; --home, where it is typed, goes before the variable.  "
    "[env: ENUMD_REMOTE]",
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The token to act by, - for standard input; else ENUMD_TOKEN has it.",
)
@click.option("--plain-http", is_flag=True, help="Send a token over a network as it is.")
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
def main(ctx: click.Context, /, **_given: Any) -> None:
    """One E.164 number, every way of reaching its holder.

    enumd keeps a directory of telephone numbers and answers for it over DNS (ENUM, RFC 6116).
    Begin with `enumd demo`, or with `enumd init --apex enum.example.org`.
    """
    ctx.color = _colour()
    from enumd.cli.session import session_in  # what only says `--version` needs none of it

    ctx.obj = session_in(ctx)
