"""What the work of an operation is given besides the request."""

from __future__ import annotations

from dataclasses import dataclass, field

from enumd.operations.actor import Doer
from enumd.operations.home import Home
from enumd.operations.performed import Streams
from enumd.registry.changes import Actor, Change
from enumd.registry.database import Reading


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is performed and by whom; `note` keeps what a person should know."""

    home: Home
    doer: Doer
    streams: Streams
    now_s: int
    notes: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Return who acts as the log of changes keeps it."""
        return Actor(self.doer.party, self.doer.door)

    def note(self, text: str) -> None:
        """Tell a person *text* beside the result."""
        self.notes.append(text)

    def looking(self, session: Reading) -> Look:
        """Return this desk with the registry open in *session*."""
        return Look(self.home, self.doer, self.streams, self.now_s, self.notes, session=session)

    def doing(self, change: Change) -> Deed:
        """Return this desk with the transaction *change*."""
        return Deed(self.home, self.doer, self.streams, self.now_s, self.notes, change=change)


@dataclass(frozen=True, slots=True)
class Look(Desk):
    """A desk with the registry open, as of one moment."""

    session: Reading = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Deed(Desk):
    """A desk with one transaction of the registry."""

    change: Change = field(kw_only=True)

    @property
    def session(self) -> Reading:
        """Return the session of the transaction, to read in."""
        return self.change.session
