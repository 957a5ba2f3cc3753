"""What the readers of import files say: rows to take and lines to refuse.

A million numbers pass through here, so a row is a plain tuple that `marshal` can carry to another
process. Every row begins with its key, its line and its kind::

    (key, line, ENDPOINT, service, uri, preference, order, ttl_s, turn)
                                                               a way to reach a number
    (key, line, RECORD, owner, rrtype, ttl_s, rdata)           one record at any other name
    (key, line, REFUSED, code, field, hint)                    a line about that key that is wrong
    (key, line, NOTED, code, field, hint)                      something to know about a line

*turn* is 0, and 1 or more for what an earlier part of the same record comes before.

The key is the labels of the owner name below the apex, most significant first: a digit as itself,
a leftmost `*` as ":", another label as ";", its length and its octets in hexadecimal. So every
ancestor is a prefix of its descendants and sorts right before them, exactly as in the index.
The number that the apex itself is has the key "/", which sorts before all of them; the records of
the apex have "", and so has what is said of no known key. For CSV, which knows no apex, the key is
the number's digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

ENDPOINT: Final = 0
RECORD: Final = 1
REFUSED: Final = 2
NOTED: Final = 3

Row = tuple[Any, ...]

OWN_KEY: Final = "/"
"""The key of the number that the apex itself is."""

NO_PREFERENCE: Final = -1
"""The file leaves the preference to us."""
ZONE_TTL: Final = -1
"""The number has no TTL of its own, and says so; a TTL of None says nothing."""


class RefusalKind(Enum):
    """Under which count a refused line goes."""

    INVALID = "invalid"
    """The line itself is wrong."""
    DUPLICATE = "duplicate"
    """The same file said it before."""
    CONFLICT = "conflict"
    """The registry, or another line of the file, says otherwise."""
    INCOMPLETE = "incomplete"
    """The line is right, but another line of the same number is not."""


_FAULTS: Final = {
    RefusalKind.INVALID: """
        answer-too-long bracket-unclosed class-unknown columns-too-few columns-too-many
        directive-unknown dname-repeated endpoint-too-many escape-invalid generate-invalid
        generate-too-large include-missing include-refused
        include-too-deep line-too-long lines-too-many naptr-refused number-character
        number-impossible number-missing number-not-one number-outside-zones number-spreadsheet
        number-too-long
        number-without-plus origin-missing owner-invalid owner-missing owner-outside-zone
        preference-invalid quote-unclosed rdata-invalid service-missing
        service-unknown soa-below-apex soa-repeated syntax text-encoding text-nul ttl-invalid
        type-not-data type-unknown uri-invalid uri-missing uri-scheme uri-too-long
    """,
    RefusalKind.DUPLICATE: "endpoint-repeated",
    RefusalKind.CONFLICT: """
        cname-and-other-data cut-over-numbers name-occluded number-delegated number-held
        number-loops number-quarantined number-suspended number-taken zone-ambiguous
    """,
    RefusalKind.INCOMPLETE: "number-incomplete",
}

CODES: Final = {code: fault for fault, codes in _FAULTS.items() for code in codes.split()}
"""Why a line can be refused, and under which count it then goes."""

NOTES: Final = frozenset(
    (
        "header-repeated",
        "minimum-idle",
        "naptr-astray",
        "number-cleaned",
        "number-trunk-zero",
        "record-repeated",
        "signature-left-out",
        "text-cleaned",
        "transport-tls",
        "ttl-differs",
    )
)
"""What can be worth knowing of a line that is taken, or left out without harm."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line that was not taken, and what its sender can do about it."""

    line: int
    code: str
    """Stable; the files in `zones/bad/` are named after it."""
    field: str
    """The column, or the part of the record, that is wrong."""
    hint: str

    @property
    def fault(self) -> RefusalKind:
        """Return the count this refusal goes under."""
        return CODES[self.code]


class EntryError(Exception):
    """A line cannot be taken; whoever reads the file turns this into a `Refusal`."""

    def __init__(self, code: str, field: str, hint: str) -> None:
        """Keep what a refusal says, all but the line."""
        super().__init__(code, field, hint)
        self.code = code
        self.field = field
        self.hint = hint

    def at(self, line: int) -> Refusal:
        """Return the refusal of *line*."""
        return Refusal(line, self.code, self.field, self.hint)


def refused(key: str, refusal: Refusal) -> Row:
    """Return *refusal* as the row that stands for it on its way to the registry."""
    return (key, refusal.line, REFUSED, refusal.code, refusal.field, refusal.hint)


def noted(key: str, line: int, code: str, field: str, hint: str) -> Row:
    """Return the note *code* about *line* as a row on its way to the registry."""
    return (key, line, NOTED, code, field, hint)


def key_of(labels: tuple[bytes, ...]) -> str:
    """Return the key of the labels an owner name has below its apex, leftmost label first.

    >>> key_of((b"*", b"6", b"1"))
    '16:'
    """
    last = len(labels) - 1
    parts: list[str] = []
    for place, label in enumerate(reversed(labels)):
        if len(label) == 1 and label.isdigit():
            parts.append(label.decode())
        elif label == b"*" and place == last:
            parts.append(":")
        else:
            parts.append(f";{len(label):02x}{label.lower().hex()}")
    return "".join(parts)
