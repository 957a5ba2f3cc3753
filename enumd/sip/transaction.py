"""Server transactions (RFC 3261 section 17.2, as RFC 6026 changes it). Time is always passed in.

::

    INVITE                                      any other
    PROCEEDING --300..699--> COMPLETED          TRYING --1xx--> PROCEEDING
        |                     | ACK  | H           |              |
       2xx                    v      |           final          final
        v                 CONFIRMED  |             v              v
    ACCEPTED -- L             | I    |          COMPLETED <-------+
        +-----> TERMINATED <--+------+             | J
                                                   v
                                               TERMINATED
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from enumd.sip.transport import Destination


class TransactionState(Enum):
    """Where a server transaction stands."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Timers:
    """The clocks of RFC 3261, appendix A."""

    t1_s: float = 0.5
    """An estimate of the round trip."""
    t2_s: float = 4.0
    """The longest distance of two retransmissions."""
    t4_s: float = 5.0
    """How long a message may stay in the network."""
    trying_s: float = 0.2
    """An INVITE without an answer after this gets 100 (RFC 3261 section 17.2.1)."""

    lifetime_s: float = field(init=False)
    """64*T1: timers H, J and L, after which the client has given up, too."""

    def __post_init__(self) -> None:
        """Find out, once for all transactions, when a client has given up."""
        object.__setattr__(self, "lifetime_s", 64 * self.t1_s)

    @property
    def other_trying_s(self) -> float:
        """Return when another request gets 100: as timer E is reset to T2 (RFC 4320 section 4.1).

        Timer E begins with T1 and doubles until it would pass T2.
        """
        at_s, interval_s = 0.0, self.t1_s
        while interval_s < self.t2_s:
            at_s, interval_s = at_s + interval_s, 2 * interval_s
        return at_s


class Event(Enum):
    """What a timer asked for."""

    TRY = "trying"
    """100 is due."""
    REPEAT = "retransmitted"
    """Timer G: the response is due again."""
    UNREACHABLE = "unreachable"
    """Timer G would be due, but an ICMP error says that the response does not arrive."""
    UNACKNOWLEDGED = "unacknowledged"
    """Timer H: the ACK never came."""
    UNANSWERED = "unanswered"
    """Nobody answered while the client waited."""
    END = "ended"
    """Timer I, J or L: there is no more to absorb."""


_COMPLETED: Final = TransactionState.COMPLETED
_CONFIRMED: Final = TransactionState.CONFIRMED
"""To look a member up by its enumeration takes longer than everything else here."""


