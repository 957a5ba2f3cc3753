"""One invocation: its home, and the configuration, registry and index that are in it.

A change is committed and published by the same command: `Session.commit` is
the one way a command changes anything. What is committed is reported, whatever happens afterwards:
a failure after the commit is kept as the session's `trouble`, the command prints its result, and
the root command raises the trouble when it has.
"""

from __future__ import annotations

import getpass
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import click

from enumd.cli.output import Output

if TYPE_CHECKING:
    from enumd.config import Config
    from enumd.registry.changes import Actor, Change
    from enumd.registry.database import Reading, Registry
    from enumd.registry.lifecycle import Policy
    from enumd.registry.publish import Progress, ZonePublished

T = TypeVar("T")


SAFE: Final = (
    "The change itself is safe in the registry. Do not repeat it: "
    "`enumd publish` brings it to the servers once this is mended."
)


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """A change that is in the registry, and in the index unless the session has a trouble."""

    value: T
    """What the change itself returned."""
    committed_s: float
    """When the registry had it, on the clock `time.perf_counter`."""
    published: tuple[ZonePublished, ...]


@dataclass
class Session:
    """What every command is given: where it works, how it speaks, what it opens."""

    home_given: Path | None
    output: Output
    assume_yes: bool = False
    debug: bool = False
    trouble: BaseException | None = None
    """What went wrong after a commit; it is raised when the result has been shown."""

    @cached_property
    def home(self) -> Path:
        """Return the directory of everything: as given, or where this platform keeps user data."""
        if self.home_given:
            return self.home_given.expanduser().absolute()
        import platformdirs

        return platformdirs.user_data_path("enumd")

    @cached_property
    def config(self) -> Config:
        """Return the configuration of this home."""
        from enumd.config import load

        return load(self.home)

    @property
    def max_digits(self) -> int:
        """Return how many digits a number may have here."""
        return self.config.numbers.max_digits

    @cached_property
    def now_s(self) -> int:
        """Return what time it is for all of this invocation."""
        return int(time.time())

    @property
    def actor(self) -> Actor:
        """Return who acts: the account that runs this command."""
        from enumd.registry.changes import Actor

        try:
            return Actor(getpass.getuser(), "cli")
        except (KeyError, OSError):  # a user id without an account, as containers have them
            return Actor(str(os.getuid()), "cli")

    @property
    def policy(self) -> Policy:
        """Return the periods and limits this registry keeps to."""
        from enumd.registry.lifecycle import DAY_S, Policy

        policy = self.config.policy
        return Policy(
            hold_s=policy.hold_s,
            quarantine_s=policy.quarantine_days * DAY_S,
            max_digits=self.config.numbers.max_digits,
            max_endpoints=policy.max_endpoints,
        )

    def registry(self) -> Registry:
        """Open the registry.

        Raises:
            RegistryUnusable: there is none, or none this program can use.
        """
        from enumd.registry.database import Registry

        return Registry.open(self.config.registry_url, self.policy)

    def registry_to_read(self) -> Registry:
        """Open the registry for reading alone: no lock, no right to write, a standby will do.

        Raises:
            RegistryUnusable: there is none, or none this program can read.
        """
        from enumd.registry.database import Registry

        return Registry.open_reading(self.config.registry_url, self.policy)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read the registry as of one moment; see `registry_to_read`."""
        with self.registry_to_read() as registry, registry.read() as reading:
            yield reading

    def commit(self, work: Callable[[Change], T]) -> Committed[T]:
        """Do *work* in one transaction of the registry, commit it and publish it.

        What fails after the commit is kept as `trouble`, for the result comes first.
        """
        # Loaded before the commit, so that nothing but the work lies between it and the answer.
        import enumd.index.writer
        import enumd.registry.publish  # noqa: F401

        with self.registry() as registry:
            with registry.change(self.actor, self.now_s) as change:
                value = work(change)
            committed_s = time.perf_counter()
            return Committed(value, committed_s, self.publish_committed(registry))

    def publish_committed(
        self, registry: Registry, progress: Progress | None = None
    ) -> tuple[ZonePublished, ...]:
        """Publish what was just committed; what fails is kept as `trouble`."""
        self.output = replace(self.output, precious=True)
        try:
            return tuple(self.publish(registry, progress=progress))
        except (Exception, KeyboardInterrupt) as error:
            error.add_note(SAFE)
            self.trouble = error
            return ()

    def publish(
        self, registry: Registry, *, rebuild: bool = False, progress: Progress | None = None
    ) -> list[ZonePublished]:
        """Bring the index up to the registry; with *rebuild* make it anew from nothing."""
        from enumd.index.writer import IndexWriter
        from enumd.registry.publish import publish
        from enumd.registry.rebuild import rebuild as make_anew

        if rebuild:
            made = make_anew(registry, self.config.index_path, progress)
            if made.aside:
                self.output.note(
                    f"what was there was not this registry's index, or cannot be read; "
                    f"it is kept in {made.aside}: delete it when nobody misses it"
                )
            return list(made.published)
        with IndexWriter(self.config.index_path, registry.registry_id) as writer:
            return publish(registry, writer, rebuild, progress)

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
