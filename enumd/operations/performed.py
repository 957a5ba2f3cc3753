"""What comes back from something performed: the result, and what happened to it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Generic, TextIO, TypeVar

from enumd.operations.request import Request

R = TypeVar("R")

Advance = Callable[[int], None]
"""Is told how much has been done in all."""
Meter = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Shows how far something has come: what it is and how much there is, if that is known."""


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What publishing did to a zone."""

    zone: str
    from_serial: int | None
    to_serial: int | None
    names: int
    how: str
    """`whole`, `changes`, or `removed`."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Live:
    """The serial of a changed number, and what the running server says of it."""

    zone: str
    serial: int
    server: str | None
    """The server that was asked; None where none is running."""
    took_ms: float | None
    """From commit to live; None where nobody was asked or it did not become live."""
    remembered_s: int = 0
    """How long a resolver that asked just before may remember what was."""

    def fields(self) -> dict[str, Any]:
        """Return serial and measurement as plain values."""
        measured = {"server": self.server, "ms": self.took_ms}
        return {"zone": self.zone, "serial": self.serial, "live": measured}


@dataclass(frozen=True, slots=True)
class Performed(Generic[R]):
    """A result, and what came after it was settled.

    What is committed is reported, whatever happens afterwards: a door shows the result, and then
    the trouble.
    """

    result: R
    committed: bool = False
    """Something was changed, so what the result says cannot be had by asking again."""
    trouble: BaseException | None = None
    """What went wrong after the commit."""
    published: tuple[PublishReport, ...] = ()
    live: Live | None = None
    """Of a change of one number, and of nothing else."""
    notes: tuple[str, ...] = ()
    """What a person should know beside the result."""


@dataclass(frozen=True, slots=True)
class Streams:
    """What flows beside request and result while something is performed."""

    meter: Meter = lambda what, total: nullcontext(lambda done: None)
    text: TextIO | None = None
    """Where an export is written."""


QUIET: Final = Streams()

Perform = Callable[[Request[R]], Performed[R]]
"""How a door has something performed: at home, or over the network."""
