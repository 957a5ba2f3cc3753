"""What `enumd doctor` asks where SIP is answered: OPTIONS, and a handshake over TLS."""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Final

from enumd.cli.diagnosis import Diagnosis, ill, odd, well
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.errors import BrokenRequest, ConfigError, NotSip
from enumd.net.listeners import Address
from enumd.sip import framing
from enumd.sip.message import Response, compose

EXPIRY_DAYS: Final = 14
"""How long before a certificate ends we begin to speak of it."""

_DAY_S: Final = 86_400
_AGAIN_S: Final = 0.5
"""T1: when a datagram is sent once more (RFC 3261 section 17.1.2.2)."""

_OCTETS: Final = 65535


def sip(address: Address, transport: str, timeout_s: float) -> Diagnosis:
    """Return whether the server at *address* answers OPTIONS (RFC 3261 section 11)."""
    began_s = time.perf_counter()
    try:
        over = _status_over_udp if transport == "UDP" else _status_over_tcp
        status = over(address, timeout_s)
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error
        text = f"{address} does not answer SIP over {transport}: {why}"
        return ill("sip", text, "Look at the server's log, and whether a firewall is in the way.")
    took_ms = 1000 * (time.perf_counter() - began_s)
    text = f"{address} answers {status} to OPTIONS over {transport} in {took_ms:.1f} ms"
    if status >= 500:
        return ill("sip", text, "Look at the server's log.")
    return well("sip", text)


def _status_over_udp(address: Address, timeout_s: float) -> int:
    """Return the status of the answer to OPTIONS over UDP; datagrams are sent again.

    Raises:
        OSError: there was none in time.
    """
    until_s = time.monotonic() + timeout_s
    with socket.socket(address.family, socket.SOCK_DGRAM) as sock:
        sock.connect(address.sockaddr())
        request, branch = _options(sock, address, "UDP")
        while (left_s := until_s - time.monotonic()) > 0:
            sock.settimeout(min(left_s, _AGAIN_S))
            sock.send(request)
            try:
                status = _status(sock.recv(_OCTETS), branch)
            except TimeoutError:
                continue
            if status is not None:
                return status
    raise TimeoutError


def _status_over_tcp(address: Address, timeout_s: float) -> int:
    """Return the status of the answer to OPTIONS over TCP.

    Raises:
        OSError: there was none in time.
    """
    until_s = time.monotonic() + timeout_s
    with socket.create_connection((address.host, address.port), timeout_s) as sock:
        request, branch = _options(sock, address, "TCP")
        sock.sendall(request)
        heard = b""
        while (left_s := until_s - time.monotonic()) > 0:
            sock.settimeout(left_s)
            if not (part := sock.recv(_OCTETS)):
                raise ConnectionResetError("it closed the connection")
            heard += part
            if b"\r\n\r\n" in heard and (status := _status(heard, branch)) is not None:
                return status
    raise TimeoutError


def _options(sock: socket.socket, address: Address, transport: str) -> tuple[bytes, bytes]:
    """Return an OPTIONS about the server itself, from where *sock* is, and its branch."""
    here = Address(*sock.getsockname()[:2])
    branch = f"z9hG4bK{secrets.token_hex(8)}"
    fields = {
        "Via": f"SIP/2.0/{transport} {here};branch={branch};rport",
        "Max-Forwards": "70",
        "From": f"<sip:enumd@{here}>;tag={secrets.token_hex(4)}",
        "To": f"<sip:{address}>",
        "Call-ID": secrets.token_hex(12),
        "CSeq": "1 OPTIONS",
    }
    rows = [(name.encode(), value.encode()) for name, value in fields.items()]
    return compose(f"OPTIONS sip:{address} SIP/2.0".encode(), rows), branch.encode()


def _status(octets: bytes, branch: bytes) -> int | None:
    """Return the status of the final response to our *branch*, or None for anything else."""
    try:
        frame = framing.datagram(octets)
        if frame is None or branch not in (frame.head.first(b"via") or b""):
            return None
        status = Response.parse(frame.head, frame.body).status
    except (NotSip, BrokenRequest):
        return None
    return status if status >= 200 else None


def tls(session: Session, address: Address, timeout_s: float) -> Diagnosis:
    """Return whether TLS works at *address*, and how long its certificate is good for."""
    # OpenSSL and the reactor are loaded where there is TLS to look at.
    from enumd.serve.sip.tls import configured_certificate, expiry_of

    try:
        served = _certificate_at(address, timeout_s)
    except OSError as error:  # ssl.SSLError is one
        why = "no answer in time" if isinstance(error, TimeoutError) else error
        text = f"{address} does not answer over TLS: {why}"
        return ill("tls", text, "Look at the server's log, and at [sip] in enumd.toml.")
    try:
        in_file = configured_certificate(session.config)
    except ConfigError as error:
        return ill("tls", str(error), error.advice)
    if served != in_file and expiry_of(in_file).timestamp() > session.now_s:
        ended = expiry_of(served).timestamp() <= session.now_s
        text = f"{address} has another certificate than its file"
        again = "Send the server a SIGHUP: it reads the file again."
        return ill("tls", f"{text}, one that expired", again) if ended else odd("tls", text, again)
    return _expiry(address, expiry_of(in_file), session.now_s)


def _expiry(address: Address, ends: datetime, now_s: int) -> Diagnosis:
    """Return whether the certificate of *address* is good at *now_s* and for long enough."""
    left_s = int(ends.timestamp()) - now_s
    day = ends.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    remedy = "Put a new certificate into the file, then send the server a SIGHUP."
    if left_s <= 0:
        return ill("tls", f"the certificate of {address} expired on {day}", remedy)
    days = counted(left_s // _DAY_S, "day")
    if left_s <= EXPIRY_DAYS * _DAY_S:
        return odd("tls", f"the certificate of {address} expires in {days}, on {day}", remedy)
    return well("tls", f"{address} answers over TLS, its certificate is good for {days}")


def _certificate_at(address: Address, timeout_s: float) -> bytes:
    """Return the certificate that is shown at *address*, in DER.

    Raises:
        OSError: there was no handshake in time.
    """
    # Whom it is for is for the peers to judge; here it is only whether TLS works, and until when.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address.host, address.port), timeout_s) as sock,
        context.wrap_socket(sock) as encrypted,
    ):
        octets = encrypted.getpeercert(binary_form=True)
    if octets is None:
        raise ConnectionError("it has no certificate")
    return octets
