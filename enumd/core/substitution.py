r"""Substitution expressions: the regexp field of a NAPTR (RFC 3402 section 3.2).

    subst-expr = delim-char ere delim-char repl delim-char *flags

The expression is matched against the AUS, and the replacement, with its `\1` to `\9`, is the whole
result: unlike in sed, what the ERE did not match of the AUS is dropped.

Rules for this file: other people's expressions run in RE2 alone, which takes linear time, and it is
given only what `enumd.core.ere` has read. RE2 is used nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import re2

from enumd.core import ere as posix
from enumd.errors import BadSubstitution

MAX_RESULT_OCTETS: Final = 2048
"""RFC 6116 section 5.1 asks for a bound on expansion; this is the answer buffer of Yate."""

_RE2_OCTETS: Final = 1 << 20
_UNPRINTABLE: Final = re.compile(r"[^ -~]")
_NO_DELIMITER: Final = frozenset("0123456789\\iI")
# A backslash and what it escapes are one piece, so a piece that is a delimiter ends a part.
_PIECE: Final = re.compile(r"\\?.", re.DOTALL)
_REPL_PIECE: Final = re.compile(r"\\.|[^\\]+")


@dataclass(frozen=True, slots=True)
class Substitution:
    r"""A substitution expression that BIND, libc and RE2 all take, and take in the same way.

    >>> Substitution.parse(r"!^\+44(.*)$!sip:\1@example.net!").apply("+441632960017")
    'sip:1632960017@example.net'
    """

    ere: str
    repl: str
    delimiter: str = "!"
    ignore_case: bool = False
    expression: posix.Ere = field(init=False, repr=False, compare=False)
    """What `ere` was read as."""
    parts: tuple[str | int, ...] = field(init=False, repr=False, compare=False)
    """The replacement: text as it is to be copied, and the numbers of back-references."""

    def __post_init__(self) -> None:
        """Refuse what a client or a secondary could refuse or misread."""
        text = str(self)
        if found := _UNPRINTABLE.search(text):
            why = "only printable ASCII reaches every client"
            raise BadSubstitution(why, text, found.start(), found.end())
        if len(self.delimiter) != 1 or self.delimiter in _NO_DELIMITER:
            raise BadSubstitution("a delimiter is no digit, backslash or i", text, 0, 1)
        if _split(text) != (self.ere, self.repl, "i" * self.ignore_case):
            raise BadSubstitution("the parts contain a bare delimiter or end in a backslash", text)
        object.__setattr__(self, "expression", _read(self.ere, text))
        object.__setattr__(self, "parts", tuple(_parts(self, text)))

    @classmethod
    def parse(cls, text: str | bytes) -> Substitution:
        """Return the substitution expression in a regexp field.

        Raises:
            BadSubstitution: it breaks RFC 3402, or engines disagree on it.
        """
        written = text if isinstance(text, str) else text.decode("latin-1")
        ere, repl, flags = _split(written)
        if strange := flags.strip("i"):
            place = written.rindex(strange[0])
            raise BadSubstitution(f'the only flag is "i", not {strange[0]!r}', written, place)
        return cls(ere, repl, written[0], bool(flags))

    @property
    def literal(self) -> bool:
        """Tell whether the result is the same for every AUS that matches."""
        return all(isinstance(part, str) for part in self.parts)

    def apply(self, aus: str) -> str | None:
        """Return the result for *aus*, or None if the expression does not match it.

        The match is the leftmost and longest (POSIX). Where an expression is ambiguous, groups are
        filled as RE2 does it, which is not always as POSIX says.

        Raises:
            BadSubstitution: the result would have more than 2048 octets.
        """
        found = _compile(self.expression.pattern, self.ignore_case).search(aus)
        if found is None:
            return None
        texts = (part if isinstance(part, str) else found[part] or "" for part in self.parts)
        result = "".join(texts)
        if len(result) > MAX_RESULT_OCTETS:
            why = f"the result has {len(result)} octets, and {MAX_RESULT_OCTETS} are allowed"
            raise BadSubstitution(why, str(self))
        return result

    def __str__(self) -> str:
        """Return the regexp field."""
        cut = self.delimiter
        return f"{cut}{self.ere}{cut}{self.repl}{cut}{'i' * self.ignore_case}"


def _split(text: str) -> tuple[str, str, str]:
    """Return ERE, replacement and flags between the delimiters that no backslash escapes."""
    if not text:
        raise BadSubstitution("there is nothing", text)
    if "\\" not in text:
        parts = text[1:].split(text[0])
    else:
        cuts = [at.start() for at in _PIECE.finditer(text, 1) if at[0] == text[0]]
        parts = [text[a + 1 : b] for a, b in pairwise((0, *cuts, len(text)))]
    if len(parts) != 3:
        why = f"{len(parts)} bare delimiters {text[0]!r} where there must be 3"
        raise BadSubstitution(why, text, 0, 1)
    return parts[0], parts[1], parts[2]


def _read(ere: str, text: str) -> posix.Ere:
    """Return what *ere* is; errors show its place in the whole expression *text*."""
    try:
        expression = posix.read(ere)
        _compile(expression.pattern, False)
    except BadSubstitution as error:
        raise BadSubstitution(error.why, text, error.start + 1, error.end + 1) from None
    except re2.error as error:
        # Nested bounds that multiply to more than 1000: libc would take gigabytes for these.
        raise BadSubstitution(f"it is too large to run: {error}", text, 1, 1 + len(ere)) from None
    return expression


def _parts(substitution: Substitution, text: str) -> Iterator[str | int]:
    """Yield the replacement cut at its back-references, escapes taken away."""
    start = len(substitution.ere) + 2
    for piece in _REPL_PIECE.finditer(substitution.repl):
        char = piece[0][-1]
        where = start + piece.start(), start + piece.end()
        if piece[0][0] != "\\":
            yield piece[0]
        elif char == substitution.delimiter:
            yield char
        elif char not in "123456789":
            why = "a backslash stands before the delimiter or a digit from 1 to 9"
            raise BadSubstitution(why, text, *where)
        elif int(char) > substitution.expression.groups:
            why = f"the ERE has {substitution.expression.groups} groups"
            raise BadSubstitution(why, text, *where)
        else:
            yield int(char)


@lru_cache(maxsize=256)
def _compile(pattern: str, ignore_case: bool) -> Any:
    """Return the RE2 program of a POSIX expression, leftmost-longest (RFC 3402 section 3.2)."""
    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.one_line = True
    options.case_sensitive = not ignore_case
    options.max_mem = _RE2_OCTETS
    options.log_errors = False
    return re2.compile(pattern, options)
