"""What comes back from something performed, as JSON that travels, and made a value again.

The fields of the result stand at the top, as a command prints them; beside them `trouble`, what
went wrong after the commit, and `performed`, what else there is to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enumd.operations.operation import Operation
from enumd.operations.performed import Live, Performed, PublishReport
from enumd.operations.problem import error_of, problem_of
from enumd.operations.request import plain, value_of


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What there is to know of something performed beside its result."""

    committed: bool
    published: tuple[PublishReport, ...]
    live: Live | None
    notes: tuple[str, ...]


def encode(performed: Performed[Any]) -> dict[str, Any]:
    """Return *performed* as JSON has it."""
    trouble = performed.trouble
    after = Aftermath(performed.committed, performed.published, performed.live, performed.notes)
    return {
        **plain(performed.result, whole=True),
        "trouble": None if trouble is None else problem_of(trouble),
        "performed": plain(after),
    }


def decode(operation: Operation, found: Mapping[str, Any]) -> Performed[Any]:
    """Return what *found*, the JSON of an answer to *operation*, was made of.

    Raises:
        KeyError, TypeError, ValueError: it is no such answer.
    """
    after: Aftermath = value_of(Aftermath, found["performed"])
    return Performed(
        value_of(operation.result, found),
        after.committed,
        None if found["trouble"] is None else error_of(found["trouble"]),
        after.published,
        after.live,
        after.notes,
    )
