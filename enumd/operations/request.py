"""What every request is, and how requests and results become plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any, Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


class Request(Generic[R_co]):
    """Something that can be performed, and what its result is: `class FindNumbers(Request[…])`."""

    __slots__ = ()


def unsaid(default: Any) -> Any:
    """Return a field of a result that a door may use, and that is no part of what it prints."""
    return field(default=default, metadata={"unsaid": True})


def plain(value: Any) -> Any:
    """Return a request or a result as JSON has it: records, lists, text, numbers, booleans, null.

    The keys are the fields in their order; a final underscore is there for Python alone.
    """
    if is_dataclass(value):
        return {
            each.name.rstrip("_"): plain(getattr(value, each.name))
            for each in fields(value)
            if not each.metadata.get("unsaid")
        }
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value
