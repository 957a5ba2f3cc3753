"""Apexes, and the way between a number and its owner name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.name

from enumd.core.number import LONGEST, Number
from enumd.errors import BadOwnerName, NumberOutsideTree

_MOST_OCTETS: Final = 255
_PREFIX: Final = re.compile(rf"[0-9]{{0,{LONGEST - 1}}}", re.ASCII)


PUBLIC_TREE: Final = dns.name.from_text("e164.arpa.")
"""The tree of RFC 6116 section 1.2; its names say which digits they stand for."""


def parse_name(text: str) -> dns.name.Name:
    """Return the absolute domain name written in *text*; the final dot may be left out.

    Raises:
        BadOwnerName: a label over 63 octets, a name over 255, an empty label, a bad escape.
    """
    try:
        return dns.name.from_text(text)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise BadOwnerName(f"not a domain name: {error}", text) from None


@dataclass(frozen=True, slots=True)
class Apex:
    """The top of a zone and the digits it stands for.

    `e164.arpa.` stands for no digits, `4.4.e164.arpa.` and a private `uk.example.` may both stand
    for 44: RFC 6116 section 3.2 makes labels of the digits that follow.

        >>> apex = Apex(parse_name("enum.example.org"), "44")
        >>> str(apex.owner_name(Number("441632960017")))
        '7.1.0.0.6.9.2.3.6.1.enum.example.org.'
    """

    name: dns.name.Name
    prefix: str = ""

    def __post_init__(self) -> None:
        """Refuse a relative name, the root, and a prefix that is not digits."""
        if not self.name.is_absolute() or self.name == dns.name.root:
            raise BadOwnerName("an apex is an absolute name below the root", str(self.name))
        if not _PREFIX.fullmatch(self.prefix):
            raise BadOwnerName("an apex stands for digits", self.prefix)

    @classmethod
    def called(cls, name: str, prefix: str | None = None) -> Apex:
        """Return the apex called *name*; without *prefix*, one below e164.arpa has its own.

            >>> Apex.called("4.4.e164.arpa").prefix, Apex.called("enum.example.org", "+44").prefix
            ('44', '44')

        Raises:
            BadOwnerName: the name is no domain name below the root, or the prefix no digits.
        """
        apex = parse_name(name)
        if prefix is None:
            prefix = cls(PUBLIC_TREE).digits(apex) or ""
        return cls(apex, prefix.removeprefix("+"))

    @classmethod
    def parse(cls, text: str) -> Apex:
        """Return the apex written NAME[=DIGITS]; see `called`.

        Raises:
            BadOwnerName: the name is no domain name below the root, or the digits are none.
        """
        name, given, digits = text.partition("=")
        return cls.called(name, digits if given else None)

    def __str__(self) -> str:
        """Return the name in lower case, as it is stored and shown."""
        return str(self.name).lower()

    def covers(self, number: Number) -> bool:
        """Tell whether *number* has an owner name below this apex, or is the apex itself.

        A delegated number is often a zone of its own (RFC 6116 section 6): then its records stand
        at the apex, beside SOA and NS.
        """
        return number.digits.startswith(self.prefix)

    @property
    def room(self) -> int:
        """Return how many digits fit below the apex in 255 octets (RFC 1035 section 2.3.4)."""
        return (_MOST_OCTETS - len(self.name.to_wire() or b"")) // 2

    def labels(self, number: Number) -> str:
        """Return the digits of *number* that become labels, most significant first.

        There are none where the number is the apex itself.

        Raises:
            NumberOutsideTree: the number does not go on from the digits of this apex.
        """
        if not self.covers(number):
            raise NumberOutsideTree(f"{self} stands for +{self.prefix}…", str(number))
        return number.digits[len(self.prefix) :]

    def owner_name(self, number: Number) -> dns.name.Name:
        """Return the owner name of *number*: one label a digit, reversed (RFC 6116 section 3.2).

        Raises:
            NumberOutsideTree: the number does not go on from the digits of this apex.
            BadOwnerName: the apex leaves no room for the digits in 255 octets.
        """
        labels = tuple(digit.encode() for digit in reversed(self.labels(number)))
        try:
            return dns.name.Name(labels + self.name.labels)
        except dns.name.NameTooLong:
            raise BadOwnerName("no room for the number below this apex", str(self)) from None

    def digits(self, owner: dns.name.Name) -> str | None:
        """Return the digits (and `*` at the end) that *owner* has below this apex, or None.

        Most significant first; "" is the apex itself; None means that the name is elsewhere or
        not made of one-digit labels. A `*` counts only leftmost (RFC 4592 section 2.1.1).
        """
        if not owner.is_subdomain(self.name):
            return None
        labels = owner.labels[: len(owner.labels) - len(self.name.labels)]
        digits = b"".join(reversed(labels)).decode("latin-1")
        plain = digits[:-1] if labels and labels[0] == b"*" else digits
        one_each = len(digits) == len(labels)
        return digits if one_each and (not plain or (plain.isascii() and plain.isdigit())) else None

    def number(self, owner: dns.name.Name) -> Number | None:
        """Return the number *owner* belongs to, or None where it is not the name of one."""
        digits = self.digits(owner)
        if digits is None or digits.endswith("*"):
            return None
        whole = self.prefix + digits
        return Number(whole) if 0 < len(whole) <= LONGEST else None
