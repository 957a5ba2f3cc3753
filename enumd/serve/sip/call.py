"""A small SIP client that blocks: it places one call, shows what comes back, and acknowledges it.

It is what `enumd demo` calls with. It follows no redirect and takes no call: whatever it is told
ends it. Requests are repeated as timers A and B say (RFC 3261 section 17.1.1.2).
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from enumd.core.number import Number
from enumd.errors import BrokenRequest, NotSip, ServiceError
from enumd.net.listeners import Address
from enumd.sip import framing
from enumd.sip.address import NameAddress
from enumd.sip.message import Response, compose
from enumd.sip.syntax import split_list

T1_S: Final = 0.5

_DATAGRAM_OCTETS: Final = 65535


@dataclass(frozen=True, slots=True)
class Contact:
    """One place the caller is sent to."""

    uri: str
    q: str
    """How much it is preferred, as it was written; empty where it was not."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a call."""

    status: int
    reason: str
    contacts: tuple[Contact, ...]
    request: str
    """The INVITE as it was sent."""
    response: str
    """The final response as it came."""


def call(number: Number, server: Address, timeout_s: float = 5.0) -> Answered:
    """Call *number* at *server* over UDP and acknowledge what comes back.

    Raises:
        ServiceError: there was no final response in time.
    """
    with socket.socket(server.family, socket.SOCK_DGRAM) as sock:
        sock.connect(server.sockaddr())
        return _Caller(sock, number, server).call(timeout_s)


class _Caller:
    """One call."""

    def __init__(self, sock: socket.socket, number: Number, server: Address) -> None:
        """Call *number* at *server*, by *sock* that is connected there."""
        host, port = sock.getsockname()[:2]
        self._sock = sock
        self._server = server
        self._here = str(Address(host, port))
        self._uri = f"sip:{number}@{server};user=phone"
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        self._tag = secrets.token_hex(4)
        self._call_id = secrets.token_hex(12)

    def call(self, timeout_s: float) -> Answered:
        """Return what became of the call."""
        request = self._request("INVITE", f"<{self._uri}>")
        for octets in self._heard(request, time.monotonic() + timeout_s):
            if (response := self._ours(octets)) is None or response.status < 200:
                continue
            to = (response.head.first(b"to") or b"").decode("latin-1")
            self._sock.send(self._request("ACK", to))
            return Answered(
                response.status,
                response.reason.decode("utf-8", "replace"),
                tuple(_contacts(response)),
                request.decode(),
                octets.decode("utf-8", "replace"),
            )
        raise ServiceError(f"{self._server} did not answer a call within {timeout_s:g} s").advise(
            "Look at the server's log: a peer it does not know is answered 403, not with silence."
        )

    def _heard(self, request: bytes, until_s: float) -> Iterator[bytes]:
        """Yield what arrives until then, sending *request* again in growing intervals."""
        interval_s, again_s = T1_S, 0.0
        while (now_s := time.monotonic()) < until_s:
            if now_s >= again_s:
                self._send(request)
                again_s, interval_s = now_s + interval_s, 2 * interval_s
            self._sock.settimeout(max(0.001, min(again_s, until_s) - now_s))
            try:
                yield self._sock.recv(_DATAGRAM_OCTETS)
            except TimeoutError:
                continue
            except OSError as error:  # an ICMP error: nobody listens there
                raise ServiceError(f"{self._server}: {error.strerror}") from None

    def _send(self, octets: bytes) -> None:
        """Send *octets*."""
        try:
            self._sock.send(octets)
        except OSError as error:
            raise ServiceError(f"{self._server}: {error.strerror}") from None

    def _ours(self, octets: bytes) -> Response | None:
        """Return the response in a datagram if it is one to this call."""
        try:
            frame = framing.datagram(octets)
            if frame is None or frame.fault is not None:
                return None
            response = Response.parse(frame.head, frame.body)
        except (NotSip, BrokenRequest):
            return None
        via = response.head.first(b"via") or b""
        return response if self._branch.encode() in via else None

    def _request(self, method: str, to: str) -> bytes:
        """Return a request of this call; an ACK goes to the To of its response."""
        fields = {
            "Via": f"SIP/2.0/UDP {self._here};branch={self._branch};rport",
            "Max-Forwards": "70",
            "From": f"<sip:enumd@{self._here}>;tag={self._tag}",
            "To": to,
            "Call-ID": self._call_id,
            "CSeq": f"1 {method}",
        }
        if method == "INVITE":
            fields["Contact"] = f"<sip:enumd@{self._here}>"
        rows = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
        return compose(f"{method} {self._uri} SIP/2.0".encode(), rows)


def _contacts(response: Response) -> Iterator[Contact]:
    """Yield the Contacts of a response, in the order they stand."""
    for row in response.head.rows(b"contact"):
        for value in split_list(row):
            try:
                address = NameAddress.parse(value.strip())
            except BrokenRequest:
                continue
            q = address.parameters.get(b"q") or b""
            yield Contact(address.uri, q.decode("latin-1"))
