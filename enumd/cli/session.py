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

    @cached_property
    def place(self) -> Home:
        """Return the home, in which it is the same second all along."""
        return Home(self.home, lambda: self.now_s)

    @cached_property
    def home(self) -> Path:
        """Return the directory of everything: as given, or where this platform keeps user data."""
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
        """Return how many digits a number may have here."""
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
        """Have *request* performed in this home; a trouble after the commit is kept for the end.

        Raises:
            click.UsageError: the request cannot be meant.
            EnumdError: what the operation refuses.
        """
        # The database is loaded by what needs it: `lookup` and `serve` do not.
        from enumd.operations.perform import perform

        try:
            performed = perform(request, self.doer, self.place, streams)
        except BadRequest as error:
            raise click.UsageError(str(error)) from None
        except Conflict as error:
            if error.similar:
                shown = ", ".join(map(grouped, error.similar))
                error.add_note(f"Free and like it: {shown}.")
            raise
        self._hear(performed)
        return performed

    def _hear(self, performed: Performed[R]) -> None:
        """Tell what is no result, and keep a trouble for the end."""
        for note in performed.notes:
            self.output.note(note)
        if performed.live and performed.live.server is None:
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


def session_for(
    home: Path | None, form: str | None, quiet: bool, yes: bool, debug: bool
) -> Session:
    """Return the session that the global options ask for."""
    return Session(home, Output.chosen(form, quiet), yes, debug)
