"""Recovery codes, hold tokens, and all the randomness of the registry.

A recovery code is what a holder keeps: twelve characters of Crockford's base 32 (no I, L, O, U),
60 bits, in three groups to be read aloud. The registry keeps its scrypt hash alone. With 60 bits
behind it the hash needs little cost: 4 MiB and about 8 ms a guess make 2**59 guesses
146 million years of one core.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final, NamedTuple

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_GROUPS: Final = 3
_GROUP: Final = 4
_COST: Final = 12
"""Logarithm of scrypt's N."""
_TOKEN: Final = 20
"""Characters of a hold token: 100 bits, which a plain hash protects."""

# What people write for the letters the alphabet leaves out.
_READINGS: Final = str.maketrans("ILO", "110", "- \t")
_STORED: Final = re.compile(r"\$scrypt\$ln=(\d+),r=8,p=1\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)")


class Issued(NamedTuple):
    """A new recovery code: what the holder keeps, and what the registry keeps."""

    code: str
    stored: str


def issue() -> Issued:
    """Return a new recovery code with its hash; issue it before a lock is taken, it takes 8 ms."""
    code = new_code()
    return Issued(code, hash_code(code))


def new_code() -> str:
    """Return a new recovery code, such as `7KQ2-MM4T-XP0R`."""
    return "-".join(_characters(_GROUP) for _ in range(_GROUPS))


def hash_code(code: str) -> str:
    """Return what the registry keeps of *code*: cost, salt and hash in one line."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(normalise(code), salt, _COST)
    texts = [base64.b64encode(octets).decode() for octets in (salt, digest)]
    return f"$scrypt$ln={_COST},r=8,p=1${texts[0]}${texts[1]}"


def verify_code(code: str, stored: str | None) -> bool:
    """Tell whether *code* is the one *stored* was made of; the time it takes tells nothing more.

    A number without a code, as imports make them, matches none.
    """
    match = _STORED.fullmatch(stored or "")
    if match is None:
        return False
    salt, digest = (base64.b64decode(text) for text in match.group(2, 3))
    return hmac.compare_digest(_scrypt(normalise(code), salt, int(match[1])), digest)


def normalise(code: str) -> str:
    """Return *code* as it was given out, whatever case, hyphens and look-alikes were typed.

    >>> normalise("7kq2 mm4t-xpOr")
    '7KQ2MM4TXP0R'
    """
    return code.upper().translate(_READINGS)


def new_token() -> str:
    """Return a new token for a hold; it never begins with a hyphen."""
    return "h_" + _characters(_TOKEN)


def hash_token(token: str) -> bytes:
    """Return what the registry keeps of a hold's token."""
    return hashlib.sha256(token.strip().encode()).digest()


def verify_token(token: str, stored: bytes) -> bool:
    """Tell whether *token* is the one *stored* was made of, in constant time."""
    return hmac.compare_digest(hash_token(token), stored)


def random_below(limit: int) -> int:
    """Return a random integer from 0 to *limit* - 1."""
    return secrets.randbelow(limit)


def _characters(count: int) -> str:
    """Return random characters of the alphabet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _scrypt(code: str, salt: bytes, cost: int) -> bytes:
    """Return the scrypt hash of *code*."""
    return hashlib.scrypt(code.encode(), salt=salt, n=1 << cost, r=8, p=1, dklen=32)
