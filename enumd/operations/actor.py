"""Who acts, in which role and through which door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """As what somebody acts; `rights` says what that allows."""

    OPERATOR = "operator"
    REGISTRAR = "registrar"
    HOLDER = "holder"
    READER = "reader"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts. The owner of a home acts as operator: local use needs no account."""

    party: str | None
    """The name the registry has, or the user of this machine; None is nobody in particular."""
    door: str
    role: Role = Role.ANYBODY
    scopes: frozenset[str] | None = None
    """The operations that the token is good for by which somebody acts; None: no limit."""