class Transaction:
    """One server transaction."""

    __slots__ = (
        "acked_by",
        "began_s",
        "call",
        "destination",
        "end_s",
        "interval_s",
        "invite",
        "key",
        "reliable",
        "response",
        "scheduled_s",
        "silent",
        "source",
        "state",
        "timers",
        "tried",
        "wake_s",
    )

    def __init__(
        self,
        invite: bool,
        key: object,
        destination: Destination,
        timers: Timers,
        now_s: float,
        source: str = "",
    ) -> None:
        """Begin as RFC 3261 says: an INVITE is proceeding, anything else is tried."""
        self.invite = invite
        self.key = key
        self.destination = destination
        self.reliable = destination.transport.reliable
        self.timers = timers
        self.state = TransactionState.PROCEEDING if invite else TransactionState.TRYING
        self.response: bytes | None = None
        self.began_s = now_s
        self.wake_s = now_s + (timers.trying_s if invite else timers.other_trying_s)
        """When `wake` has something to do."""
        self.interval_s = timers.t1_s
        self.tried = False
        """Whether the client was told to wait: then it does not repeat its request (timer A)."""
        self.silent = False
        """Whether its answer does not arrive, so that it is not repeated, nor an ACK expected."""
        self.end_s = 0.0
        self.source = source
        """Whose transaction this is, for the cap on each source."""
        self.acked_by: object = None
        """What matches its ACK when the branch does not (RFC 3261 section 17.2.3)."""
        self.call: object = None
        """What the transaction user keeps here while the answer is looked up."""
        self.scheduled_s = 0.0
        """For whoever wakes this: when that is due to happen."""

    @property
    def repeats(self) -> bool:
        """Tell whether timer G runs."""
        return self.state is _COMPLETED and self.wake_s < self.end_s

    @property
    def answered(self) -> bool:
        """Tell whether the final response has been given."""
        return self.state not in (TransactionState.TRYING, TransactionState.PROCEEDING)

    def respond(self, status: int, octets: bytes, now_s: float) -> None:
        """Take the transaction user's response; send *octets* once whatever this does.

        Raises:
            ValueError: the final response was given already.
        """
        if self.answered:
            raise ValueError("a transaction has one final response")
        self.response = octets
        if status < 200:
            self.state = TransactionState.PROCEEDING
            self.tried = True
            self.wake_s = self.began_s + self.timers.lifetime_s
            return
        self.call = None
        reliable = self.reliable
        if self.invite and status >= 300 and not reliable:
            self.complete(octets, now_s)
            return
        self.end_s = self.wake_s = now_s + self.timers.lifetime_s
        if not self.invite and reliable:
            self.state = TransactionState.TERMINATED
        elif self.invite and status < 300:
            self.state = TransactionState.ACCEPTED
            self.response = None
        else:
            self.state = TransactionState.COMPLETED

    def complete(self, octets: bytes, now_s: float) -> None:
        """Take the final response to an INVITE over UDP, 300 to 699: timers G and H begin."""
        self.response = octets
        self.state = _COMPLETED
        self.end_s = now_s + self.timers.lifetime_s
        self.wake_s = now_s + self.interval_s

    def again(self) -> bytes | None:
        """Return what a retransmitted request is answered with: the same octets, or nothing."""
        return (
            self.response
            if self.state in (TransactionState.PROCEEDING, TransactionState.COMPLETED)
            else None
        )

    def acknowledge(self, now_s: float) -> bool:
        """Take an ACK: retransmissions end, further ones are absorbed (timer I).

        Tell whether it is the first.
        """
        if self.state is not _COMPLETED:
            return False
        self.state = TransactionState.TERMINATED if self.reliable else _CONFIRMED
        self.response = None
        self.wake_s = now_s + self.timers.t4_s
        return True

    def fall_silent(self) -> None:
        """Repeat the response of itself no more: timer G ends, and timer H goes on.

        RFC 3261 section 17.2.4 would have it terminated. Whoever knows two ports can forge what
        leads here, so a client that asks again still gets its answer, and its ACK still counts.
        """
        self.silent = True
        self.wake_s = self.end_s

    def wake(self, now_s: float) -> Event:
        """Do what is due at `wake_s`, and tell what it was; REPEAT means: send `response`."""
        if not self.answered:
            return self._try(now_s)
        if self.state is not TransactionState.COMPLETED or not self.invite:
            self.state = TransactionState.TERMINATED
            return Event.END
        if self.wake_s >= self.end_s:
            self.state = TransactionState.TERMINATED
            return Event.UNACKNOWLEDGED
        self.interval_s = min(2 * self.interval_s, self.timers.t2_s)
        # From the instant that was due and not from now, so that being late does not add up.
        due_s = self.wake_s + self.interval_s
        self.wake_s = min(due_s if due_s > now_s else now_s + self.interval_s, self.end_s)
        return Event.REPEAT

    def _try(self, now_s: float) -> Event:
        """Ask for 100, or give a request up that nobody answered while its client waited."""
        end_s = self.began_s + self.timers.lifetime_s
        if self.wake_s >= end_s:
            self.state = TransactionState.TERMINATED
            return Event.UNANSWERED
        self.wake_s = end_s
        return Event.TRY
