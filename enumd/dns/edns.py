"""EDNS(0), RFC 6891: the OPT record of a query, and the one that answers it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from dns.edns import EDECode, OptionType

from enumd.core.rrset import RRType
from enumd.errors import FormError

SMALLEST_PAYLOAD_OCTETS: Final = 512
"""RFC 6891 section 6.2.3: less is taken as this; RFC 1035 section 4.2.1: the limit without OPT."""

_DO: Final = 0x8000
_OPTION: Final = struct.Struct("!HH")
_FIXED: Final = struct.Struct("!BHHIH")


@dataclass(frozen=True, slots=True)
class Edns:
    """What the OPT record of a query says."""

    payload_octets: int
    """The largest UDP reply the client takes; never below 512."""
    version: int = 0
    do: bool = False
    """DNSSEC OK (RFC 3225): copied into the reply."""
    options: tuple[tuple[int, bytes], ...] = ()
    """Code and data of each option; unknown ones are kept and ignored."""

    @classmethod
    def from_fixed(cls, rrclass: int, ttl: int) -> Edns:
        """Read the CLASS and TTL fields of an OPT record (RFC 6891 section 6.1.3)."""
        payload_octets = max(SMALLEST_PAYLOAD_OCTETS, rrclass)
        return cls(payload_octets, version=ttl >> 16 & 0xFF, do=bool(ttl & _DO))

    def asks(self, code: int) -> bool:
        """Tell whether the query carries an option of that code, whatever its data."""
        return any(option == code for option, _ in self.options)


def parse_options(rdata: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the options in the RDATA of an OPT record (RFC 6891 section 6.1.2).

    Raises:
        FormError: an option reaches beyond the RDATA.
    """
    options: list[tuple[int, bytes]] = []
    place = 0
    while place < len(rdata):
        if place + _OPTION.size > len(rdata):
            raise FormError(f"an EDNS option begins at octet {place} of {len(rdata)}")
        code, length = _OPTION.unpack_from(rdata, place)
        place += _OPTION.size
        if place + length > len(rdata):
            raise FormError(f"EDNS option {code} of {length} octets reaches beyond the record")
        options.append((code, rdata[place : place + length]))
        place += length
    return tuple(options)


def opt_record(payload_octets: int, rcode: int, *, do: bool, options: bytes = b"") -> bytes:
    """Return the OPT record of a reply: our payload size, version 0, the upper bits of *rcode*."""
    ttl = (rcode >> 4) << 24 | (_DO if do else 0)
    return _FIXED.pack(0, RRType.OPT, payload_octets, ttl, len(options)) + options


def nsid(identifier: bytes) -> bytes:
    """Return the option that names this server (RFC 5001 section 2.3)."""
    return _OPTION.pack(OptionType.NSID, len(identifier)) + identifier


def extended_error(code: EDECode) -> bytes:
    """Return the option that says why (RFC 8914 section 2), without extra text."""
    return _OPTION.pack(OptionType.EDE, 2) + code.to_bytes(2, "big")
