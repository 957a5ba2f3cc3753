"""One invocation: its home, how it speaks, and how it has something performed.

What is committed is reported, whatever happens afterwards: a failure after the commit is kept as
the session's `trouble`, the command prints its result, and the root command raises the trouble
when it has.
"""

from __future__ import annotations

import getpass
import os
import sys
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from enumd.cli.output import Output
from enumd.cli.spelling import grouped
from enumd.errors import BadRequest, Conflict
from enumd.operations.actor import Doer, Role
from enumd.operations.home import Home
from enumd.operations.performed import QUIET, Performed, Streams
from enumd.operations.request import Request

if TYPE_CHECKING:
    from enumd.cli.remote import Elsewhere
    from enumd.config import Config

R = TypeVar("R")

DOOR = "cli"
"""What the log of changes calls this way in."""


@dataclass
class Session:
    """What every command is given: where it works, how it speaks, what it has performed."""

    home_given: Path | None
    output: Output
    assume_yes: bool = False
    debug: bool = False
    trouble: BaseException | None = None
    """What went wrong after a commit; it is raised when the result has been shown."""
    elsewhere: Elsewhere | None = None
    """Where things are performed instead of in the home."""
    elsewhere_typed: bool = False
    """That is asked for in the command line itself."""

    @cached_property
    def place(self) -> Home:
        """Return the home, in which it is the same second all along."""
        return Home(self.home, lambda: self.now_s)

    @cached_property
    def home(self) -> Path:
        """Return the directory of everything: as given, or where this platform keeps user data.

        Raises:
            click.UsageError: the command line says that everything is elsewhere.
        """
        if self.elsewhere_typed:
            raise click.UsageError("this needs the home itself: run it there, without --remote")
        if self.home_given:
            return self.home_given.expanduser().absolute()
        import platformdirs  # seven modules that `--home` needs none of

        return platformdirs.user_data_path("enumd")

    @property
    def config(self) -> Config:
        """Return the configuration of this home."""
        return self.place.config

    @property
    def max_digits(self) -> int:
        """Return how many digits a number may have here; elsewhere it is measured there."""
        if self.elsewhere is not None:
            from enumd.core.number import LONGEST

            return LONGEST
        return self.config.numbers.max_digits

    @cached_property
    def now_s(self) -> int:
        """Return what time it is for all of this invocation."""
        return int(time.time())

    @property
    def doer(self) -> Doer:
        """Return who acts: whoever may use the home acts as its operator."""
        try:
            return Doer(getpass.getuser(), DOOR, Role.OPERATOR)
        except (KeyError, OSError):  # a user id without an account, as containers have them
            return Doer(str(os.getuid()), DOOR, Role.OPERATOR)

    def perform(self, request: Request[R], streams: Streams = QUIET) -> Performed[R]:
        """Have *request* performed, here or elsewhere; a trouble after the commit is kept.

        Raises:
            click.UsageError: the request cannot be meant.
            EnumdError: what the operation refuses.
        """
        try:
            performed = self._perform(request, streams)
        except BadRequest as error:
            raise click.UsageError(str(error)) from None
        except Conflict as error:
            if error.similar:
                shown = ", ".join(map(grouped, error.similar))
                error.add_note(f"Free and like it: {shown}.")
            raise
        self._hear(performed)
        return performed

    def _perform(self, request: Request[R], streams: Streams) -> Performed[R]:
        """Perform *request*; whatever that needs is loaded for it alone."""
        if self.elsewhere is not None:
            from enumd.cli.remote import Remote

            return Remote(self.elsewhere).perform(request)
        from enumd.operations.perform import perform

        return perform(request, self.doer, self.place, streams)

    def _hear(self, performed: Performed[R]) -> None:
        """Tell what is no result, and keep a trouble for the end."""
        for note in performed.notes:
            self.output.note(note)
        if performed.live and performed.live.server is None and self.elsewhere is None:
            self.output.note("no server is running; start one: enumd serve")
        self.trouble = performed.trouble
        if performed.committed:
            self.output = replace(self.output, precious=True)

    def confirm(self, question: str) -> None:
        """Ask a person, if there is one and `--yes` was not given; no ends the command.

        Scripts are not asked: the command itself is their answer.
        """
        if self.assume_yes or not is_a_person():
            return
        if not click.confirm(question, err=True):
            self.output.note("Nothing was changed.")
            raise click.exceptions.Exit(1)


def is_a_person() -> bool:
    """Tell whether somebody sits at the other end who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def session_in(ctx: click.Context) -> Session:
    """Return the session that the global options in *ctx* ask for.

    Raises:
        click.UsageError: they contradict each other, or name no URL of an API.
    """
    given = ctx.params
    output = Output.chosen(given["form"], given["quiet"])
    session = Session(given["home"], output, given["yes"], given["debug"])
    if remote := _remote(ctx):
        from enumd.cli.remote import Elsewhere  # a client of HTTP, which no home needs

        try:
            session.elsewhere = Elsewhere(remote, given["token_file"], given["plain_http"])
        except BadRequest as error:
            raise click.UsageError(str(error)) from None
        session.elsewhere_typed = _is_typed(ctx, "remote")
    return session


def _remote(ctx: click.Context) -> str | None:
    """Return the URL to act at: none where a home is typed and a variable alone says otherwise.

    Raises:
        click.UsageError: both are typed.
    """
    typed = {name for name in ("home", "remote") if _is_typed(ctx, name)}
    if typed == {"home", "remote"}:
        raise click.UsageError("--home and --remote: act here, or there?", ctx)
    remote: str | None = ctx.params["remote"]
    return None if typed == {"home"} else remote


def _is_typed(ctx: click.Context, name: str) -> bool:
    """Tell whether a parameter stands in the command line itself."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
