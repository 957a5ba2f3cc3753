"""The start line and the header fields of a message, read as lazily as they are needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    b"Require Proxy-Require Route Record-Route User-Agent Server Subject Accept Accept-Encoding "
    b"Accept-Language Expires Min-Expires Authorization Proxy-Authorization Timestamp Date Event "
    b"Organization Priority Privacy Session-Expires Min-SE Allow-Events Content-Disposition "
    b"P-Asserted-Identity P-Preferred-Identity P-Access-Network-Info P-Charging-Vector Reason "
    b"Diversion History-Info Remote-Party-ID Identity Call-Info Alert-Info MIME-Version"
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


class Head:
    """The start line and the header fields, by lower-case full name, in the order they came.

    Every octet string makes a head: what is no header field is left out, as RFC 3261 section 8.2.2
    asks. Values are the octets that came, folding and all, with the white space around them gone.
    """

    __slots__ = ("_repeated", "_rows", "odd", "start_line")

    def __init__(self, octets: bytes) -> None:
        """Read *octets*, the message up to the empty line."""
        lines = octets.split(b"\r\n")
        ends = len(lines) - 1
        self.odd = octets.count(b"\n") != ends or octets.count(b"\r") != ends
        """Whether CR or LF stands somewhere alone."""
        self._rows: dict[bytes, bytes] = {}
        self._repeated: dict[bytes, list[bytes]] = {}
        if self.odd or not self._read(lines):
            lines = _odd_lines(octets)
            self._read(lines)
        self.start_line = lines[0]

    def rows(self, name: bytes) -> list[bytes]:
        """Return the values of the header fields called *name*, one for each of its lines."""
        if name in self._repeated:
            return self._repeated[name]
        value = self._rows.get(name)
        return [] if value is None else [value]

    def first(self, name: bytes) -> bytes | None:
        """Return the value of the first header field called *name*, or None."""
        return self._rows.get(name)

    def has_any(self, names: frozenset[bytes]) -> bool:
        """Tell whether there is a header field called by one of *names*."""
        return not names.isdisjoint(self._rows)

    def repeats(self, names: Iterable[bytes]) -> bytes | None:
        """Return the first of *names* that stands in several rows, or None."""
        if not self._repeated:
            return None
        return next((name for name in names if name in self._repeated), None)

    def required(self, name: bytes) -> bytes:
        """Return the value of a field that every request has (RFC 3261 section 8.1.1).

        Raises:
            BrokenRequest: it is not there, or empty.
        """
        value = self._rows.get(name)
        if not value:
            raise BrokenRequest(400, f"there is no {name.decode()}")
        return value

    def elements(self, name: bytes) -> list[bytes]:
        """Return the elements of a list field, over all its lines (RFC 3261 section 7.3.1)."""
        return [element for row in self.rows(name) for element in split_list(row)]

    def content_length(self) -> int | None:
        """Return how many octets the body has, or None when that is not said.

        Raises:
            BrokenRequest: it is not a number, or said twice and differently (RFC 4475 3.3.9).
        """
        value = self._rows.get(b"content-length")
        if value is None:
            return None
        if not (value.isdigit() and len(value) <= 10):
            raise BrokenRequest(400, "Content-Length is not a number of octets")
        if self._repeated and any(row != value for row in self.rows(b"content-length")):
            raise BrokenRequest(400, "Content-Length is given twice and differs")
        return int(value)

    def _read(self, lines: list[bytes]) -> bool:
        """Read the field lines; return False as soon as one goes on from another."""
        rows = self._rows
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if (full := _SPELLINGS.get(name)) is None:
                if name[:1] in (b" ", b"\t"):
                    rows.clear()
                    self._repeated.clear()
                    return False
                full = _full_name(name)
            if full in rows:
                self._repeated.setdefault(full, [rows[full]]).append(value.strip())
            else:
                rows[full] = value.strip()
        return True


def _odd_lines(octets: bytes) -> list[bytes]:
    """Return the lines of a head that has folded ones, or line ends without CR."""
    # People type messages into netcat, so that LF alone ends a line, too.
    octets = _STRAY_CR.sub(b" ", octets)
    return [_FOLD.sub(b"\r\n", line) for line in _LINE_END.split(octets)]


def _full_name(name: bytes) -> bytes:
    """Return a header name in full and in lower case; white space may stand before the colon."""
    lower = name.strip().lower()
    return _COMPACT.get(lower, lower)
