"""The start line and the header fields of a message, read as lazily as they are needed."""

from __future__ import annotations

import re
from typing import Final

from enumd.errors import BrokenRequest
from enumd.sip.syntax import split_list

_COMPACT: Final = {
    b"a": b"accept-contact",
    b"b": b"referred-by",
    b"c": b"content-type",
    b"d": b"request-disposition",
    b"e": b"content-encoding",
    b"f": b"from",
    b"i": b"call-id",
    b"j": b"reject-contact",
    b"k": b"supported",
    b"l": b"content-length",
    b"m": b"contact",
    b"n": b"identity-info",
    b"o": b"event",
    b"r": b"refer-to",
    b"s": b"subject",
    b"t": b"to",
    b"u": b"allow-events",
    b"v": b"via",
    b"x": b"session-expires",
    b"y": b"identity",
}
"""RFC 3261 section 7.3.3 and the letters registered since."""

_USUAL: Final = (
    b"Via From To Call-ID CSeq Contact Max-Forwards Content-Length Content-Type Allow Supported "
    b"Require Route Record-Route User-Agent Subject Accept Expires Authorization Timestamp Date"
).split()

_SPELLINGS: Final = {
    **_COMPACT,
    **{name.upper(): full for name, full in _COMPACT.items()},
    **{name: name.lower() for name in _USUAL},
}
"""How names are mostly written, so that the others alone cost a conversion."""

# RFC 3261 section 7.3.1: a line that begins with white space goes on from the one before.
_LINE_END: Final = re.compile(rb"\r?\n(?![ \t])")

# Folded lines keep their CRLF + white space; anything else that could end a line early is no part
# of a value and must never be echoed into a response.
_STRAY_CR: Final = re.compile(rb"\r(?!\n)")
_FOLD: Final = re.compile(rb"\r?\n")

_LENGTH: Final = re.compile(rb"[0-9]{1,10}")


class Head:
    """The start line and the header fields, by lower-case full name, in the order they came.

    Every octet string makes a head: what is no header field is left out, as RFC 3261 section 8.2.2
    asks. Values are the octets that came, folding and all, with the white space around them gone.
    """

    __slots__ = ("_rows", "start_line")

    def __init__(self, octets: bytes) -> None:
        """Read *octets*, the message up to the empty line."""
        lines = _lines(octets)
        self.start_line = lines[0]
        rows: dict[bytes, list[bytes]] = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            full = _SPELLINGS.get(name) or _full_name(name)
            if full in rows:
                rows[full].append(value.strip())
            else:
                rows[full] = [value.strip()]
        self._rows = rows

    def rows(self, name: bytes) -> list[bytes]:
        """Return the values of the header fields called *name*, one for each of its lines."""
        return self._rows.get(name, [])

    def first(self, name: bytes) -> bytes | None:
        """Return the value of the first header field called *name*, or None."""
        rows = self._rows.get(name)
        return rows[0] if rows else None

    def elements(self, name: bytes) -> list[bytes]:
        """Return the elements of a list field, over all its lines (RFC 3261 section 7.3.1)."""
        return [element for row in self.rows(name) for element in split_list(row)]

    def content_length(self) -> int | None:
        """Return how many octets the body has, or None when that is not said.

        Raises:
            BrokenRequest: it is not a number, or said twice and differently (RFC 4475 3.3.9).
        """
        rows = self._rows.get(b"content-length")
        if not rows:
            return None
        if not all(_LENGTH.fullmatch(row) for row in rows):
            raise BrokenRequest(400, "Content-Length is not a number of octets")
        if len({int(row) for row in rows}) > 1:
            raise BrokenRequest(400, "Content-Length is given twice and differs")
        return int(rows[0])


def _lines(octets: bytes) -> list[bytes]:
    """Return the lines of a head, folded ones in one piece."""
    ends = octets.count(b"\n")
    if octets.count(b"\r") == ends == octets.count(b"\r\n") and not (
        b"\n " in octets or b"\n\t" in octets
    ):
        return octets.split(b"\r\n")
    # A line that ends with LF alone is taken as one (people type messages into netcat).
    octets = _STRAY_CR.sub(b" ", octets)
    return [_FOLD.sub(b"\r\n", line) for line in _LINE_END.split(octets)]


def _full_name(name: bytes) -> bytes:
    """Return a header name in full and in lower case; white space may stand before the colon."""
    lower = name.strip().lower()
    return _COMPACT.get(lower, lower)
