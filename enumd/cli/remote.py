"""Requests performed elsewhere: by an `enumd api`, over the network, by the same table.

Result, trouble and errors come back as they are at home, so that no command knows which it was.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from enumd import __version__
from enumd.errors import BadRequest, EnumdError, ServiceError
from enumd.operations.operation import Operation
from enumd.operations.performed import Performed
from enumd.operations.problem import error_of
from enumd.operations.request import Request, plain
from enumd.operations.table import operation_of
from enumd.operations.wire import decode

R = TypeVar("R")

TOKEN_VARIABLE: Final = "ENUMD_TOKEN"
STDIN: Final = "-"
CONNECT_S: Final = 10.0
ANSWER_S: Final = 60.0
"""How long an answer may take: others may be changing much, and a change waits for its turn."""

_MAX_TOKEN: Final = 4096
_TOKEN: Final = re.compile(r"enumd_[A-Za-z0-9_-]+", re.ASCII)
_IN_QUERY: Final = ("GET", "DELETE")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where an API is, and by what one acts there."""

    url: str
    token_file: Path | None = None
    plain_http: bool = False
    """The token may go over a network as it is."""

    def __post_init__(self) -> None:
        """Refuse what is no URL of an API, and HTTP where others may listen.

        Raises:
            BadRequest: it is.
        """
        url = _parsed(self.url)
        if url.scheme not in ("http", "https") or not url.host or url.query or url.userinfo:
            raise BadRequest(f"{self.url!r} is not a URL as https://enum.example.org")
        if url.scheme == "http" and not self.plain_http and not _is_loopback(url.host):
            raise BadRequest(
                f"http to {url.host} is not encrypted: whoever listens has the token; "
                "use https, or say --plain-http"
            )

    def token(self) -> str | None:
        """Return the token there is: in the file, on standard input, or in the environment.

        Raises:
            BadRequest: what is there is none.
            OSError: it cannot be read.
        """
        if self.token_file is None:
            where, text = TOKEN_VARIABLE, os.environ.get(TOKEN_VARIABLE, "")
            if not text.strip():
                return None
        elif str(self.token_file) == STDIN:
            where, text = "standard input", sys.stdin.readline(_MAX_TOKEN)
        else:
            with self.token_file.open("rb") as file:
                where, text = str(self.token_file), file.read(_MAX_TOKEN).decode("latin-1")
        token = text.strip()
        # What is no token would be shown by whoever refuses to send it.
        if not _TOKEN.fullmatch(token):
            raise BadRequest(f"there is no token in {where}; one begins with enumd_")
        return token


class Remote:
    """An API somewhere, for the length of one command."""

    def __init__(self, elsewhere: Elsewhere, transport: httpx.BaseTransport | None = None) -> None:
        """Read the token; nothing is sent before something is performed."""
        self._url = elsewhere.url.rstrip("/")
        token = elsewhere.token()
        headers = {"User-Agent": f"enumd/{__version__}", "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        self._options: dict[str, Any] = {"headers": headers, "timeout": timeout}
        self._options["transport"] = transport

    def perform(self, request: Request[R]) -> Performed[R]:
        """Have *request* performed there, and return what came back.

        Raises:
            BadRequest: this is done where the home is.
            ServiceError: nobody answers, or what answers is no API of ours.
            EnumdError: what the operation refuses, as at home.
        """
        operation = operation_of(request)
        if operation.http is None:
            raise BadRequest(
                f"{operation.name} is done where the home is, and not at {self._url}: "
                "leave out --remote and ENUMD_REMOTE there"
            )
        answer = self._send(operation, *_written(operation, operation.http, request))
        found = self._read(answer)
        if answer.is_success:
            try:
                return decode(operation, found)
            except (KeyError, TypeError, ValueError):
                raise self._strange(answer) from None
        raise self._refusal(answer, found)

    def _send(self, operation: Operation, method: str, path: str, said: Any) -> httpx.Response:
        """Send a request and return the answer.

        Raises:
            ServiceError: there is none.
        """
        sent: dict[str, Any] = {"params": said} if method in _IN_QUERY else {"json": said}
        try:
            with httpx.Client(**self._options) as client:
                return client.request(method, self._url + path, **sent)
        except httpx.ConnectError as error:
            raise ServiceError(f"cannot reach {self._url}: {error}").advise(
                "Check the URL and the network; nothing was sent. `enumd api` prints its URL."
            ) from None
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            again = "Run it again."
            if operation.changes:
                again = "It may be done all the same: look before you repeat it."
            raise ServiceError(f"{self._url} did not answer: {why}").advise(again) from None

    def _read(self, answer: httpx.Response) -> Mapping[str, Any]:
        """Return the JSON object of an answer.

        Raises:
            ServiceError: it has none.
        """
        try:
            found = answer.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise self._strange(answer) from None
        if not isinstance(found, Mapping):
            raise self._strange(answer)
        return found

    def _refusal(self, answer: httpx.Response, found: Mapping[str, Any]) -> EnumdError:
        """Return the error that the problem *found* in an answer tells of."""
        try:
            return error_of({**found, "text": found["detail"]})
        except (KeyError, TypeError, ValueError):
            return self._strange(answer)

    def _strange(self, answer: httpx.Response) -> ServiceError:
        """Return the error for what answers as no API of ours does."""
        return ServiceError(
            f"{self._url} answers with status {answer.status_code}, and not as this enumd expects"
        ).advise(
            "Check that the URL is that of `enumd api` and not of another program or a proxy's "
            "page, and that both are of about one version."
        )


def _written(operation: Operation, place: str, request: Any) -> tuple[str, str, dict[str, Any]]:
    """Return method and path of *request*, and what else it says: its query or its body."""
    method, path = place.split()
    values = plain(request, whole=True)
    for name in re.findall(r"\{(\w+)\}", path):
        path = path.replace(f"{{{name}}}", quote(str(values.pop(name)), safe="+"))
    # What is as it is anyway is not said, so that a server that is older understands.
    usual = {each.name.rstrip("_"): plain(each.default) for each in fields(operation.request)}  # type: ignore[arg-type]
    return method, path, {key: value for key, value in values.items() if value != usual[key]}


def _parsed(url: str) -> httpx.URL:
    """Return a URL in its parts.

    Raises:
        BadRequest: it is none.
    """
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadRequest(f"{url!r} is not a URL: {error}") from None


def _is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
