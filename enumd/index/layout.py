"""The heads of zones: one JSON row a zone, for it is read once a change.

`values` says what the octets at a name mean, `keys` how a name becomes a key, `entries`, `marks`
and `journal` what stands in their tables. All of it together is the layout, and has one version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.core.serial import Serial
from enumd.index.hot import unpack_value
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
from enumd.index.records import OWNER, pack_answer
from enumd.index.values import Answer, Deflate, Flag, Inflate, pack_value

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
        return replace(pack_answer(self.rrsets), mixed=True, cut=False)

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
