"""What a caller may send: so many requests, so many octets, so deep, in so much time."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enumd.api.answers import tell
from enumd.errors import BadRequest, ServiceError
from enumd.sip.rate import Allowance, Limiter, Rate

MAX_OCTETS: Final = 65_536
MAX_DEPTH: Final = 16
BODY_S: Final = 10.0
"""How long a body may take to come."""

_SIX_BITS: Final = 64
_SIGNS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class Bounds:
    """Asks no more of the application than it can bear, and tells who asks for more."""

    def __init__(self, app: ASGIApp, rate: Rate, clock: Callable[[], float]) -> None:
        """Stand before *app*; *clock* tells seconds that never go back."""
        self._app = app
        self._rate = rate
        self._clock = clock
        self._limiter = Limiter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        source = source_of(scope)
        if self._limiter.take(source, self._rate, self._clock()) is Allowance.PASS:
            await self._read_and_pass(scope, receive, send)
            return
        after = {"Retry-After": str(self._limiter.retry_after_s(source))}
        error = ServiceError(f"more than {self._rate.per_s:g} requests a second").advise(
            "Wait as long as Retry-After says and send it again; nothing was changed."
        )
        await tell(HTTPStatus.TOO_MANY_REQUESTS, error, after)(scope, receive, send)

    async def _read_and_pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request when its body has come, or tell why it is not taken."""
        try:
            body = await asyncio.wait_for(_read(receive), BODY_S)
        except _TooMuch:
            much = BadRequest(f"a body has at most {MAX_OCTETS} octets").advise("Send less.")
            await tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, much)(scope, receive, send)
        except TimeoutError:
            late = BadRequest(f"the body did not come within {BODY_S:g} s").advise("Send it again.")
            await tell(HTTPStatus.REQUEST_TIMEOUT, late)(scope, receive, send)
        else:
            if body is not None:
                await self._pass(scope, body, receive, send)

    async def _pass(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Hand on a request whose *body* has come, unless it is too deep."""
        if depth_of(body) > MAX_DEPTH:
            error = BadRequest(f"JSON of more than {MAX_DEPTH} levels").advise("Send it flat.")
            await tell(HTTPStatus.BAD_REQUEST, error)(scope, receive, send)
            return
        left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            """Give the body again, and then what comes after it."""
            return left.pop() if left else await receive()

        await self._app(scope, replay, send)


def source_of(scope: Scope) -> str:
    """Return from where a request came: an IPv4 address, or the /64 of an IPv6 address."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _SIX_BITS), strict=False))
    return str(address)


def depth_of(body: bytes) -> int:
    """Return how deep the JSON in *body* is, brackets in its texts not counted.

    >>> depth_of(b'{"a": ["[[["]}')
    2
    """
    depth = deepest = 0
    for sign in _SIGNS.findall(body):
        depth += (sign in b"[{") - (sign in b"]}")
        deepest = max(deepest, depth)
    return deepest


class _TooMuch(Exception):
    """A body goes on beyond what is taken."""


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body of a request; None where the caller has gone.

    Raises:
        _TooMuch: it has more octets than it may.
    """
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts += message.get("body", b"")
        if len(parts) > MAX_OCTETS:
            raise _TooMuch
        if not message.get("more_body", False):
            return bytes(parts)
