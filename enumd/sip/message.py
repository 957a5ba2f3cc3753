"""Requests and responses as values, read from octets and written to them (RFC 3261 section 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from enumd.errors import BrokenRequest, NotSip
from enumd.sip.address import party
from enumd.sip.head import Head
from enumd.sip.syntax import TOKEN
from enumd.sip.uri import AnyUri, request_uri
from enumd.sip.via import Via, top_via

MAX_SEQUENCE: Final = (1 << 31) - 1
"""RFC 3261 section 8.1.1.5: a CSeq number is less than 2**31."""

# Request-Line = Method SP Request-URI SP SIP-Version CRLF, single spaces and nothing else.
_REQUEST_LINE: Final = re.compile(rb"(" + TOKEN + rb"++) ([!-~]++) [Ss][Ii][Pp]/([0-9]+\.[0-9]+)")

# What is still somebody's attempt at a request, so that it gets an answer.
_ATTEMPT: Final = re.compile(
    rb"(" + TOKEN + rb"++)[ \t].*[ \t][Ss][Ii][Pp]/[0-9]++\.[0-9]++[ \t]*+", re.DOTALL
)

# Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF; the phrase may be empty.
_STATUS_LINE: Final = re.compile(rb"[Ss][Ii][Pp]/2\.0 ([1-6][0-9]{2}) ([^\r\n]*)")

_SEQUENCE: Final = re.compile(rb"([0-9]{1,32})\s++(" + TOKEN + rb"++)")
_CALL_ID: Final = re.compile(rb"[!-~\x80-\xff]++")

_ONE_LINE: Final = re.compile(rb"(?:[^\r\n]|\r\n[ \t])++")

_SINGLE: Final = (b"from", b"to", b"call-id", b"cseq", b"max-forwards")
"""Fields of which a request has one: twice is no request (RFC 4475 section 3.3.8)."""


class Request(NamedTuple):
    """A request that keeps every rule a redirect server depends on.

    Nothing else is looked at: RFC 3261 section 8.3 has a redirect server ignore what it does not
    understand, and section 8.2.2 has every server ignore broken fields that it does not need.
    """

    method: str
    uri: AnyUri
    head: Head
    body: bytes
    via: Via
    caller: bytes
    """The URI in From."""
    from_tag: bytes
    to_tag: bytes
    call_id: bytes
    sequence: int

    @classmethod
    def parse(cls, head: Head, body: bytes = b"") -> Request:
        """Return the request that *head* begins.

        Raises:
            NotSip: it is a response, or not even an attempt at a request.
            BrokenRequest: it must be refused; the error says with which status, and why.
        """
        line = _REQUEST_LINE.fullmatch(head.start_line)
        if line is None:
            raise _unusable(head)
        method = line[1].decode()
        if line[3] != b"2.0":
            raise BrokenRequest(505, "only SIP/2.0 is spoken here")
        if (name := head.repeats(_SINGLE)) is not None:
            raise BrokenRequest(400, f"{name.decode()} is given more than once")
        via = top_via(head)
        caller, from_tag = party(head.required(b"from"), "From")
        _, to_tag = party(head.required(b"to"), "To")
        call_id = head.required(b"call-id")
        if not _CALL_ID.fullmatch(call_id):
            raise BrokenRequest(400, "the Call-ID cannot be read")
        sequence = _sequence(head.required(b"cseq"), line[1])
        uri = request_uri(line[2].decode())
        return cls(method, uri, head, body, via, caller, from_tag, to_tag, call_id, sequence)


class Response(NamedTuple):
    """A response, as a client reads it."""

    status: int
    reason: bytes
    head: Head
    body: bytes

    @classmethod
    def parse(cls, head: Head, body: bytes = b"") -> Response:
        """Return the response that *head* begins.

        Raises:
            NotSip: it is none, or its status is not between 100 and 699.
        """
        line = _STATUS_LINE.fullmatch(head.start_line)
        if line is None:
            raise NotSip("not the status line of a SIP response")
        return cls(int(line[1]), line[2], head, body)


def attempted_method(head: Head) -> str:
    """Return the method of what is at least an attempt at a request, or empty."""
    line = _ATTEMPT.fullmatch(head.start_line)
    return "" if line is None else line[1].decode()


def compose(start_line: bytes, fields: Iterable[tuple[bytes, bytes]], body: bytes = b"") -> bytes:
    """Return the octets of a message; Content-Length is added.

    Raises:
        ValueError: a line end that is not folding, in the start line, a name or a value.
    """
    rows = [start_line, *(b"%b: %b" % field for field in fields), b"Content-Length: %d" % len(body)]
    for row in rows:
        if not _ONE_LINE.fullmatch(row):
            raise ValueError(f"this would be more than one line: {row!r}")
    return b"%b\r\n\r\n%b" % (b"\r\n".join(rows), body)


def _unusable(head: Head) -> BrokenRequest | NotSip:
    """Return the error for what has no proper request line."""
    if not attempted_method(head):
        return NotSip("neither a SIP request nor anything like it")
    return BrokenRequest(400, "the request line cannot be read")


def _sequence(value: bytes, method: bytes) -> int:
    """Return the sequence number of a CSeq that is *value* (RFC 3261 section 20.16)."""
    digits, _, name = value.partition(b" ")
    if name == method and digits.isdigit() and len(digits) < 10:
        return int(digits)
    found = _SEQUENCE.fullmatch(value)
    if found is None:
        raise BrokenRequest(400, "the CSeq cannot be read")
    if int(found[1]) > MAX_SEQUENCE:
        raise BrokenRequest(400, "the CSeq number does not fit 31 bits")
    if found[2] != method:
        raise BrokenRequest(400, "the methods of CSeq and request line differ")
    return int(found[1])
