"""The literal form of a substitution expression, `!^.*$!URI!`: it replaces any number by the URI.

All that is published has it, since every client can use it, and nearly all of what others publish.
`^.*$` matches whatever number is asked for, so the result is known without a match.
"""

from __future__ import annotations

import re
from typing import Final

OPENING: Final = "!^.*$!"
CLOSING: Final = "!"

STRING_OCTETS: Final = 255
"""A character-string has so many (RFC 1035 section 3.3)."""

URI_OCTETS: Final = STRING_OCTETS - len(OPENING) - len(CLOSING)
"""How long a URI fits into one string in this form."""

OPENING_PATTERN: Final = re.escape(OPENING.encode())
"""The opening for a pattern that takes a whole record apart."""

_EXPRESSION: Final = re.compile(rb"%b([^!\\]+)!i?" % OPENING_PATTERN)


def write_literal(uri: str) -> str:
    """Return the expression that leads any number to *uri*.

    >>> write_literal("sip:ada@example.net")
    '!^.*$!sip:ada@example.net!'
    """
    return f"{OPENING}{uri}{CLOSING}"


def read_literal(regexp: bytes) -> str | None:
    """Return the URI that *regexp* leads any number to, None where it has another form.

    The flag `i` changes nothing about it. With a backslash in it, it may refer to the number.
    """
    found = _EXPRESSION.fullmatch(regexp)
    return found[1].decode("latin-1") if found else None
