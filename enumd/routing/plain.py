"""The hot path of `decide`: from records as they are published to targets, in one pass.

`decide` alone says what is right. What is here gives the same targets for the plain cases and
declines (None) everything else; `tests/routing/test_plain.py` holds the two equal.

Plain is an answer of NAPTRs in order that each lead to a literal URI (DESIGN section 6), telephone
numbers without parameters, SIP URIs without headers and method, fewer targets than the peer tries
at most, and none of them twice. What takes a closer look at the call (its dialled parameters, the
URI it came for) is the caller's.

Rule for this file: nothing the targets do not need, and nothing the property test does not cover.
"""

from __future__ import annotations

import re
from typing import Final

from enumd.routing.context import PeerPolicy
from enumd.routing.rules import CALLS, TELEPHONY

# A record as the index holds it: owner 0xC00C, NAPTR, IN, TTL, RDLENGTH; then ORDER, PREFERENCE,
# "u", one Enumservice and a literal URI without escapes. Whatever is nothing of the kind leaves all
# groups empty.
_RECORD: Final = re.compile(
    rb"(?s)\xc0\x0c\x00\x23\x00\x01.{6}(.{4})\x01u.E2U\+((?!p-)(?:X-)?[a-z0-9\-]{1,30})"
    rb"(?::[a-z0-9\-]{1,32})*+.!\^\.\*\$!([a-z][a-z0-9+.\-]*+):([#$&-;=@-\[\]-~]++)!\0|."
)
# Parameters that the rule `contact` has something to say about.
_SPECIAL: Final = re.compile(rb"(?i);(?:transport=tls|method)")
_TEL: Final = re.compile(rb"\+[0-9]{1,15}")

_CALLS: Final = frozenset(name.encode() for name in CALLS)
_TELEPHONY: Final = frozenset(name.encode() for name in TELEPHONY)


class PlainTargets:
    """What `decide` makes of plain answers for one policy."""

    def __init__(self, policy: PeerPolicy) -> None:
        """Decide as *policy* asks."""
        self._schemes = frozenset(scheme.encode() for scheme in policy.contact_schemes)
        self._gateway = policy.gateway.encode()
        self._most = policy.max_contacts

    def of(self, body: bytes, digits: bytes) -> list[tuple[bytes, int]] | None:
        """Return URI and q (in hundredths) of each target of the number *digits*, in order.

        *body* is an answer as the index has it: the count of its records in two octets, then they.
        None where `decide` has to be asked, or where there is no target.
        """
        found = _RECORD.findall(body, 2)
        if len(found) != body[0] << 8 | body[1]:
            return None
        targets: list[tuple[bytes, int]] = []
        taken: list[bytes] = []
        q_percent, place, before = 100, b"", b"\0"
        for its_place, kind, scheme, rest in found:
            if its_place < before:  # out of order, or no record at all
                return None
            before = its_place
            if scheme == b"tel":
                uri = self._telephone(rest, digits) if kind in _CALLS else b""
            elif scheme not in self._schemes or (kind not in _CALLS and scheme in _TELEPHONY):
                continue
            elif kind[:2] == b"X-" or (rest.find(b";") > 0 and _SPECIAL.search(rest)):
                return None
            else:
                uri = scheme + b":" + rest
            if uri is None or uri in taken:
                return None
            if uri:
                if its_place != place:
                    q_percent, place = q_percent - 1, its_place
                taken.append(uri)
                targets.append((uri, q_percent))
        return targets if 0 < len(targets) <= self._most else None

    def _telephone(self, number: bytes, digits: bytes) -> bytes | None:
        """Return the URI of a telephone number, at the gateway where there is one.

        Empty where the peer takes none, None where `decide` has to say.
        """
        if not _TEL.fullmatch(number):
            return None
        if number[1:] == digits:
            number += b";enumdi"  # RFC 4759 section 4.2.3: it was asked for already
        if not self._gateway:
            return b"tel:" + number if b"tel" in self._schemes else b""
        if b"sip" not in self._schemes:
            return b""
        return b"sip:" + number + b"@" + self._gateway + b";user=phone"
