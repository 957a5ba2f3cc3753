"""Digest authentication (RFC 7616, RFC 8760): the nonce proves itself.

A nonce is a time, a salt and a keyed hash of both, so any worker that has the key knows its own. It
can be used again, with a higher count, until it is too old (RFC 7616 section 5.5); the digest
covers method and Request-URI, so that is good for the same call and no other.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from hmac import compare_digest
from typing import Final

from enumd.errors import BadPeer, BadUri
from enumd.sip.message import Request
from enumd.sip.nonces import NonceCounts
from enumd.sip.syntax import QUOTED, TOKEN, unquote
from enumd.sip.uri import SipUri

SALT_OCTETS: Final = 8
_TIME_OCTETS: Final = 6
_MAC_OCTETS: Final = 16

_ALGORITHMS: Final = {"SHA-256": "sha256", "MD5": "md5"}
"""The best first. The first a client knows is to be the one it takes (RFC 8760 section 2.4)."""

_PAIR: Final = re.compile(
    rb"\s*+(" + TOKEN + rb"++)\s*+=\s*+(" + QUOTED + rb"|" + TOKEN + rb"++)\s*+(?:,|\Z)", re.DOTALL
)
_CREDENTIALS: Final = re.compile(rb"(?i:Digest)\s++(.*)", re.DOTALL)
_COUNT: Final = re.compile(r"[0-9A-Fa-f]{1,8}")
_REALM: Final = re.compile(r"[ !#-\[\]-~]+")


class Proof(Enum):
    """What credentials are worth."""

    GOOD = "good"
    STALE = "right, with a nonce that is too old, or a count that was used"
    NONE = "none, or not ours, or wrong"
    MISPLACED = "made for another Request-URI"


@dataclass(frozen=True, slots=True)
class Digest:
    """The realm of a peer, who is let in, and how challenges are made."""

    realm: str
    passwords: Mapping[str, str] = field(repr=False)
    """By user name."""
    algorithms: tuple[str, ...] = tuple(_ALGORITHMS)
    """Those that are taken, in the order they are offered."""
    lifetime_s: int = 300

    def __post_init__(self) -> None:
        """Refuse a realm that cannot be quoted, and one nobody is let into."""
        if not _REALM.fullmatch(self.realm):
            raise BadPeer(f"the realm {self.realm!r} is not printable ASCII without quotes")
        if not self.passwords:
            raise BadPeer(f"nobody has a password for the realm {self.realm!r}")
        for name in self.algorithms:
            if name not in _ALGORITHMS:
                raise BadPeer(f"{name!r} in algorithms is not {' or '.join(_ALGORITHMS)}")
        if not self.algorithms:
            raise BadPeer(f"there is no algorithm for the realm {self.realm!r}")

    def challenge(self, key: bytes, now_s: float, salt: bytes, *, stale: bool = False) -> bytes:
        """Return the header lines of a 401: one challenge an algorithm, in their order.

        *key* and *salt* (8 octets) are secret and random; RFC 7616 section 3.3.
        """
        nonce = self._nonce(key, int(now_s), salt).decode()
        rest = f'nonce="{nonce}", qop="auth"{", stale=true" if stale else ""}'
        return "".join(
            f'WWW-Authenticate: Digest realm="{self.realm}", algorithm={name}, {rest}\r\n'
            for name in self.algorithms
        ).encode()

    def prove(self, request: Request, key: bytes, now_s: float, counts: NonceCounts) -> Proof:
        """Tell what the credentials in *request* are worth; those for others are nothing here.

        Of several for this realm the best counts: a client may answer every challenge.
        """
        best = Proof.NONE
        for row in request.head.rows(b"authorization"):
            found = _CREDENTIALS.fullmatch(row)
            given = _pairs(found[1]) if found else {}
            if given.get("realm") == self.realm:
                proof = self._judge(given, request, key, now_s)
                if proof is Proof.GOOD and not _is_new(given, request, counts):
                    proof = Proof.STALE
                best = max(best, proof, key=_WORTH.index)
        return best

    def _judge(self, given: dict[str, str], request: Request, key: bytes, now_s: float) -> Proof:
        """Tell what credentials for this realm are worth, but for their count (RFC 7616 3.4)."""
        age_s = self._age_s(given.get("nonce", ""), key, now_s)
        name = given.get("algorithm", "MD5").upper()
        algorithm = _ALGORITHMS[name] if name in self.algorithms else None
        if age_s is None or algorithm is None or given.get("qop", "").lower() != "auth":
            return Proof.NONE
        # RFC 7616 section 3.4: both MUST be there with a qop.
        if not (given.get("cnonce") and _COUNT.fullmatch(given.get("nc", ""))):
            return Proof.NONE
        password = self.passwords.get(given.get("username", ""))
        # An unknown user costs the same time as a known one.
        wanted = _response(algorithm, given, password or "", request.method)
        if not compare_digest(wanted, given.get("response", "").lower().encode(errors="replace")):
            return Proof.NONE
        if password is None:
            return Proof.NONE
        if not _same_uri(given.get("uri", ""), request):
            return Proof.MISPLACED
        return Proof.GOOD if age_s <= self.lifetime_s else Proof.STALE

    def _nonce(self, key: bytes, at_s: int, salt: bytes) -> bytes:
        """Return the nonce made in second *at_s*."""
        octets = at_s.to_bytes(_TIME_OCTETS, "big") + salt
        seal = hashlib.blake2b(
            octets + self.realm.encode(), key=key, digest_size=_MAC_OCTETS, person=b"enumd nonce"
        )
        return urlsafe_b64encode(octets + seal.digest())

    def _age_s(self, nonce: str, key: bytes, now_s: float) -> float | None:
        """Return how old a nonce of ours is, or None for anybody else's."""
        try:
            octets = urlsafe_b64decode(nonce)
        except ValueError:
            return None
        at_s = int.from_bytes(octets[:_TIME_OCTETS], "big")
        ours = self._nonce(key, at_s, octets[_TIME_OCTETS : _TIME_OCTETS + SALT_OCTETS])
        if not compare_digest(ours, nonce.encode(errors="replace")):
            return None
        return now_s - at_s


