"""The one line almost every line of a large zone file is, recognised without a tokenizer.

::

    7.1.0.0.6.9 300 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .

dnspython's tokenizer takes some 100 us a line, and a million numbers have three million of them.
Whatever is unusual in any way (escapes, comments, brackets, unquoted strings, units of time, a
replacement) is declined and goes to `zone_format`; a law in the tests holds that whatever is
recognised here means the same there.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import dns.name

from enumd.core.literal import CLOSING, OPENING
from enumd.core.naptr import Naptr

_STRING: Final = r'"([ !#-\[\]-~]{0,255})"'
_LINE: Final = re.compile(
    r"([0-9](?:[0-9A-Za-z._-]*[0-9A-Za-z.])?)?[ \t]+"
    r"(?:([0-9]{1,9})[ \t]+)?(?:IN[ \t]+)?NAPTR[ \t]+"
    r"([0-9]{1,5})[ \t]+([0-9]{1,5})[ \t]+"
    rf"{_STRING}[ \t]+{_STRING}[ \t]+{_STRING}[ \t]+\.[ \t]*",
    re.ASCII,
)


class NaptrLine(NamedTuple):
    """The fields of the line as they stand in it."""

    owner: str
    """"" where the line begins with a blank: the owner of the line before."""
    ttl_s: int | None
    order: int
    preference: int
    flags: str
    services: str
    regexp: str


def recognise(text: str) -> NaptrLine | None:
    """Return the fields of a plain NAPTR line, or None for everything else."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    owner, ttl_s, order, preference, flags, services, regexp = found.groups()
    if int(order) > 0xFFFF or int(preference) > 0xFFFF:
        return None
    return NaptrLine(
        owner or "",
        None if ttl_s is None else int(ttl_s),
        int(order),
        int(preference),
        flags,
        services,
        regexp,
    )


def literal_uri(line: NaptrLine) -> str | None:
    """Return the URI of a line whose expression replaces the whole number, or None."""
    regexp = line.regexp
    if line.flags not in ("u", "U") or line.services[:4].upper() != "E2U+":
        return None
    if not regexp.startswith(OPENING):
        return None
    uri = regexp[len(OPENING) : -1]
    return uri if regexp.endswith(CLOSING) and uri and CLOSING not in uri else None


def whole_naptr(line: NaptrLine) -> Naptr:
    """Return the record of the line."""
    return Naptr(
        line.order,
        line.preference,
        line.flags.encode(),
        line.services.encode(),
        line.regexp.encode(),
        dns.name.root,
    )


def digits_of(owner: str, suffix: str, relative_to: str | None) -> str | None:
    """Return the digits below the apex that *owner* means, most significant first, or None.

    *suffix* is "." and the apex in lower case with its final dot; *relative_to* the digits the
    origin has below the apex, None where it is elsewhere.
    """
    if owner.endswith("."):
        if not owner.lower().endswith(suffix):
            return None
        head, tail = owner[: -len(suffix)], ""
    elif relative_to is None:
        return None
    else:
        head, tail = owner, relative_to
    if not (head.isascii() and head[::2].isdigit()) or head[1::2].strip(".") or not len(head) & 1:
        return None
    return tail + head[::-2]
