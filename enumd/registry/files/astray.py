"""NAPTRs of ENUM at names where nobody will ever ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

import dns.name

from enumd.core.apex import Apex
from enumd.core.naptr import Naptr


def astray(apex: Apex, owner: dns.name.Name, rdatas: Iterable[bytes]) -> str | None:
    """Return why the NAPTRs *rdatas* at *owner* are nobody's, or None where that may be right.

    A number has one label for each digit (RFC 6116 section 3.2), a block a `*` before them. Other
    applications of DDDS may well be elsewhere.
    """
    if apex.digits(owner) or (owner == apex.name and apex.prefix):
        return None
    if not any(b"E2U" in Naptr.from_rdata(rdata).services.upper() for rdata in rdatas):
        return None
    return f"this is the name of no number{_because(apex, owner)}"


def _because(apex: Apex, owner: dns.name.Name) -> str:
    """Return what has probably happened to an owner name."""
    labels = owner.canonicalize().labels[: len(owner) - len(apex.name)]
    tree = apex.name.canonicalize().labels[:-1]
    ends = [at for at in range(len(labels)) if labels[at : at + len(tree)] == tree]
    if ends:
        whole = dns.name.Name((*labels[: ends[0] + len(tree)], b""))
        return f"; is a final dot missing? Write {whole}"
    if any(len(label) > 1 and label.isdigit() for label in labels):
        above: list[bytes] = list(takewhile(_is_digits, labels[::-1]))
        digits = b"".join(above)
        return f"; every digit is a label, the last digit first: write {_dotted(digits)}"
    return ", so nobody asks for it"


def _is_digits(label: bytes) -> bool:
    """Tell whether *label* is made of digits."""
    return label.isdigit()


def _dotted(digits: bytes) -> str:
    """Return *digits* as the labels of a number."""
    return ".".join(reversed(digits.decode()))
