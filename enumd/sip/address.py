"""Addresses in From, To and Contact (RFC 3261 section 20.10)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from enumd.errors import BrokenRequest
from enumd.sip.syntax import PARAMETERS, QUOTED, TOKEN, parameters, unquote

# name-addr    = [ display-name ] LAQUOT addr-spec RAQUOT
# display-name = *( token LWS ) / quoted-string
# addr-spec    = SIP-URI / SIPS-URI / absoluteURI, and without "<>" it has no comma, "?" or
#                semicolon (RFC 3261 section 20): those belong to the header field.
#
# An address is mostly copied into the answer and nothing else, so what is only to be copied may be
# written as people do: a display name without quotes that should have them (Jürgen, Ada (home)),
# and a semicolon too many. A comma would separate two addresses, and stays refused.
_ADDRESS: Final = re.compile(
    rb"(?:(" + QUOTED + rb'|[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f"<>,;]*+)\s*+'
    rb'<([A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20\x7f<>"]++)>|([A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20\x7f<>",;?]++))'
    rb"(" + PARAMETERS + rb"(?:\s*+;" + PARAMETERS + rb")*+)\s*+",
    re.DOTALL,
)

# What nearly every client writes, and the whole of it.
_USUAL: Final = re.compile(
    rb'(?:"[^"\\]*+" ?)?<([A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20\x7f<>"]++)>(?:;tag=('
    + TOKEN
    + rb"++))?+"
)


class NameAddress(NamedTuple):
    """One address: a display name, a URI, and the parameters of the header field."""

    display: bytes
    uri: str
    parameters: dict[bytes, bytes | None]

    @classmethod
    def parse(cls, value: bytes) -> NameAddress:
        """Return the address written in *value*.

        Raises:
            BrokenRequest: an unterminated quoted string, spaces in the URI, several addresses, or
                anything else that is no address.
        """
        found = _ADDRESS.fullmatch(value)
        if found is None:
            raise BrokenRequest(400, "an address cannot be read")
        display, bracketed, bare, rest = found.groups()
        uri = (bracketed or bare).decode("latin-1")
        return cls(unquote((display or b"").strip()), uri, dict(parameters(rest)))


def party(value: bytes, field: str) -> tuple[bytes, bytes]:
    """Return URI and tag in *value*, a From or a To; no tag is empty (RFC 3261 section 19.3).

    Raises:
        BrokenRequest: *value* is no address; *field* is named in the reason.
    """
    if usual := _USUAL.fullmatch(value):
        return usual[1], usual[2] or b""
    try:
        address = NameAddress.parse(value)
    except BrokenRequest:
        raise BrokenRequest(400, f"the {field} header field cannot be read") from None
    return address.uri.encode("latin-1"), address.parameters.get(b"tag") or b""
