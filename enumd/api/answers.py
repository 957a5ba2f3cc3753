"""Answers: results as they are, errors as problem details (RFC 9457) with a fitting status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse

from enumd.errors import (
    EnumdError,
    NotPermitted,
    NotRecognised,
    RegistryBusy,
    RegistryUnusable,
)
from enumd.operations.actor import Doer
from enumd.operations.problem import problem_of

_LOG: Final = logging.getLogger("enumd.api")

PROBLEM: Final = "application/problem+json"

_BY_EXIT: Final = {
    1: HTTPStatus.INTERNAL_SERVER_ERROR,
    2: HTTPStatus.BAD_REQUEST,
    3: HTTPStatus.NOT_FOUND,
    4: HTTPStatus.CONFLICT,
    5: HTTPStatus.FORBIDDEN,
    6: HTTPStatus.FORBIDDEN,
    7: HTTPStatus.CONFLICT,
    8: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The status for the exit status of a command that meets the same error."""
_BEARER: Final = 'Bearer realm="enumd"'
_TOKEN: Final = (
    "Send a token, `Authorization: Bearer enumd_…`; the operator makes one: `enumd token create`."
)


def status_of(error: BaseException) -> HTTPStatus:
    """Return the status for *error*."""
    if isinstance(error, NotRecognised):
        return HTTPStatus.UNAUTHORIZED
    if isinstance(error, RegistryBusy | RegistryUnusable):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return _BY_EXIT[error.exit_status if isinstance(error, EnumdError) else 1]


def refuse(error: BaseException, doer: Doer | None = None) -> JSONResponse:
    """Return the answer that tells *doer* of *error*; who gave no token is asked for one."""
    if isinstance(error, NotRecognised):
        challenge = {"WWW-Authenticate": f'{_BEARER}, error="invalid_token"'}
        return tell(HTTPStatus.UNAUTHORIZED, error, challenge)
    if isinstance(error, NotPermitted) and doer is not None and doer.party is None:
        challenge = {"WWW-Authenticate": _BEARER}
        return tell(HTTPStatus.UNAUTHORIZED, error.advise(_TOKEN), challenge)
    if not isinstance(error, EnumdError):
        # Whoever asked is told its name alone; here is all there is.
        _LOG.error("a fault while a request was performed", exc_info=error)
    status = status_of(error)
    soon = {"Retry-After": "1"} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    return tell(status, error, soon)


def tell(
    status: HTTPStatus, error: BaseException, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return problem details of *error* with that *status*: what RFC 9457 wants, then our own."""
    facts: dict[str, Any] = problem_of(error)
    detail = facts.pop("text")
    head = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    return JSONResponse({**head, "detail": detail, **facts}, status, headers, PROBLEM)
