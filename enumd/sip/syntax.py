"""The small grammar that SIP header fields share (RFC 3261 section 25.1), over octets.

Rules for this file: every pattern takes time linear in its text, whatever the text is, which is
why the repetitions are possessive; folded lines need no care, since CR and LF count as white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TOKEN: Final = rb"[A-Za-z0-9\-.!%*_+`'~]"
"""token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~" ): one octet."""

QUOTED: Final = rb'"(?:[^"\\]++|\\.)*+"'
"""quoted-string = SWS DQUOTE *(qdtext / quoted-pair ) DQUOTE."""

# generic-param = token [ EQUAL gen-value ]; a gen-value is a token, a host or a quoted string.
# IPv6 addresses stand in it with brackets and without (RFC 5118 section 4.5).
PARAMETERS: Final = (
    rb"(?:\s*+;\s*+"
    + TOKEN
    + rb"++(?:\s*+=\s*+(?:"
    + QUOTED
    + rb'|[^\x00-\x20\x7f;,="<>?\\]++))?+)*+'
)

_PARAMETER: Final = re.compile(
    rb";\s*+(" + TOKEN + rb"++)(?:\s*+=\s*+(" + QUOTED + rb'|[^\x00-\x20\x7f;,="<>?\\]++))?+',
    re.DOTALL,
)

# An unterminated quoted string or "<" takes the rest, so that the next one is not tried again.
_PIECE: Final = re.compile(rb'[^",<]++|"(?:[^"\\]++|\\.)*+"?+|<[^<>]*+>?+|,', re.DOTALL)


def parameters(text: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield name (in lower case) and value of the parameters in *text*, which is `PARAMETERS`."""
    for found in _PARAMETER.finditer(text):
        yield found[1].lower(), found[2]


def split_list(value: bytes) -> list[bytes]:
    """Return the elements of a comma-separated header value (RFC 3261 section 7.3.1).

    Commas within quoted strings and angle brackets separate nothing.

        >>> split_list(b'"Watson, Thomas" <sip:t@example.org>, <sip:a,b@example.org>')
        [b'"Watson, Thomas" <sip:t@example.org>', b'<sip:a,b@example.org>']
    """
    if b"," not in value:
        return [value]
    if b'"' not in value and b"<" not in value:
        return [element.strip() for element in value.split(b",")]
    ends = [*_commas(value), len(value)]
    starts = [0, *(end + 1 for end in ends)]
    return [value[start:end].strip() for start, end in zip(starts, ends, strict=False)]


def first_element(value: bytes) -> bytes:
    """Return the first element of a comma-separated header value; what follows is not looked at."""
    return value[: next(_commas(value), len(value))].strip()


def _commas(value: bytes) -> Iterator[int]:
    """Yield where the commas are that separate elements."""
    return (found.start() for found in _PIECE.finditer(value) if found[0] == b",")


def unquote(value: bytes) -> bytes:
    r"""Return what a quoted string says (RFC 3261 section 25.1), or *value* when it is none.

    >>> unquote(b'"say \\"hello\\""')
    b'say "hello"'
    """
    if value[:1] != b'"':
        return value
    return re.sub(rb"\\(.)", rb"\1", value[1:-1], flags=re.DOTALL)
