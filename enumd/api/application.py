"""The application: routes of the table, bounds before them, problems for whatever goes wrong."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from enumd import __version__
from enumd.api.answers import refuse, tell
from enumd.api.bounds import Bounds
from enumd.api.callers import Callers
from enumd.api.performers import Performers
from enumd.api.routes import Reception, add_routes
from enumd.errors import BadRequest, NotFound
from enumd.operations.home import Home
from enumd.operations.opening import open_to_read
from enumd.sip.rate import Rate


def make(home: Home, clock: Callable[[], float] = time.monotonic) -> FastAPI:
    """Return the application that performs what it is asked for in *home*."""
    performers = Performers()
    settings = home.config.api

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        performers.close()

    app = FastAPI(
        title="enumd",
        version=__version__,
        summary="One E.164 number, every way of reaching its holder.",
        openapi_url="/v1/openapi.json",
        # Their pages would load programs from another host.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    add_routes(app, Reception(home, performers, Callers(home, performers, clock)))
    _add_health(app, home, performers)
    app.add_exception_handler(RequestValidationError, _explain)
    app.add_exception_handler(HTTPException, _translate)
    rate = Rate(float(settings.requests_per_s), settings.burst)
    app.add_middleware(Bounds, rate=rate, clock=clock)
    return app


def _add_health(app: FastAPI, home: Home, performers: Performers) -> None:
    """Give *app* the place that says whether the registry can be read; anybody may ask."""

    @app.get("/v1/health", operation_id="health", tags=["health"])
    async def health() -> JSONResponse:
        """Tell whether the registry can be read."""
        try:
            await performers.read(lambda: open_to_read(home).close())
        except Exception as error:
            return refuse(error)
        return JSONResponse({"healthy": True}, headers={"Cache-Control": "no-store"})


async def _explain(_request: Request, error: Any) -> JSONResponse:
    """Say which part of a request is wrong, and why; what was sent is not repeated."""
    parts = [
        f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}"
        for each in error.errors()
    ]
    said = BadRequest("; ".join(parts)).advise("/v1/openapi.json says what may be sent here.")
    return tell(HTTPStatus.BAD_REQUEST, said)


async def _translate(_request: Request, error: Any) -> JSONResponse:
    """Say that there is no such place, or no such method at it."""
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        said = NotFound("nothing stands at this path")
        return tell(status, said.advise("/v1/openapi.json names every path."))
    wrong = BadRequest(str(error.detail)).advise("/v1/openapi.json says what may be sent here.")
    return tell(status, wrong, error.headers)
