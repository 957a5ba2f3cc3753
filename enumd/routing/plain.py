"""The hot path of `decide`: from records as they are published to targets, in one pass.

`decide` alone says what is right. What is here gives the same targets for the plain cases and
declines (None) everything else; `tests/routing/test_plain.py` holds the two equal.

Plain is an answer of NAPTRs in order that each lead to a literal URI (what we publish), telephone
numbers without parameters, SIP URIs without headers and method, fewer targets than the peer tries
at most, and none of them twice. What takes a closer look at the request (whether it is a call, its
dialled parameters, the URI it came for) is the caller's.

Rule for this file: nothing the targets do not need, and nothing the property test does not cover.
"""

from __future__ import annotations

import re
from typing import Final

from enumd.core.literal import OPENING_PATTERN
from enumd.routing.context import SUPPOSED, PeerPolicy, Purpose
from enumd.routing.rules import CALLS, NO_CALLS, TELEPHONY

# A record as the index holds it: owner 0xC00C, NAPTR, IN, TTL, RDLENGTH; then ORDER, PREFERENCE,
# "u", one Enumservice and a literal URI without escapes. Whatever is nothing of the kind leaves all
# groups empty.
_RECORD: Final = re.compile(
    rb"(?s)\xc0\x0c\x00\x23\x00\x01.{6}(.{4})\x01u.E2U\+((?!p-)(?:X-)?[a-z0-9\-]{1,30})"
    rb"(?::[a-z0-9\-]{1,32})*.%b([a-z][a-z0-9+.\-]*+):([#$&-;=@-\[\]-~]++)!\0|." % OPENING_PATTERN
)
# Parameters that the rule `contact` has something to say about.
_SPECIAL: Final = re.compile(rb"(?i);(?:transport=tls|method)")
_PLUS: Final = ord("+")

_CALLS: Final = frozenset(name.encode() for name in CALLS)
_NO_CALLS: Final = frozenset(name.encode() for name in NO_CALLS)
_TELEPHONY: Final = frozenset(name.encode() for name in TELEPHONY)


class PlainTargets:
    """What `decide` makes of plain answers for one policy."""

    def __init__(self, policy: PeerPolicy) -> None:
        """Decide as *policy* asks."""
        schemes = policy.contact_schemes or SUPPOSED[Purpose.CALL]
        self._schemes = frozenset(scheme.encode() for scheme in schemes)
        self._most = policy.max_contacts
        # A telephone number stands between these, at the gateway where there is one.
        self._before_number, self._after_number = b"tel:", b""
        if policy.gateway:
            self._before_number = b"sip:"
            self._after_number = b"@%b;user=phone" % policy.gateway.encode()
        self._numbers = self._before_number[:3] in self._schemes
        self._numbers_last = "tel:" in policy.last

    def of(self, body: bytes, digits: bytes) -> dict[bytes, int] | None:
        """Return the q (in hundredths) of each target's URI for the number *digits*, in order.

        *body* is an answer as the index has it: the count of its records in two octets, then they.
        None where `decide` has to be asked, or where there is no target.
        """
        found = _RECORD.findall(body, 2)
        if len(found) != body[0] << 8 | body[1]:
            return None
        targets: dict[bytes, int] = {}
        numbers: list[tuple[bytes, bytes]] = []
        q_percent, place, before = 100, b"", b"\0"
        for its_place, kind, scheme, rest in found:
            if its_place < before:  # out of order, or no record at all
                return None
            before = its_place
            if scheme == b"tel":
                uri = self._telephone(rest, digits) if kind in _CALLS else b""
                if uri and self._numbers_last:
                    numbers.append((its_place, uri))
                    continue
            elif scheme not in self._schemes or (
                kind not in _CALLS and (scheme in _TELEPHONY or kind in _NO_CALLS)
            ):
                continue
            elif kind[:2] == b"X-" or (rest.find(b";") >= 0 and _SPECIAL.search(rest)):
                return None
            else:
                uri = scheme + b":" + rest
            if uri is None or uri in targets:
                return None
            if uri:
                if its_place != place:
                    q_percent, place = q_percent - 1, its_place
                targets[uri] = q_percent
        place = b""
        for its_place, uri in numbers:
            if uri in targets:
                return None
            if its_place != place:
                q_percent, place = q_percent - 1, its_place
            targets[uri] = q_percent
        return targets if 0 < len(targets) <= self._most else None

    def _telephone(self, number: bytes, digits: bytes) -> bytes | None:
        """Return the URI of a telephone number; empty where the peer takes none, None if unsure."""
        asked = number[1:]
        if number[0] != _PLUS or not asked.isdigit():
            return None
        if not self._numbers:
            return b""
        if asked == digits:
            number += b";enumdi"  # RFC 4759 section 4.2.3: it was asked for already
        return self._before_number + number + self._after_number
