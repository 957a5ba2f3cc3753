"""NAPTR records as values (RFC 3403 section 4.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.name

from enumd.errors import BadNaptr

_OCTET: Final = re.compile(rb'["\\]|[^ -~]')


@dataclass(frozen=True, slots=True)
class Naptr:
    """The six fields of a NAPTR, each one fit for the wire; whether they make sense is not said.

    Flags, services and regexp are octets because that is what the wire carries and what other
    people's zones are full of.
    """

    order: int
    preference: int
    flags: bytes
    services: bytes
    regexp: bytes
    replacement: dns.name.Name

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        reasons = []
        for field, number in (("order", self.order), ("preference", self.preference)):
            if not 0 <= number < 1 << 16:
                reasons.append(f"the {field} {number} is no number from 0 to 65535")
        fields = (("flags", self.flags), ("services", self.services), ("regexp", self.regexp))
        for field, octets in fields:
            if len(octets) > 255:
                reasons.append(f"the {field} field has {len(octets)} octets, and 255 fit")
        if not self.replacement.is_absolute():
            reasons.append(f"the replacement {self.replacement} is no absolute name")
        if reasons:
            raise BadNaptr(reasons, str(self))

    @classmethod
    def from_rdata(cls, octets: bytes) -> Naptr:
        """Return the NAPTR in RDATA whose replacement is not compressed (RFC 3597 section 4).

        Raises:
            BadNaptr: octets are missing or left over, or the replacement is no name.
        """
        try:
            flags, place = _character_string(octets, 4)
            services, place = _character_string(octets, place)
            regexp, place = _character_string(octets, place)
            replacement, _ = dns.name.from_wire(octets, place)
        except (IndexError, dns.exception.DNSException) as error:
            raise BadNaptr([f"this is no NAPTR RDATA: {error}"], octets.hex()) from None
        order, preference = (int.from_bytes(octets[at : at + 2], "big") for at in (0, 2))
        naptr = cls(order, preference, flags, services, regexp, replacement)
        # A pointer, or octets after the name, would not come back the same.
        if naptr.rdata() != octets:
            raise BadNaptr([f"no plain name fills octets {place} to the end"], octets.hex())
        return naptr

    def rdata(self) -> bytes:
        """Return the RDATA, the replacement uncompressed (RFC 3403 section 4.1)."""
        strings = (self.flags, self.services, self.regexp)
        return b"".join(
            (
                self.order.to_bytes(2, "big"),
                self.preference.to_bytes(2, "big"),
                *(bytes([len(octets)]) + octets for octets in strings),
                self.replacement.to_wire() or b"",
            )
        )

    @property
    def terminal(self) -> bool:
        """Tell whether the flags field is `u`, the one that ends an ENUM query (RFC 6116 3.4.2)."""
        return self.flags in (b"u", b"U")

    def __str__(self) -> str:
        """Return the presentation form of RFC 3403 section 4.1, as a master file has it."""
        strings = (quote(self.flags), quote(self.services), quote(self.regexp))
        return " ".join(
            (str(self.order), str(self.preference), *strings, self.replacement.to_text())
        )


def _character_string(octets: bytes, place: int) -> tuple[bytes, int]:
    """Return the character-string at *place* (RFC 1035 section 3.3) and where it ends."""
    end = place + 1 + octets[place]
    return octets[place + 1 : end], end


def quote(octets: bytes) -> str:
    """Return a character-string in quotes, escaped as RFC 1035 section 5.1 says."""
    return f'"{_OCTET.sub(_escape, octets).decode("ascii")}"'


def _escape(found: re.Match[bytes]) -> bytes:
    """Return one octet escaped for a master file."""
    octet = found[0]
    return b"\\" + octet if octet in b'"\\' else b"\\%03d" % octet[0]
