"""What every octet of the index means. Pure: no LMDB in here.

`keys` says how a name becomes a key of the tables `names` and `others`.

Value of a name: a flags octet; `not_after` (4 octets, unsigned seconds since 1970) where the flag
says so; then the answer, plain or as the number of a dictionary (1 octet) and a zstd frame without
magic, as a flag says. The answer is the count of its records (2 octets, ANCOUNT as it
goes on the wire) and the records themselves, owner = pointer 0xC00C. A count of 0 is a name that
exists and owns nothing: it answers NODATA.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntFlag
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.keys import (
    OWN_KEY,
    is_digits,
    is_other,
    is_wildcard,
    pack_digits,
    pack_labels,
    unpack_digits,
    unpack_labels,
)

__all__ = [
    "FORMAT",
    "OWNER",
    "OWN_KEY",
    "Answer",
    "Deflate",
    "Flag",
    "Inflate",
    "Origin",
    "Zone",
    "is_digits",
    "is_other",
    "is_wildcard",
    "pack_digits",
    "pack_labels",
    "pack_value",
    "unpack_digits",
    "unpack_labels",
    "unpack_value",
]

FORMAT: Final = 2
"""Version of this layout; a reader refuses any other."""

OWNER: Final = b"\xc0\x0c"
"""Compression pointer to the question name (RFC 1035 section 4.1.4): every owner in an answer."""

_RECORD: Final = struct.Struct("!2sHHIH")

Deflate = Callable[[bytes], bytes]
"""Turns an answer's body into the number of a dictionary and a frame."""
Inflate = Callable[[bytes], bytes]
"""Turns a frame, without that number, back into the body."""


class Flag(IntFlag):
    """The flags octet of a value."""

    NOT_AFTER = 1
    """Four octets follow: the second after which this must not be answered."""
    MIXED = 2
    """The name owns something besides NAPTRs; only the general path may answer."""
    CUT = 4
    """The name owns NS (or DNAME): whatever is asked below it ends here. Comes with MIXED."""
    COMPRESSED = 8
    """The number of a dictionary and a zstd frame follow instead of the plain answer."""


