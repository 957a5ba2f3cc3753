"""Endpoints: the ways to be reached that a number's holder publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dns.name

from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.uri import Uri
from enumd.errors import RecordError

ORDER: Final = 100
"""RFC 6116 section 5.1: the ORDER is constant, and 100."""

PREFERENCE_STEP: Final = 10
"""The distance of preferences given without asking, so that one fits between two."""

MAX_ENDPOINTS: Final = 15
"""With one ECDSA signature, 15 records of 68 octets are the last that fit 1232 octets of UDP."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to reach the holder of a number, which publishes as a record every client takes.

    The record is `100 <preference> "u" "E2U+<service>" "!^.*$!<uri>!" .`: of 41 forms tried, the
    only one that eight ENUM clients agree on. A `Uri` can hold nothing that ends the expression
    early, and the Enumservice allows it, so no record made here can be refused.
    """

    service: Enumservice
    uri: Uri
    preference: int

    def __post_init__(self) -> None:
        """Refuse a URI its Enumservice does not lead to, and a preference that does not fit."""
        if not 0 <= self.preference < 1 << 16:
            raise RecordError("a preference is a number from 0 to 65535", str(self.preference))
        self.service.check(self.uri)

    @classmethod
    def parse(cls, service: str, uri: str, preference: int) -> Endpoint:
        """Return the endpoint written as text.

        Raises:
            BadEnumservice: the service is none, or neither registered nor experimental.
            BadUri: the URI is none, or not one the service leads to.
            RecordError: the preference does not fit 16 bits.
        """
        return cls(Enumservice.parse(service), Uri.parse(uri), preference)

    def naptr(self) -> Naptr:
        """Return the record this endpoint publishes as."""
        return Naptr(
            ORDER,
            self.preference,
            b"u",
            self.service.services_field.encode(),
            b"!^.*$!%b!" % self.uri.text.encode(),
            dns.name.root,
        )

    def rdata(self) -> bytes:
        """Return the RDATA of that record; this runs once an endpoint of every number imported."""
        services = self.service.services_field.encode()
        uri = self.uri.text.encode()
        return b"\0\x64%b\x01u%c%b%c!^.*$!%b!\0" % (
            self.preference.to_bytes(2, "big"),
            len(services),
            services,
            len(uri) + 7,
            uri,
        )
