"""The entries of a zone file: one line each, or more where brackets hold them together.

RFC 1035 section 5.1. Rules for this file: an entry is found without understanding it, and a bracket
that is never closed spoils the line it stands on, not the rest of the file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from enumd.registry.files.rows import Refusal

MAX_ENTRY_LINES: Final = 128
MAX_ENTRY_OCTETS: Final = 1 << 18
"""A record of 65535 octets, every one written as `\\DDD`, and room to lay it out."""

_MARKS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[;()"]')

Line = tuple[int, str | Refusal]


def read_entries(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the number of the first line and the text of every entry, comments included."""
    source = ((each, _opened(each[1])) for each in lines)
    again: deque[_Measured] = deque()
    while (measured := again.popleft() if again else next(source, None)) is not None:
        (line, text), depth = measured
        if depth <= 0:
            yield line, text
            continue
        held = _held(measured, again, source)
        if held is None:
            yield line, Refusal(line, "bracket-unclosed", "line", _UNCLOSED)
        else:
            yield line, held


_Measured = tuple[Line, int]
"""A line and what `_opened` says of it, so that no line is looked through again and again."""


def _opened(text: str | Refusal) -> int:
    """Return how many brackets a line opens and does not close."""
    return 0 if isinstance(text, Refusal) or ("(" not in text and ")" not in text) else _depth(text)


def _held(first: _Measured, again: deque[_Measured], source: Iterator[_Measured]) -> str | None:
    """Return all of the entry *first* begins; None if it has no end, its lines back in *again*."""
    taken: list[_Measured] = []
    texts = [str(first[0][1])]
    depth = first[1]
    size = len(texts[0])
    while depth > 0 and len(texts) <= MAX_ENTRY_LINES and size <= MAX_ENTRY_OCTETS:
        following = again.popleft() if again else next(source, None)
        if following is None:
            break
        taken.append(following)
        (_, text), opened = following
        if isinstance(text, Refusal):
            break
        texts.append(text)
        size += len(text)
        depth += opened
    if depth > 0:
        again.extendleft(reversed(taken))
        return None
    return "\n".join(texts)


_UNCLOSED: Final = 'a "(" on this line has no ")"'


def _depth(text: str) -> int:
    """Return how many brackets *text* opens and does not close."""
    depth = 0
    for mark in _MARKS.finditer(text):
        if mark[0] == "(":
            depth += 1
        elif mark[0] == ")":
            depth -= 1
        elif mark[0] in (";", '"'):
            break
    return depth
