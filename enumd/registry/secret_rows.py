"""Secrets that the log refers to: what stands for one, and where those are that no row has now.

A secret here is a hash: of a recovery code, or of the token of a hold. The log never says it; it
says a digest of it, which commits to the hash and tells nothing of it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy.orm import Session

from enumd.registry.schema import SecretRow

_DIGITS: Final = 32


def refer(stored: str | bytes | None) -> str | None:
    """Return what the log says in the place of *stored*, a hash as a row has it."""
    if stored is None:
        return None
    return hashlib.sha256(_octets(stored)).hexdigest()[:_DIGITS]


def keep(session: Session, stored: str | bytes | None) -> None:
    """Keep a hash that a row is about to forget, so that undoing that can bring it back."""
    if stored is not None:
        session.merge(SecretRow(reference=refer(stored), stored=_octets(stored)))


def recall(session: Session, reference: str | None) -> bytes | None:
    """Return the hash that *reference* stands for; None where it has been erased."""
    row = session.get(SecretRow, reference) if reference else None
    return None if row is None else row.stored


def _octets(stored: str | bytes) -> bytes:
    """Return a hash as octets, whichever way its column has it."""
    return stored.encode() if isinstance(stored, str) else stored
