"""The life of a number. Pure: rows go in as values, time goes in as a number.

::

             hold               claim                suspend
    free ----------> held ----------------> claimed ---------> suspended
     ^  \\             |                      ^  |  <---------
     |   \\_ _ _claim_ | _ _ _ _ _ _ _ _ _ _/  |     resume
     |                 | 30 minutes pass        | release, also of a suspended one
     |<----------------+                        v
     |<----------------------------------- released (quarantine) <---- the end of a claim that
                  90 days pass                  |                      has one, suspended or not
                                                +--> claimed, by the former holder
                                                     with the recovery code

A hold, a claim that has an end, and a quarantine end by themselves: whoever looks computes it,
exact to the second, and no batch ever runs. `lifecycle_sql` says the same to a database.

The rule of holds: *once*. A hold lasts `hold_s` and is never longer; a contact that has held a
number may claim it, but not hold it again until somebody has claimed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from enumd.core.limits import MAX_ENDPOINTS
from enumd.core.number import E164_DIGITS, LONGEST
from enumd.core.validity import is_valid

DAY_S: Final = 86_400


class State(StrEnum):
    """Where a number is in its life; `FREE` is never stored."""

    FREE = "free"
    HELD = "held"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    RELEASED = "released"

    @property
    def reachable(self) -> bool:
        """Tell whether the endpoints of a number in this state are published."""
        return self is State.CLAIMED


STANDING: Final = frozenset({State.CLAIMED, State.SUSPENDED})
"""The states in which a number is somebody's, and in the zone."""

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.FREE: frozenset({State.HELD, State.CLAIMED}),
    State.HELD: frozenset({State.CLAIMED, State.FREE}),
    State.CLAIMED: frozenset({State.SUSPENDED, State.RELEASED}),
    State.SUSPENDED: frozenset({State.CLAIMED, State.RELEASED}),
    State.RELEASED: frozenset({State.CLAIMED, State.FREE}),
}
"""What may follow what; by the clock alone HELD and RELEASED become FREE, a claim RELEASED."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The periods and limits a registry keeps to."""

    hold_s: int = 1800
    """How long a hold lasts."""
    quarantine_s: int = 90 * DAY_S
    """How long a released number stays closed: callers still mean the former holder."""
    max_digits: int = E164_DIGITS
    max_endpoints: int = MAX_ENDPOINTS
    own_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """Hosts whose calls come back to this registry, besides the apexes of its zones."""

    def __post_init__(self) -> None:
        """Refuse periods and limits that make no sense."""
        if self.hold_s <= 0 or self.quarantine_s < 0:
            raise ValueError("a hold lasts at least a second, a quarantine none or more")
        if not 1 <= self.max_digits <= LONGEST:
            raise ValueError(f"max_digits {self.max_digits} is not 1 to {LONGEST}")
        if not 1 <= self.max_endpoints <= MAX_ENDPOINTS:
            raise ValueError(f"max_endpoints {self.max_endpoints} is not 1 to {MAX_ENDPOINTS}")


DEFAULT_POLICY: Final = Policy()


class Stored(NamedTuple):
    """What the row of a number says of its life."""

    state: str
    until_s: int | None = None
    """The first second at which a hold or a quarantine is over."""
    not_after_s: int | None = None
    """The first second at which a claim, suspended or not, is over."""
    free_s: int | None = None
    """The first second at which the quarantine after such a claim is over."""


def state_at(stored: Stored | None, now_s: float) -> State:
    """Return the state of a number at *now_s*; *stored* is None where it has no row.

    ::

        stored                  at now_s                             state
        no row                                                       free
        held, released          before until_s                       as stored
        held, released          from until_s on                      free
        claimed, suspended      before not_after_s, or without one   as stored
        claimed, suspended      from not_after_s to before free_s    released
        claimed, suspended      from free_s on                       free
    """
    if stored is None:
        return State.FREE
    state = State(stored.state)
    if state not in STANDING:
        return state if is_valid(stored.until_s, now_s) else State.FREE
    if is_valid(stored.not_after_s, now_s):
        return state
    return State.RELEASED if is_valid(stored.free_s, now_s) else State.FREE


def until_at(stored: Stored | None, now_s: float) -> int | None:
    """Return when the state of a number at *now_s* is over by itself, if it is a hold or rests."""
    if stored is None or state_at(stored, now_s) not in (State.HELD, State.RELEASED):
        return None
    return stored.free_s if stored.state in STANDING else stored.until_s


def in_zone(state: State) -> bool:
    """Tell whether the owner name of a number exists in the zone while it is in *state*.

    ::

        free, held, released    no    NXDOMAIN
        claimed                 yes   its endpoints; NODATA when it has none
        suspended               yes   NODATA

    `State.reachable` tells the endpoints from NODATA. Of all that ends by itself, only the end of
    a claim changes the zone.
    """
    return state in STANDING


def may_follow(state: State, following: State) -> bool:
    """Tell whether *following* may come after *state*."""
    return following in TRANSITIONS[state]


def moment(at_s: float) -> str:
    """Return a second since 1970 as people read it: ISO 8601, UTC.

    >>> moment(1_795_000_000)
    '2026-11-18 11:06:40Z'
    """
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