_NOT_AFTER, _MIXED, _CUT, _COMPRESSED = (int(flag) for flag in Flag)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything published at one name, as it goes on the wire.

    *records* holds *count* records one after the other, each with `OWNER` as its owner.
    """

    count: int
    records: bytes
    not_after_s: int = 0
    """0, or the second (since 1970) after which this must not be answered."""
    mixed: bool = False
    cut: bool = False

    def __post_init__(self) -> None:
        """Refuse what does not fit its field, and a cut that is not mixed."""
        if not 0 <= self.count < 1 << 16 or not 0 <= self.not_after_s < 1 << 32:
            raise ValueError(f"count {self.count} or not_after {self.not_after_s} does not fit")
        if self.cut and not self.mixed:
            raise ValueError("a cut owns NS or DNAME, so it is mixed")

    @property
    def flags(self) -> int:
        """Return the flags that say what this answer is, COMPRESSED left out."""
        # Plain integers: `|` on an IntFlag costs more than all the rest of packing an answer.
        return bool(self.not_after_s) * _NOT_AFTER | self.mixed * _MIXED | self.cut * _CUT

    @property
    def body(self) -> bytes:
        """Return the answer as it is stored before compression: count and records."""
        return self.count.to_bytes(2, "big") + self.records


def pack_value(answer: Answer, deflate: Deflate | None = None) -> bytes:
    """Return *answer* as the tables `names` and `others` hold it.

    It is compressed by *deflate* where that saves octets; plain without one.
    """
    flags, body = answer.flags, answer.body
    if deflate is not None and len(packed := deflate(body)) < len(body):
        flags, body = flags | _COMPRESSED, packed
    until = answer.not_after_s.to_bytes(4, "big") if answer.not_after_s else b""
    return bytes([flags]) + until + body


def unpack_value(value: bytes, inflaters: Sequence[Inflate] = ()) -> Answer:
    """Return the answer `pack_value` packed; *inflaters* stand at the numbers of dictionaries.

    Raises:
        ValueError: the octets are no value, or name a dictionary that is not there.
    """
    try:
        flags = value[0]
        start = 5 if flags & _NOT_AFTER else 1
        body = value[start:]
        if flags & _COMPRESSED:
            body = inflaters[body[0]](body[1:])
        if len(body) < 2:
            raise ValueError("the answer ends before its count")
    except IndexError:
        raise ValueError("the value ends too early or names no dictionary") from None
    return Answer(
        count=int.from_bytes(body[:2], "big"),
        records=body[2:],
        not_after_s=int.from_bytes(value[1:5], "big") if flags & _NOT_AFTER else 0,
        mixed=bool(flags & _MIXED),
        cut=bool(flags & _CUT),
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """What a zone was made from: equal origins are equal answers, equal serials are not.

    A registry that was restored from a backup gives serials and ids out a second time, so the line
    of the log is known by its content as well.
    """

    change: int
    """The id of the zone's last change in the log of the registry."""
    line: str
    """The digest of that line of the log."""
    head: str
    """The digest of the zone's own parameters: what its SOA says."""
    names: str
    """What all names of numbers have in common, and the version of how they are rendered."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The head of a published zone: one row of the table `zones`, under the apex in wire form."""

    apex: bytes
    """The apex as uncompressed wire octets in lower case."""
    prefix: str
    """The digits the apex stands for."""
    serial: Serial
    rrsets: tuple[RRset, ...]
    """What the apex owns; SOA and NS are among them. The SOA RDATA carries *serial*, as the writer
    makes sure."""
    table: int = 0
    """The number of this zone's tables, given by the writer and never used again."""
    names: int = 0
    """How many names the zone publishes below its apex."""
    wildcards: int = 0
    """How many of them begin with `*`."""
    mixed: int = 0
    """How many of them have the flag MIXED; `others` count here too."""
    dictionaries: tuple[int, ...] = field(default=())
    """The numbers of its dictionaries: 0, 1 and so on, the newest last."""
    considered: int = 0
    """How many names there were when the writer last considered a new dictionary."""
    changed: int = 0
    """The transaction that last changed a name or the apex: heads with the same `table` are equal
    only where names and dictionaries are."""
    made_from: Origin | None = None
    """None: not known, because an enumd that did not say it yet published the zone."""
    due_s: int = 0
    """The second at which the next publication is due, because something ends; 0: nothing does."""

    def __post_init__(self) -> None:
        """Refuse an apex that is not in wire form and lower case, and dictionaries out of order."""
        if self.apex != self.apex.lower() or not self.apex.endswith(b"\0"):
            raise ValueError(f"apex {self.apex!r} is not uncompressed wire octets in lower case")
        if self.dictionaries != tuple(range(len(self.dictionaries))):
            raise ValueError(f"dictionaries are numbered from 0, not {self.dictionaries}")

    def rrset(self, rrtype: int) -> RRset | None:
        """Return the apex RRset of that type, or None."""
        return next((rrset for rrset in self.rrsets if rrset.rrtype == rrtype), None)

    @property
    def soa(self) -> RRset:
        """Return the SOA RRset, which every zone has."""
        return next(rrset for rrset in self.rrsets if rrset.rrtype == RRType.SOA)

    @property
    def told_serial(self) -> Serial | None:
        """Return the serial its SOA tells, or None where it has not one SOA as it ought to."""
        rdatas = [rdata for r in self.rrsets if r.rrtype == RRType.SOA for rdata in r.rdatas]
        # Two names and five 32-bit fields, the serial first of them (RFC 1035 section 3.3.13).
        return Serial(int.from_bytes(rdatas[0][-20:-16], "big")) if len(rdatas) == 1 else None

    @property
    def answer(self) -> Answer:
        """Return all apex RRsets as one answer: how the journal tells of them."""
        records = [
            _RECORD.pack(OWNER, rrset.rrtype, 1, rrset.ttl_s, len(rdata)) + rdata
            for rrset in self.rrsets
            for rdata in rrset.rdatas
        ]
        return Answer(len(records), b"".join(records), mixed=True, cut=False)

    def to_octets(self) -> bytes:
        """Return the row as JSON; a zone is read once a change, so clarity beats octets here."""
        row = {
            "prefix": self.prefix,
            "serial": self.serial.value,
            "rrsets": [[r.rrtype, r.ttl_s, [d.hex() for d in r.rdatas]] for r in self.rrsets],
            "table": self.table,
            "names": self.names,
            "wildcards": self.wildcards,
            "mixed": self.mixed,
            "dictionaries": list(self.dictionaries),
            "considered": self.considered,
            "changed": self.changed,
            "made_from": None if self.made_from is None else asdict(self.made_from),
            "due_s": self.due_s,
        }
        return json.dumps(row, separators=(",", ":")).encode()

    @classmethod
    def from_octets(cls, apex: bytes, octets: bytes) -> Zone:
        """Read what `to_octets` wrote; *apex* is the key it stood under."""
        row = json.loads(octets)
        return cls(
            apex=apex,
            prefix=row["prefix"],
            serial=Serial(row["serial"]),
            rrsets=tuple(
                RRset(rrtype, ttl_s, tuple(map(bytes.fromhex, rdatas)))
                for rrtype, ttl_s, rdatas in row["rrsets"]
            ),
            table=row["table"],
            names=row["names"],
            wildcards=row["wildcards"],
            mixed=row["mixed"],
            dictionaries=tuple(row["dictionaries"]),
            considered=row["considered"],
            changed=row["changed"],
            made_from=Origin(**made_from) if (made_from := row.get("made_from")) else None,
            due_s=row.get("due_s", 0),
        )
