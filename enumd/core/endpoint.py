"""Endpoints: the ways to be reached that a number's holder publishes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import dns.name

from enumd.core.enumservice import Enumservice
from enumd.core.literal import CLOSING, OPENING, write_literal
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import ORDER, Reason
from enumd.core.naptr_use import judge
from enumd.core.number import Number
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadNaptr, RecordError

PREFERENCE_STEP: Final = 10
"""The distance of preferences given without asking, so that one fits between two."""

_FIXED_OCTETS: Final = 12
"""What a record has before its RDATA, its owner a pointer (RFC 1035 section 4.1.3)."""


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

    @classmethod
    def from_naptr(cls, naptr: Naptr, number: Number) -> Endpoint:
        """Return what somebody else's record says of *number*, in the one form used here.

        Raises:
            BadNaptr: it cannot be used, or holds several Enumservices (take `all_from_naptr`).
        """
        endpoints = cls.all_from_naptr(naptr, number)
        if len(endpoints) > 1:
            names = ", ".join(str(endpoint.service) for endpoint in endpoints)
            raise BadNaptr([Reason("M-02", f"several Enumservices: {names}")], str(naptr))
        return endpoints[0]

    @classmethod
    def all_from_naptr(cls, naptr: Naptr, number: Number) -> tuple[Endpoint, ...]:
        """Return an endpoint for each Enumservice of a record, all with its preference.

        The substitution is applied to *number*, so any delimiter, back-references and the syntax of
        RFC 2916 can be taken; a non-terminal cannot, as it leads to another name.

        Raises:
            BadNaptr: nothing in it can be used; the error has every reason.
        """
        judgement = judge(naptr, str(number))
        reasons = list(judgement.reasons)
        if judgement.referral is not None:
            reasons.append(Reason("S-07", "a non-terminal refers to another name"))
        endpoints = []
        for use in judgement.uses:
            try:
                endpoints.append(cls(use.service, use.uri, naptr.preference))
            except BadEnumservice as error:
                reasons.append(Reason("S-25", f"{use.service}: {error.why}"))
        if not endpoints:
            raise BadNaptr(reasons, str(naptr))
        return tuple(endpoints)

    def naptr(self) -> Naptr:
        """Return the record this endpoint publishes as."""
        return Naptr(
            ORDER,
            self.preference,
            b"u",
            self.service.services_field.encode(),
            write_literal(self.uri.text).encode(),
            dns.name.root,
        )

    def rdata(self) -> bytes:
        """Return the RDATA of that record; this runs once an endpoint of every number imported."""
        return rdata_of(self.preference, str(self.service), self.uri.text)


def rdata_of(preference: int, service: str, uri: str) -> bytes:
    """Return the RDATA of an endpoint's record from the text of its parts, which are not checked.

    Publishing takes millions of them from the registry, where nothing but endpoints can be.
    """
    octets = f"{OPENING}{uri}{CLOSING}".encode()  # a call here would cost as much again
    return b"".join(
        (
            b"\0\x64",
            preference.to_bytes(2, "big"),
            _flags_and_services(service),
            len(octets).to_bytes(1, "big"),
            octets,
            b"\0",
        )
    )


def record_octets(service: str, uri: str) -> int:
    """Return how many octets of an answer the record of an endpoint takes."""
    return _FIXED_OCTETS + len(rdata_of(0, service, uri))


@lru_cache(maxsize=1024)
def _flags_and_services(service: str) -> bytes:
    """Return flags and services as character-strings; remembered, as imports repeat a few."""
    services = f"E2U+{service}".encode()
    return b"\x01u" + len(services).to_bytes(1, "big") + services
