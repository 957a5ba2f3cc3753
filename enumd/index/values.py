"""What is published at one name, and the octets of that in the tables `names` and `others`.

A value is a flags octet; `not_after` (4 octets, unsigned seconds since 1970) where the flag says
so; then the body, plain or as the number of a dictionary (1 octet) and a zstd frame without magic,
as a flag says. The body is the count of the records (2 octets, ANCOUNT as it goes on the wire);
where the flag SIGNED says so, the octets of all signatures (2 octets); then the records, owner =
pointer 0xC00C, and after them the signatures, which are RRSIG records of the same form. A count of
0 is a name that exists and owns nothing: it answers NODATA.

`hot` reads what is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag

Deflate = Callable[[bytes], bytes]
"""Turns the body of a value into the number of a dictionary and a frame."""
Inflate = Callable[[bytes], bytes]
"""Turns a frame, without that number, back into the body."""


class Flag(IntFlag):
    """The flags octet of a value."""

    NOT_AFTER = 1
    """Four octets follow: the first second at which this is not answered any more."""
    MIXED = 2
    """The name owns something besides NAPTRs; only the general path may answer."""
    CUT = 4
    """The name owns NS (or DNAME): whatever is asked below it ends here. Comes with MIXED."""
    COMPRESSED = 8
    """The number of a dictionary and a zstd frame follow instead of the plain body."""
    SIGNED = 16
    """There are signatures behind the records."""
    ENTRY = 32
    """More is known of this number in the table `entries`; only the general path may answer."""


_NOT_AFTER, _MIXED, _CUT, _COMPRESSED, _SIGNED, _ENTRY = (int(flag) for flag in Flag)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything published at one name, as it goes on the wire.

    *records* holds *count* records one after the other, each with `records.OWNER` as its owner.
    """

    count: int
    records: bytes
    not_after_s: int = 0
    """0, or the first second (since 1970) at which this is not answered any more."""
    mixed: bool = False
    cut: bool = False
    signatures: bytes = b""
    """The RRSIG records of those records, in the same form; they are not counted."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field, and a cut that is not mixed."""
        if not 0 <= self.count < 1 << 16 or not 0 <= self.not_after_s < 1 << 32:
            raise ValueError(f"count {self.count} or not_after {self.not_after_s} does not fit")
        if len(self.signatures) >= 1 << 16:
            raise ValueError(f"{len(self.signatures)} octets of signatures do not fit")
        if self.cut and not self.mixed:
            raise ValueError("a cut owns NS or DNAME, so it is mixed")

    @property
    def flags(self) -> int:
        """Return the flags that say what this answer is, not how it is stored."""
        # Plain integers: `|` on an IntFlag costs more than all the rest of packing an answer.
        return (
            bool(self.not_after_s) * _NOT_AFTER
            | self.mixed * _MIXED
            | self.cut * _CUT
            | bool(self.signatures) * _SIGNED
        )

    @property
    def body(self) -> bytes:
        """Return the answer as it is stored before compression."""
        count = self.count.to_bytes(2, "big")
        if not self.signatures:
            return count + self.records
        return count + len(self.signatures).to_bytes(2, "big") + self.records + self.signatures


def pack_value(answer: Answer, deflate: Deflate | None = None) -> bytes:
    """Return *answer* as the tables `names` and `others` hold it.

    It is compressed by *deflate* where that saves octets; plain without one.
    """
    flags, body = answer.flags, answer.body
    if deflate is not None and len(packed := deflate(body)) < len(body):
        flags, body = flags | _COMPRESSED, packed
    until = answer.not_after_s.to_bytes(4, "big") if answer.not_after_s else b""
    return bytes([flags]) + until + body


def flag_entry(value: bytes, *, there: bool) -> bytes:
    """Return *value* saying whether the table `entries` knows more of its number."""
    flags = value[0] | _ENTRY if there else value[0] & ~_ENTRY
    return bytes([flags]) + value[1:]
