"""What every request is, and how requests and results become plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

R_co = TypeVar("R_co", covariant=True)


class Request(Generic[R_co]):
    """Something that can be performed, and what its result is: `class FindNumbers(Request[…])`."""

    __slots__ = ()


def unsaid(default: Any) -> Any:
    """Return a field of a result that a door may use, and that is no part of what it prints."""
    return field(default=default, metadata={"unsaid": True})


def plain(value: Any, *, whole: bool = False) -> Any:
    """Return a request or a result as JSON has it: records, lists, text, numbers, booleans, null.

    The keys are the fields in their order; a final underscore is there for Python alone. What is
    *whole* has also what a door does not print.
    """
    if is_dataclass(value):
        return {
            each.name.rstrip("_"): plain(getattr(value, each.name), whole=whole)
            for each in fields(value)
            if whole or not each.metadata.get("unsaid")
        }
    if isinstance(value, Mapping):
        return {key: plain(each, whole=whole) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each, whole=whole) for each in value]
    return value


def value_of(kind: Any, found: Any) -> Any:
    """Return the value of type *kind* that `plain` has made *found* of; unknown keys are left out.

    Raises:
        KeyError, TypeError: *found* is none of that type.
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        keys = {each.name: each.name.rstrip("_") for each in fields(kind)}
        given = {name: key for name, key in keys.items() if key in found}
        made: Any = kind
        return made(**{name: value_of(hints[name], found[key]) for name, key in given.items()})
    if get_origin(kind) in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not NoneType]
        return None if found is None else value_of(kinds[0], found)
    if get_origin(kind) is tuple:
        return tuple(value_of(get_args(kind)[0], each) for each in found)
    return found
