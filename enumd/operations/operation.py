"""What one row of the table says of an operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, Final, get_args

from enumd.operations.request import Request
from enumd.operations.rights import Who

_WORK: Final = "enumd.operations.work"


class Opens(StrEnum):
    """What is opened for an operation, and in how many transactions it works."""

    READING = "reading"
    """The registry as of one moment."""
    CHANGE = "change"
    """The registry in one transaction, which is committed and published."""
    ITSELF = "itself"
    """What it opens itself: it makes a registry, or needs many transactions or none."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something people do."""

    name: str
    """`thing.verb`, such as `number.claim`."""
    request: type[Request[Any]]
    opens: Opens
    who: Who
    http: str | None
    """Method and path in the HTTP API, where braces name fields of the request; None: at home."""
    work: str | None = None
    """Its function below `work`, as `module:function`, where it is not called as it is."""
    logs: tuple[str, ...] | None = None
    """What the log calls what it does, where that is not its own name alone."""
    live: bool = False
    """It changes the answer for one number, so the running server is asked for it."""
    offers: bool = False
    """Where its number is taken, free ones like it are offered."""

    @property
    def changes(self) -> bool:
        """Tell whether it changes anything."""
        return self.opens is not Opens.READING

    @property
    def actions(self) -> tuple[str, ...]:
        """Return what the log of changes calls what it does."""
        own = (self.name,) if self.opens is Opens.CHANGE else ()
        return own if self.logs is None else self.logs

    @property
    def result(self) -> type:
        """Return the type of its result, which its request names."""
        bases: tuple[Any, ...] = self.request.__dict__["__orig_bases__"]
        found: type = get_args(bases[0])[0]
        return found

    def load(self) -> Callable[..., Any]:
        """Return the function that does it; its module is loaded when something is performed."""
        module, _, function = (self.work or self.name.replace(".", ":")).partition(":")
        found: Callable[..., Any] = getattr(import_module(f"{_WORK}.{module}"), function)
        return found
