"""What OpenAPI says of requests and results: models made of the frozen values themselves."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from enumd.operations.wire import Aftermath


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a command says of an error."""

    code: str
    advice: str
    exit_status: int
    value: str | None = None
    """What was written, where a part of it is wrong."""
    start: int | None = None
    end: int | None = None
    similar: tuple[str, ...] = ()
    """Free numbers like one that is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(_Told):
    """What went wrong after the commit: the result stands all the same."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(_Told):
    """What went wrong (RFC 9457), with the code, the advice and the exit status of a command."""

    type: str
    title: str
    status: int
    detail: str


@cache
def model_of(kind: Any, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """Return a model of the frozen value *kind* but for the fields *without*, as JSON has it.

    What it does not know it refuses: a misspelt field would change nothing in silence.
    """
    hints = get_type_hints(kind)
    parts: dict[str, Any] = {
        each.name.rstrip("_"): (_type_of(hints[each.name]), _default_of(each))
        for each in fields(kind)
        if each.name not in without
    }
    strict = ConfigDict(extra="forbid")
    made: type[BaseModel] = create_model(
        kind.__name__, __config__=strict, __doc__=kind.__doc__, **parts
    )
    return made


@cache
def answer_model(result: type) -> type[BaseModel]:
    """Return a model of what comes back with a *result* of that type: see `operations.wire`."""
    parts: dict[str, Any] = {
        "trouble": (model_of(Trouble) | None, ...),
        "performed": (model_of(Aftermath), ...),
    }
    made: type[BaseModel] = create_model(
        f"{result.__name__}Performed", __base__=model_of(result), __doc__=result.__doc__, **parts
    )
    return made


def _type_of(kind: Any) -> Any:
    """Return *kind* with models in place of frozen values, however deep they are in it."""
    if is_dataclass(kind):
        return model_of(kind)  # type: ignore[arg-type]
    if get_origin(kind) in (Union, UnionType):
        kinds = [NoneType if each is NoneType else _type_of(each) for each in get_args(kind)]
        return Union[tuple(kinds)]  # noqa: UP007  -- a tuple of any length
    if get_origin(kind) is tuple:
        return tuple[_type_of(get_args(kind)[0]), ...]  # type: ignore[misc]
    return kind


def _default_of(one: Field[Any]) -> Any:
    """Return the default of a field as pydantic has it, an ellipsis for none."""
    if one.default is not MISSING:
        return one.default
    return ... if one.default_factory is MISSING else one.default_factory()
