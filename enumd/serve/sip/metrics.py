"""What is counted of SIP, in a slab of its own: without a SIP listener there is none."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final

from enumd.serve.connections import Tally
from enumd.serve.metrics import LATENCY_BOUNDS_NS, Slab
from enumd.sip.reply import REASONS
from enumd.sip.server import Statistics
from enumd.sip.transaction import Event
from enumd.sip.transport import Transport

STATUSES: Final = tuple(REASONS)
EVENTS: Final = (
    "not-sip",
    "keep-alive",
    "flooding",
    "dropped",
    "silent",
    "repeated",
    "acknowledged",
    "stray-ack",
    "cancelled",
    "capped",
    "over-mtu",
    *(event.value for event in Event),
    # Those of the sockets.
    "undelivered",
    "reconnected",
    "slow-sender",
    "slow-reader",
    "look-up-refused",
    "fault",
)
"""What `RedirectServer` counts, and the sockets: responses that could not be sent, connections made
to deliver one, streams cut off because a message was not finished or answers were not read,
look-ups that were too many, and failures of our own code."""

_TRANSPORTS: Final = tuple(Transport)
_LATENCIES: Final = len(LATENCY_BOUNDS_NS) + 1


class SipCell:
    """Where things are counted in a slab of SIP."""

    OPEN: Final = 0
    """Transactions open now."""
    CONNECTIONS: Final = 1
    """TCP and TLS connections open now."""
    ACCEPTED: Final = 2
    REFUSED: Final = 3
    EVICTED: Final = 4
    _STATUSES_AT: Final = 5
    _EVENTS_AT: Final = _STATUSES_AT + len(STATUSES)
    _LATENCIES_AT: Final = _EVENTS_AT + len(EVENTS)
    COUNT: Final = _LATENCIES_AT + len(_TRANSPORTS) * (_LATENCIES + 1)

    @classmethod
    def status(cls, status: int) -> int:
        """Return the cell that counts the responses of that status."""
        return cls._STATUSES_AT + STATUSES.index(status)

    @classmethod
    def event(cls, name: str) -> int:
        """Return the cell that counts what is called so."""
        return cls._EVENTS_AT + EVENTS.index(name)

    @classmethod
    def latencies(cls, transport: Transport) -> range:
        """Return the cells of the latencies, by bucket."""
        first = cls._LATENCIES_AT + _TRANSPORTS.index(transport) * (_LATENCIES + 1)
        return range(first, first + _LATENCIES)

    @classmethod
    def latency_sum(cls, transport: Transport) -> int:
        """Return the cell of the nanoseconds waited in all."""
        return cls.latencies(transport).stop


def tally(slab: Slab) -> Tally:
    """Return where the connections of SIP are counted."""
    return Tally(slab, SipCell.CONNECTIONS, SipCell.ACCEPTED, SipCell.REFUSED, SipCell.EVICTED)


class SipCounts:
    """Counts what one worker does."""

    def __init__(self, slab: Slab) -> None:
        """Count in *slab*, which may hold what an earlier worker counted."""
        self._slab = slab
        self._copied: Counter[int] = Counter()
        self._latencies = {one: SipCell.latencies(one).start for one in Transport}
        self._sums = {one: SipCell.latency_sum(one) for one in Transport}
        slab.put(SipCell.OPEN, 0)

    def event(self, name: str) -> None:
        """Count what happened at a socket."""
        self._slab.add(SipCell.event(name))

    def waited(self, transport: Transport, elapsed_ns: int, count: int = 1) -> None:
        """Count the time from *count* requests read to their responses written."""
        bucket = bisect_left(LATENCY_BOUNDS_NS, elapsed_ns)
        self._slab.add(self._latencies[transport] + bucket, count)
        self._slab.add(self._sums[transport], elapsed_ns * count)

    def copy(self, statistics: Statistics) -> None:
        """Bring the slab up to what the redirect server has counted by now."""
        counts = {SipCell.status(status): n for status, n in statistics.responses.items()}
        counts |= {SipCell.event(name): n for name, n in statistics.events.items()}
        for cell, count in counts.items():
            if new := count - self._copied[cell]:
                self._slab.add(cell, new)
                self._copied[cell] = count
        self._slab.put(SipCell.OPEN, statistics.open_transactions)
