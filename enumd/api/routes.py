"""Places over HTTP: one for each row of the table of operations that has one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter, Signature
from typing import Annotated, Any, Final

from fastapi import Body, Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from enumd.api.answers import PROBLEM, refuse
from enumd.api.callers import ANYBODY, Callers
from enumd.api.models import Problem, answer_model, model_of
from enumd.api.performers import Performers
from enumd.errors import BadRequest
from enumd.operations.home import Home
from enumd.operations.operation import Operation
from enumd.operations.perform import perform
from enumd.operations.request import value_of
from enumd.operations.table import OPERATIONS
from enumd.operations.wire import encode

IN_QUERY: Final = ("GET", "DELETE")
"""Methods whose requests have no body: what is no part of the path stands in the query."""

_TOKEN: Final = Depends(HTTPBearer(auto_error=False, scheme_name="token"))
_PROBLEMS: Final = {
    "default": {
        "description": "A problem (RFC 9457), with the code and the advice of a command.",
        "content": {PROBLEM: {"schema": model_of(Problem).model_json_schema()}},
    }
}


@dataclass(frozen=True)
class Reception:
    """What every route needs to have something performed."""

    home: Home
    performers: Performers
    callers: Callers


def add_routes(app: FastAPI, reception: Reception) -> None:
    """Give *app* a route for each operation that stands somewhere over HTTP."""
    for operation in OPERATIONS:
        if operation.http is not None:
            _add_route(app, reception, operation, operation.http)


def _add_route(app: FastAPI, reception: Reception, operation: Operation, place: str) -> None:
    """Give *app* the route of *operation* at *place*."""
    method, path = place.split()
    says = operation.request.__doc__ or ""
    app.add_api_route(
        _pattern(path),
        _endpoint(reception, operation, _parameters(operation, method, path)),
        methods=[method],
        operation_id=operation.name,
        summary=says.partition("\n")[0],
        tags=[operation.name.partition(".")[0]],
        response_model=answer_model(operation.result),
        responses=_PROBLEMS,  # type: ignore[arg-type]
        openapi_extra={"x-scope": operation.name, "x-roles": sorted(operation.who)},
    )


def _pattern(path: str) -> str:
    """Return *path* as it is matched: a name at its end may have slashes, if nothing goes on there.

    >>> _pattern("/v1/pools/{name}")
    '/v1/pools/{name:path}'
    """
    goes_on = any(f" {path}/" in (operation.http or "") for operation in OPERATIONS)
    return path if goes_on else re.sub(r"\}$", ":path}", path)


def _endpoint(
    reception: Reception, operation: Operation, parameters: list[Parameter]
) -> Callable[..., Any]:
    """Return the function that FastAPI calls with *parameters* of a request to *operation*."""

    async def endpoint(request: Request, token: Any, **given: Any) -> JSONResponse:
        doer = ANYBODY
        try:
            doer = await reception.callers.identify(request)
            wish = _wish(operation, request, given)
            run = reception.performers.change if operation.changes else reception.performers.read
            performed = await run(lambda: perform(wish, doer, reception.home))
        except Exception as error:
            return refuse(error, doer)
        return JSONResponse(encode(performed), headers={"Cache-Control": "no-store"})

    known = [
        Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request),
        Parameter("token", Parameter.KEYWORD_ONLY, annotation=Any, default=_TOKEN),
    ]
    endpoint.__signature__ = Signature([*known, *parameters])  # type: ignore[attr-defined]
    return endpoint


def _parameters(operation: Operation, method: str, path: str) -> list[Parameter]:
    """Return what a request to *operation* is made of: parts of the path, query or body."""
    inside = frozenset(re.findall(r"\{(\w+)\}", path))
    parts = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=Annotated[str, Path()])
        for name in sorted(inside)
    ]
    kind: Any = operation.request
    if inside != {each.name for each in fields(kind)}:
        model = model_of(kind, inside)
        where = Query() if method in IN_QUERY else Body()
        needed = any(each.is_required() for each in model.model_fields.values())
        rest: Any = Annotated[model if needed or method in IN_QUERY else model | None, where]
        default = Parameter.empty if needed or method in IN_QUERY else None
        parts.append(Parameter("rest", Parameter.KEYWORD_ONLY, annotation=rest, default=default))
    return parts


def _wish(operation: Operation, request: Request, given: dict[str, Any]) -> Any:
    """Return what is asked of *operation* by *request*, whose parameters are *given*.

    Raises:
        BadRequest: it cannot be meant.
    """
    rest: BaseModel | None = given.pop("rest", None)
    if request.query_params and (rest is None or request.method not in IN_QUERY):
        strays = ", ".join(request.query_params)
        raise BadRequest(f"{operation.name} takes nothing in its query, and there is {strays}")
    said = {} if rest is None else rest.model_dump(exclude_unset=True)
    try:
        return value_of(operation.request, {**said, **given})
    except (TypeError, ValueError) as error:
        raise BadRequest(f"this is no {operation.name}: {error}") from None
