"""Words completed from the registry."""

from __future__ import annotations

from enumd.operations.completion import CompleteWord, Completions
from enumd.operations.desk import Look
from enumd.registry import beginnings


def complete(look: Look, request: CompleteWord) -> Completions:
    """Return what begins so; a number is completed where it is one word of digits."""
    if request.kind != "number":
        found = beginnings.names(look.session, request.kind, request.beginning, request.limit)
        return Completions(tuple(found))
    digits = request.beginning.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit()):
        return Completions(())
    numbers = beginnings.numbers(look.session, digits, request.limit)
    return Completions(tuple(f"+{each}" for each in numbers))
