"""The life of a number. Pure: rows go in as values, time goes in as a number.

::

             hold               claim                suspend
    free ----------> held ----------------> claimed ---------> suspended
     ^  \\             |                      ^  |  <---------
     |   \\_ _ _claim_ | _ _ _ _ _ _ _ _ _ _/  |     resume
     |                 | 30 minutes pass        | release, also of a suspended one
     |<----------------+                        v
     |<----------------------------------- released (quarantine)
                  90 days pass                  |
                                                +--> claimed, by the former holder
                                                     with the recovery code

A hold and a quarantine end by themselves: whoever looks computes it, exact to the second, and no
batch ever runs. The rule of holds: *once*. A hold lasts `hold_s` and is never longer; a contact
that has held a number may claim it, but not hold it again until somebody has claimed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from enumd.core.endpoint import MAX_ENDPOINTS
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


TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.FREE: frozenset({State.HELD, State.CLAIMED}),
    State.HELD: frozenset({State.CLAIMED, State.FREE}),
    State.CLAIMED: frozenset({State.SUSPENDED, State.RELEASED}),
    State.SUSPENDED: frozenset({State.CLAIMED, State.RELEASED}),
    State.RELEASED: frozenset({State.CLAIMED, State.FREE}),
}
"""What may follow what; HELD and RELEASED become FREE by the clock alone."""


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


def state_at(stored: str | None, until_s: int | None, now_s: float) -> State:
    """Return the state of a number at *now_s*: what its row says, if that has not ended.

    *stored* is None where the number has no row. A state ends at *until_s*, that second included.
    """
    if stored is None or (until_s is not None and now_s >= until_s):
        return State.FREE
    return State(stored)


def in_zone(state: State, not_after_s: int | None, now_s: float) -> bool:
    """Tell whether the owner name of a number exists in the zone at *now_s*.

    ::

        state       not_after_s        in the zone   answer
        free        any                no            NXDOMAIN
        held        any                no            NXDOMAIN
        claimed     none               yes           its endpoints; NODATA when it has none
        claimed     after now_s        yes           its endpoints; NODATA when it has none
        claimed     now_s or before    no            NXDOMAIN
        suspended   none               yes           NODATA
        suspended   after now_s        yes           NODATA
        suspended   now_s or before    no            NXDOMAIN
        released    any                no            NXDOMAIN

    `State.reachable` tells the endpoints from NODATA. The states that lapse are out of the zone
    before and after, so the zone never changes because a hold or a quarantine ends.
    """
    if state not in (State.CLAIMED, State.SUSPENDED):
        return False
    return is_valid(not_after_s, now_s)


def may_follow(state: State, following: State) -> bool:
    """Tell whether *following* may come after *state*."""
    return following in TRANSITIONS[state]


def moment(at_s: float) -> str:
    """Return a second since 1970 as people read it: ISO 8601, UTC.

    >>> moment(1_795_000_000)
    '2026-11-18 11:06:40Z'
    """
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
