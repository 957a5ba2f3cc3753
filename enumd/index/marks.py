"""Where in a zone a miss needs a closer look: at wildcards, cuts and names of other labels.

Nearly every question for a name that is not there is decided by one look at its neighbour in the
table `names`. Three things make more of it, and each but below or above one name:

- a wildcard, or a `*` with more labels to its left, has a say in what is missing below its parent;
- a cut (NS, DNAME) has the say over all below it;
- a name of digits with another label to their left lets all of these digits' beginnings exist.

Their keys stand in the table `marks`, which the writer keeps. A reader makes of them a list of
bounds of keys: from the first to the second, from the third to the fourth and so on, a miss is to
be looked at closer, and elsewhere it is not. That list is short: where there are many marks they
are taken together, by the digits they begin with.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import lmdb

from enumd.index.keys import (
    FIRST_OTHER,
    INNER_STAR,
    STAR,
    is_other,
    is_wildcard,
    pack_nibbles,
)
from enumd.index.values import Answer

MOST: Final = 512
"""How many marks of a zone are told apart."""

EVERYWHERE: Final = (b"",)
"""The bounds within which every key is."""

_DIGITS: Final = b"123456789a"
_DEPTHS: Final = (12, 9, 7, 6, 5, 4, 3, 2, 1)
"""By so many digits marks are taken together, the first that leaves few enough."""

_Span = tuple[bytes, bytes]
"""The first key, and the first behind it."""


def is_mark(key: bytes, answer: Answer) -> bool:
    """Tell whether a name, as it is published, is one of the three."""
    if is_other(key):
        return key < FIRST_OTHER or hexlify(key).startswith(INNER_STAR)
    return answer.cut or is_wildcard(key)


def read_bounds(cursor: lmdb.Cursor[bytes]) -> tuple[bytes, ...]:
    """Return the bounds that the marks of a zone make."""
    keys = list(islice(cursor.iternext(values=False), MOST + 1))
    if len(keys) <= MOST:
        return _join(span for key in keys for span in _spans(key))
    for depth in _DEPTHS:
        stems = list(islice(_stems(cursor, depth), MOST + 1))
        if len(stems) <= MOST:
            return _join(span for stem in stems for span in (*_above(stem), _below(stem)))
    return EVERYWHERE


def _spans(key: bytes) -> Iterator[_Span]:
    """Yield where the mark *key* has a say."""
    nibbles = hexlify(key)
    digits = _leading_digits(nibbles)
    rest = nibbles[len(digits) :].rstrip(b"0")
    if is_other(key):
        yield from _above(digits)
    if rest in (b"", STAR) or rest.startswith(INNER_STAR):
        yield _below(digits)


def _stems(cursor: lmdb.Cursor[bytes], depth: int) -> Iterator[bytes]:
    """Yield the digits, at most *depth*, that marks begin with, each once and nothing below it."""
    found = cursor.first()
    while found:
        stem = _leading_digits(hexlify(cursor.key()))[:depth]
        yield stem
        found = cursor.set_range(_below(stem)[1])


def _leading_digits(nibbles: bytes) -> bytes:
    """Return the nibbles of the digits that a name begins with."""
    return nibbles[: len(nibbles) - len(nibbles.lstrip(_DIGITS))]


def _above(digits: bytes) -> Iterator[_Span]:
    """Yield the places of a name of digits and of the digits it begins with, one by one."""
    for length in range(1, len(digits) + 1):
        key = pack_nibbles(digits[:length])
        yield key, key + b"\0"


def _below(digits: bytes) -> _Span:
    """Return the place of a name of digits with all that is below it."""
    if not digits:
        return b"", b"\xff"
    # No nibble of a digit is the last there is, so the next one begins what comes behind them.
    behind = digits[:-1] + b"%x" % (int(digits[-1:], 16) + 1)
    return pack_nibbles(digits), pack_nibbles(behind)


def _join(spans: Iterable[_Span]) -> tuple[bytes, ...]:
    """Return the bounds of *spans*, those that touch or overlap made one."""
    bounds: list[bytes] = []
    for first, behind in sorted(spans):
        if bounds and first <= bounds[-1]:
            bounds[-1] = max(bounds[-1], behind)
        else:
            bounds += [first, behind]
    return tuple(bounds)
