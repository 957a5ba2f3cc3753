"""Numbers: found, listed, held, claimed, shown, and what becomes of them later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from enumd.errors import BadRequest
from enumd.operations.request import Request, unsaid


@dataclass(frozen=True, slots=True)
class FreeNumber:
    """A number nobody has."""

    number: str
    pool: str
    recycled: bool
    """It had a holder before."""


@dataclass(frozen=True, slots=True)
class FreeNumbers:
    """Numbers nobody has."""

    numbers: tuple[FreeNumber, ...]


@dataclass(frozen=True, slots=True)
class FindNumbers(Request[FreeNumbers]):
    """Find free numbers."""

    pool: str | None = None
    like: str | None = None
    """Digits, `?` for any one, `*` for any run."""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What the registry knows of a number."""

    number: str
    state: str
    zone: str
    pool: str | None
    in_zone: bool
    holder: str | None
    registrar: str | None
    claimed: str | None
    until: str | None
    """When a hold or a quarantine ends."""
    not_after: str | None
    """When the claim ends."""
    suspended_why: str | None
    ttl_s: int | None


@dataclass(frozen=True, slots=True)
class NumberList:
    """Numbers somebody has, or that are in some state."""

    numbers: tuple[NumberFacts, ...]
    more: bool
    """There are more than were asked for."""


@dataclass(frozen=True, slots=True)
class ListNumbers(Request[NumberList]):
    """List the numbers that are held, claimed, suspended or in quarantine."""

    holder: str | None = None
    registrar: str | None = None
    state: str | None = None
    """`held`, `claimed`, `suspended` or `quarantine`."""
    pool: str | None = None
    zone: str | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """A way to reach the holder of a number."""

    preference: int
    service: str
    uri: str


@dataclass(frozen=True, slots=True)
class NumberCard(NumberFacts):
    """A number, its name in the DNS and how to reach its holder."""

    owner_name: str
    endpoints: tuple[EndpointFacts, ...]
    has_own_ttl: bool = unsaid(False)
    """Its TTL is its own, not that of the zone."""


@dataclass(frozen=True, slots=True)
class ShowNumber(Request[NumberCard]):
    """Show what the registry knows of a number, and how to reach its holder."""

    number: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One thing that happened to a number."""

    at: str
    serial: int
    actor: str
    action: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class NumberHistory:
    """What has happened to a number, oldest first."""

    events: tuple[LoggedEvent, ...]


@dataclass(frozen=True, slots=True)
class ReadNumberLog(Request[NumberHistory]):
    """Show what has happened to a number: when, through whom, and what was before."""

    number: str
    zone: str | None = None
    limit: int | None = None
    """Only so many, the latest ones."""


@dataclass(frozen=True, slots=True)
class NumberHeld:
    """A hold, and when it ends."""

    number: str
    hold: str
    until: str


@dataclass(frozen=True, slots=True)
class HoldNumber(Request[NumberHeld]):
    """Keep a free number for a while."""

    number: str
    holder: str | None = None
    """For whom; the actor, if nobody is named."""
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class NumberClaimed:
    """A number that has become somebody's."""

    number: str
    holder: str
    recovery_code: str
    not_after: str | None


@dataclass(frozen=True, slots=True)
class ClaimNumber(Request[NumberClaimed]):
    """Make a free number somebody's: the one that is named, or any."""

    holder: str
    number: str | None = None
    """None: any free number that is in *pool* and *like* what is wanted."""
    pool: str | None = None
    like: str | None = None
    hold: str | None = None
    """The hold that is on it."""
    recovery_code: str | None = None
    """To have back a number that was released."""
    until: str | None = None
    """When the claim ends."""
    zone: str | None = None

    def __post_init__(self) -> None:
        """Refuse a choice of a number that is named, and proofs for one that is not.

        Raises:
            BadRequest: it is one of these.
        """
        if self.number is not None and (self.pool or self.like):
            raise BadRequest("pool and like choose among free numbers, and a number is named")
        if self.number is None and (self.hold or self.recovery_code or self.zone):
            raise BadRequest("hold, recovery code and zone belong to a number, and none is named")


@dataclass(frozen=True, slots=True)
class ReleaseNumber(Request[NumberFacts]):
    """Give a number back; it rests in quarantine before it is free again."""

    number: str
    recovery_code: str | None = None
    """Proof that the holder wants it; without it this is an act of the operator."""
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class SuspendNumber(Request[NumberFacts]):
    """Silence a number: it exists, and there is no way to reach it."""

    number: str
    why: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ResumeNumber(Request[NumberFacts]):
    """Let a suspended number answer again."""

    number: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class TransferNumber(Request[NumberClaimed]):
    """Give a number to another holder, with its endpoints and a new recovery code."""

    number: str
    holder: str
    recovery_code: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRegistrar(Request[NumberFacts]):
    """Let another registrar look after a number; its holder keeps it."""

    number: str
    registrar: str
    recovery_code: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class RecoverNumber(Request[NumberClaimed]):
    """Give the holder a new recovery code for one that is lost; the old one is void."""

    number: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ProofOfHolder:
    """What proves that the holder of a number acts."""

    recovery_code: bool
    """There is a code that can be asked for."""


@dataclass(frozen=True, slots=True)
class AskProof(Request[ProofOfHolder]):
    """Tell what proves that the holder of a number acts."""

    number: str
    zone: str | None = None
