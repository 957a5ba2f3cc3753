"""Where key, get and decode of the hot paths of DNS and SIP meet: the seam of a compiled part.

What is here looks at one zone, takes digits in ASCII, most significant first, and gives a body:
the count of the records in two octets and the records, as `values` says. It answers what is plain
and declines the rest: a value that may end, that owns other types or has an entry, and a miss
where a wildcard, a cut or a name of other labels may have a say (`marks` says where that is). The
general path, `dns.lookup`, alone says what is right.

Rule for this file: nothing an answer does not need, and as few calls as Python allows.
"""

from __future__ import annotations

from binascii import hexlify
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from enumd.index.keys import INNER_STAR, STAR, TO_NIBBLES, pack_nibbles
from enumd.index.values import Answer, Flag, Inflate

StoredRow = tuple[bytes, bytes]
"""A key and a value as stored."""

NO_ROW: Final[StoredRow] = (b"", b"\0")
"""What stands beyond either end of a table, where a row is wanted all the same."""

EMPTY: Final = b"\0\0"
"""The body of a name that exists and owns nothing."""

DECLINED, HIT, WILDCARD, NODATA, ENT, NXDOMAIN = range(-1, 5)
"""What `find` finds: nothing to be sure of, or one of the outcomes of DNS."""

_COMPRESSED: Final = int(Flag.COMPRESSED)
_SIGNED: Final = int(Flag.SIGNED)
_PLAIN: Final = _COMPRESSED | _SIGNED
_NOT_AFTER: Final = int(Flag.NOT_AFTER)
_UNSURE: Final = int(Flag.NOT_AFTER | Flag.MIXED)  # CUT comes with MIXED


class HotZone(Protocol):
    """What is needed of a zone in a snapshot."""

    @property
    def get_raw(self) -> Callable[[bytes], bytes | None]:
        """What returns the value of a key of digits, or None."""

    @property
    def inflaters(self) -> Sequence[Inflate]:
        """Functions that give a frame's body back, by the number of their dictionary."""

    @property
    def careful(self) -> Sequence[bytes]:
        """Between which keys a miss needs a closer look: bounds in order, in and out by turns."""

    def at_or_after(self, key: bytes) -> StoredRow:
        """Return the first row of digits at or after *key*, or `NO_ROW`."""

    def after(self, key: bytes) -> Iterator[StoredRow]:
        """Yield the rows of all names after *key*, in order."""

    def before(self, key: bytes) -> Iterator[StoredRow]:
        """Yield the rows of all names before *key*, the last first."""


def fetch(zone: HotZone, digits: bytes) -> bytes | None:
    """Return the body of the name made of *digits*; None where it is not plain or not there."""
    value = zone.get_raw(pack_nibbles(digits.translate(TO_NIBBLES)))
    return None if value is None else decode(value, zone.inflaters)


def find(zone: HotZone, digits: bytes, naptr: bool) -> tuple[int, bytes]:
    """Return what the name made of *digits* is, and its body if it is HIT or WILDCARD.

    Without *naptr* a type is asked for that a plain name does not own, as whoever walks down to a
    number does: at an empty non-terminal, nearly always.
    """
    nibbles = digits.translate(TO_NIBBLES)
    key = pack_nibbles(nibbles)
    outcome, after = HIT, None
    if naptr:
        value = zone.get_raw(key)
    else:
        after = zone.at_or_after(key)
        value = after[1] if after[0] == key else None
    if value is None:
        outcome, value = _miss(zone, nibbles, key, after)
        if value is None:
            return outcome, b""
    body = decode(value, zone.inflaters)
    if body is None:
        return DECLINED, b""
    return (outcome if naptr and body != EMPTY else NODATA), body


def decode(value: bytes, inflaters: Sequence[Inflate]) -> bytes | None:
    """Return the body of a plain *value*, signatures left out; None: it is not plain."""
    flags = value[0]
    if flags == _COMPRESSED:
        return inflaters[value[1]](value[2:])
    if flags == 0:
        return value[1:]
    if flags & ~_PLAIN:
        return None
    return _split(_expand(value, 1, inflaters))[0]


def unpack_value(value: bytes, inflaters: Sequence[Inflate] = ()) -> Answer:
    """Return the answer `values.pack_value` packed; *inflaters* stand by number of dictionary.

    Raises:
        ValueError: the octets are no value, or name a dictionary that is not there.
    """
    try:
        flags = value[0]
        ends = flags & Flag.NOT_AFTER
        body, signatures = _expand(value, 5 if ends else 1, inflaters), b""
    except IndexError:
        raise ValueError("the value ends too early or names no dictionary") from None
    if flags & _SIGNED:
        body, signatures = _split(body)
    if len(body) < 2:
        raise ValueError("the answer ends before its count")
    return Answer(
        count=int.from_bytes(body[:2], "big"),
        records=body[2:],
        not_after_s=int.from_bytes(value[1:5], "big") if ends else 0,
        mixed=bool(flags & Flag.MIXED),
        cut=bool(flags & Flag.CUT),
        signatures=signatures,
    )


def _expand(value: bytes, start: int, inflaters: Sequence[Inflate]) -> bytes:
    """Return what *value* holds from *start* on, which the number of a dictionary may begin."""
    if value[0] & _COMPRESSED:
        return inflaters[value[start]](value[start + 1 :])
    return value[start:]


def _split(body: bytes) -> tuple[bytes, bytes]:
    """Return a body that is signed without its signatures, and those (see `values`).

    Raises:
        ValueError: it is too short for what it says.
    """
    end = len(body) - int.from_bytes(body[2:4], "big")
    if end < 4:
        raise ValueError("the answer ends before its signatures")
    return body[:2] + body[4:end], body[end:]


def _miss(
    zone: HotZone, nibbles: bytes, key: bytes, after: StoredRow | None
) -> tuple[int, bytes | None]:
    """Return the outcome for a name that is not there, and the wildcard's value where one matches.

    A next name below it makes it an empty non-terminal (RFC 4592 section 2.2.2).
    """
    careful = zone.careful
    if careful and bisect_right(careful, key) & 1:
        return _look_closer(zone, nibbles, key)
    if after is None:
        after = zone.at_or_after(key)
    if hexlify(after[0]).startswith(nibbles):
        return (DECLINED if after[1][0] & _NOT_AFTER else ENT), None
    return NXDOMAIN, None


def _look_closer(zone: HotZone, nibbles: bytes, key: bytes) -> tuple[int, bytes | None]:
    """Do the work of `_miss` where wildcards, cuts and names of other labels have a say.

    The longer prefix that the name shares with one of its neighbours in order is the closest
    encloser (RFC 4592 section 3.3.1).
    """
    after = next(zone.after(key), NO_ROW)
    above = hexlify(after[0])
    if above.startswith(nibbles):
        return (DECLINED if after[1][0] & _UNSURE else ENT), None
    before = next(zone.before(key), NO_ROW)
    # Beside a name that may end, or that may cut, redirect or hide others, look again with care.
    if (after[1][0] | before[1][0]) & _UNSURE:
        return DECLINED, None
    shared = max(_common(nibbles, above), _common(nibbles, hexlify(before[0])))
    encloser = nibbles[:shared]
    value = zone.get_raw(pack_nibbles(encloser + STAR))
    if value is not None:
        return WILDCARD, value
    inner = encloser + INNER_STAR
    hidden = hexlify(next(zone.after(pack_nibbles(inner)), NO_ROW)[0]).startswith(inner)
    return (DECLINED if hidden else NXDOMAIN), None


def _common(one: bytes, other: bytes) -> int:
    """Return how many nibbles two names have in common from the apex down."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))
