"""Who calls: whoever a bearer token says (RFC 6750), or anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request

from enumd.api.bounds import source_of
from enumd.api.performers import Performers
from enumd.errors import NotRecognised
from enumd.operations import credentials
from enumd.operations.actor import Doer
from enumd.operations.home import Home
from enumd.sip.rate import Limiter, Rate

DOOR: Final = "api"
"""What the log of changes calls this way in."""
ANYBODY: Final = Doer(None, DOOR)
GUESSES: Final = Rate(0.2, 10)
"""How many wrong tokens a source may try."""


@dataclass
class Callers:
    """Tells who calls, and slows down who guesses."""

    home: Home
    performers: Performers
    clock: Callable[[], float]
    _guesses: Limiter = field(default_factory=Limiter)

    async def identify(self, request: Request) -> Doer:
        """Return who sent *request*.

        Raises:
            NotRecognised: it has a token that is nobody's or void, or its source has guessed often.
        """
        given = request.headers.get("authorization")
        if given is None:
            return ANYBODY
        source = source_of(request.scope)
        if not self._guesses.spare(source, GUESSES, self.clock()):
            raise NotRecognised("too many tokens that are none came from this address").advise(
                f"Wait {self._guesses.retry_after_s(source)} s, and give one that is whole."
            )
        address = request.client.host if request.client else ""
        try:
            found = await self._recognise(given, address)
        except NotRecognised:
            self._guesses.take(source, GUESSES, self.clock())
            raise
        if found.is_news:
            await self.performers.change(lambda: credentials.mark_use(self.home, found, address))
        return found.doer

    async def _recognise(self, given: str, address: str) -> credentials.Recognised:
        """Return whose token stands in the field Authorization."""
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotRecognised("the field Authorization has no bearer token").advise(
                "Write it as `Authorization: Bearer enumd_…`."
            )
        return await self.performers.read(
            lambda: credentials.recognise(self.home, token, DOOR, address)
        )
