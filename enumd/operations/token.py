"""Tokens: by which a party acts from another machine."""

from __future__ import annotations

from dataclasses import dataclass

from enumd.errors import BadRequest
from enumd.operations.request import Request

MAX_DAYS = 3650


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What there is to say of a token; the secret itself is not there."""

    id: str
    party: str
    role: str
    scopes: tuple[str, ...]
    """The operations it is good for; none named: all that its role allows."""
    created: str
    expires: str
    revoked: str | None
    used: str | None
    """When it was used last, to the minute."""
    used_from: str | None


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """A new token, which is shown this once."""

    token: str
    id: str
    party: str
    role: str
    scopes: tuple[str, ...]
    expires: str


@dataclass(frozen=True, slots=True)
class CreateToken(Request[TokenCreated]):
    """Make a token by which a party acts from another machine; it is shown this once."""

    party: str
    role: str | None = None
    """`operator`, `registrar`, `holder` or `reader`; what the party is, if not said."""
    scopes: tuple[str, ...] = ()
    """The operations it is good for, such as `number.claim`; all that its role allows."""
    days: int = 365

    def __post_init__(self) -> None:
        """Refuse a token that lasts no time or for ever.

        Raises:
            BadRequest: it would.
        """
        if not 1 <= self.days <= MAX_DAYS:
            raise BadRequest(f"a token lasts 1 to {MAX_DAYS} days, not {self.days}")


@dataclass(frozen=True, slots=True)
class TokenList:
    """Tokens, the newest first."""

    tokens: tuple[TokenFacts, ...]


@dataclass(frozen=True, slots=True)
class ListTokens(Request[TokenList]):
    """List the tokens, void ones as well."""

    party: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeToken(Request[TokenFacts]):
    """Make a token void from now on."""

    id: str
