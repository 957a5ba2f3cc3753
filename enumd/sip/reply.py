"""Responses: what is copied from the request, and what is added (RFC 3261 section 8.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from enumd.sip.head import Head
from enumd.sip.message import Request
from enumd.sip.via import Via

REASONS: Final = {
    100: b"Trying",
    200: b"OK",
    300: b"Multiple Choices",
    302: b"Moved Temporarily",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    410: b"Gone",
    413: b"Request Entity Too Large",
    416: b"Unsupported URI Scheme",
    480: b"Temporarily Unavailable",
    481: b"Call/Transaction Does Not Exist",
    484: b"Address Incomplete",
    487: b"Request Terminated",
    500: b"Server Internal Error",
    503: b"Service Unavailable",
    505: b"Version Not Supported",
    513: b"Message Too Large",
}
"""Every status this server gives (RFC 3261 section 21)."""

STATUS_LINES: Final = {
    status: b"SIP/2.0 %d %b\r\nVia: " % (status, reason) for status, reason in REASONS.items()
}
"""How a response begins, up to the value of its first Via."""

# In a To that could not be read: what would be a tag, if it could.
_TAG: Final = re.compile(rb";\s*+tag\s*+=", re.IGNORECASE)

_TIMESTAMP: Final = re.compile(rb"[0-9]{1,20}(?:\.[0-9]{0,20})?")


def request_tag(request: Request, hasher: blake2b) -> bytes:
    """Return the To tag to add to every answer to *request*; empty when it has one already.

    A CANCEL gets the tag of what it cancels, and a retransmission that of the first (RFC 3261
    section 8.2.7). It is keyed, so that nobody can guess it (section 19.3) and with it acknowledge
    what another was told.
    """
    if request.to_tag:
        return b""
    via = request.via
    return keyed_tag(
        hasher,
        (
            request.call_id,
            request.from_tag,
            b"%d" % request.sequence,
            request.uri.text.encode(),
            via.branch or via.octets,
        ),
    )


def head_tag(head: Head, hasher: blake2b) -> bytes:
    """Return the To tag to add to the answer when only the head of a request could be read."""
    if _TAG.search(head.first(b"to") or b""):
        return b""
    fields = (head.first(name) or b"" for name in (b"via", b"call-id", b"from", b"cseq"))
    return keyed_tag(hasher, (head.start_line, *fields))


def tag_hasher(secret: bytes) -> blake2b:
    """Return what tags are made with: a hash that has taken in *secret*, 16 to 64 octets.

    A tag has 64 bits of it, though 32 would do (RFC 3261 section 19.3).
    """
    return blake2b(digest_size=8, key=secret)


def keyed_tag(hasher: blake2b, parts: Iterable[bytes]) -> bytes:
    """Return the tag that a copy of *hasher* makes of what tells one request from others."""
    hasher = hasher.copy()
    hasher.update(b"\n".join(parts))
    return hasher.hexdigest().encode()


def stamped_vias(head: Head, via: Via | None, host: str, port: int) -> bytes:
    """Return every Via row of *head*, in order, the first value stamped with its source.

    *via* is that value, or None where it cannot be read and is echoed as it came.
    """
    rows = head.rows(b"via")
    if via is not None:
        rows = [via.stamped(host, port) + rows[0][len(via.octets) :], *rows[1:]]
    return b"\r\nVia: ".join(rows)


def reply(head: Head, vias: bytes, status: int, tag: bytes, fields: bytes = b"") -> bytes:
    """Return the octets of a response.

    *fields* are whole header lines, each with its line end. *tag*, unless it is empty, is added to
    To, but never in a 100 (RFC 3261 section 8.2.6.2).
    """
    octets = [STATUS_LINES[status], vias]
    if (value := head.first(b"from")) is not None:
        octets += b"\r\nFrom: ", value
    if (value := head.first(b"to")) is not None:
        octets += b"\r\nTo: ", value
        if status != 100 and tag:
            octets += b"tag=" if value[-1:] == b";" else b";tag=", tag
    if (value := head.first(b"call-id")) is not None:
        octets += b"\r\nCall-ID: ", value
    if (value := head.first(b"cseq")) is not None:
        octets += b"\r\nCSeq: ", value
    octets += b"\r\n", fields, b"Content-Length: 0\r\n\r\n"
    return b"".join(octets)


def timestamp(head: Head, delay_s: float) -> bytes:
    """Return the Timestamp line of a 100: the client's own time, and how long it has waited.

    RFC 3261 section 8.2.6.1; without one in the request there is none.
    """
    value = head.first(b"timestamp")
    found = value and _TIMESTAMP.match(value)
    return b"Timestamp: %b %.3f\r\n" % (found[0], delay_s) if found else b""


def warning(why: str) -> bytes:
    """Return the header line that tells a person why (RFC 3261 section 20.43)."""
    text = re.sub(r"[^ !#-\[\]-~]", "?", why)
    return b'Warning: 399 enumd "%b"\r\n' % text.encode()