_WORTH: Final = (Proof.NONE, Proof.MISPLACED, Proof.STALE, Proof.GOOD)
"""Of several proofs the last of these counts."""


def _is_new(given: dict[str, str], request: Request, counts: NonceCounts) -> bool:
    """Tell whether the count in good credentials is one that was not used before."""
    itself = b"\n".join((request.call_id, b"%d" % request.sequence, request.via.octets))
    return counts.take(given["nonce"], int(given["nc"], 16), itself)


def _pairs(text: bytes) -> dict[str, str]:
    """Return the parameters of credentials, or none where they cannot be read."""
    pairs: dict[str, str] = {}
    place = 0
    while place < len(text):
        found = _PAIR.match(text, place)
        if found is None:
            return {}
        pairs[found[1].decode().lower()] = unquote(found[2]).decode(errors="surrogateescape")
        place = found.end()
    return pairs


def _response(algorithm: str, given: dict[str, str], password: str, method: str) -> bytes:
    """Return the response that proves *password* (RFC 7616 section 3.4.1, qop "auth")."""

    def digest(*parts: str) -> str:
        text = ":".join(parts).encode(errors="surrogateescape")
        return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()

    value = {name: given.get(name, "") for name in ("username", "realm", "nonce", "nc", "cnonce")}
    secret = digest(value["username"], value["realm"], password)
    rest = (value["nonce"], value["nc"], value["cnonce"], given["qop"])
    return digest(secret, *rest, digest(method, given.get("uri", ""))).encode()


def _same_uri(text: str, request: Request) -> bool:
    """Tell whether the digest was made for the Request-URI (RFC 7616 section 3.4.6)."""
    if text == request.uri.text:
        return True
    try:
        return isinstance(request.uri, SipUri) and request.uri.same_as(SipUri(text))
    except BadUri:
        return False
