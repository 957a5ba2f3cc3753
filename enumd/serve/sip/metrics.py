"""What is counted of SIP, in a slab of its own: without a SIP listener there is none.

The ENUM client counts there, too: it asks other trees for the numbers of calls.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from enumd.net.connections import ConnectionCells
from enumd.net.slab import LATENCY_BOUNDS_NS, Slab
from enumd.serve.enum import client as enum_client
from enumd.sip.reply import REASONS
from enumd.sip.server import SipStatistics
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
    "icmp-error",
    "icmp-flood",
    "reconnected",
    "slow-sender",
    "slow-reader",
    "look-up-refused",
    "fault",
)
"""What `RedirectServer` counts, and the sockets: responses that could not be sent, ICMP errors
about others, and how often those were so many that none was heard for a second, connections made to
deliver a response, streams cut off because a message was not finished or answers were not read,
look-ups that were too many, and failures of our own code."""

_LEVELS: Final = ("pending", "kept")
ASKED: Final = tuple(
    field.name for field in fields(enum_client.EnumStatistics) if field.name not in _LEVELS
)
"""What `EnumClient` counts, by the names of its `EnumStatistics`; the others are levels."""

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
    ENUM_PENDING: Final = 5
    """Names other trees are being asked for now."""
    ENUM_KEPT: Final = 6
    """Answers of other trees that are kept now."""
    _STATUSES_AT: Final = 7
    _EVENTS_AT: Final = _STATUSES_AT + len(STATUSES)
    _ASKED_AT: Final = _EVENTS_AT + len(EVENTS)
    _LATENCIES_AT: Final = _ASKED_AT + len(ASKED)
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
    def asked(cls, name: str) -> int:
        """Return the cell of what the ENUM client counts by that name."""
        return cls._ASKED_AT + ASKED.index(name)

    @classmethod
    def latencies(cls, transport: Transport) -> range:
        """Return the cells of the latencies, by bucket."""
        first = cls._LATENCIES_AT + _TRANSPORTS.index(transport) * (_LATENCIES + 1)
        return range(first, first + _LATENCIES)

    @classmethod
    def latency_sum(cls, transport: Transport) -> int:
        """Return the cell of the nanoseconds waited in all."""
        return cls.latencies(transport).stop


def connection_cells(slab: Slab) -> ConnectionCells:
    """Return where the connections of SIP are counted."""
    return ConnectionCells(
        slab, SipCell.CONNECTIONS, SipCell.ACCEPTED, SipCell.REFUSED, SipCell.EVICTED
    )


class SipCounts:
    """Counts what one worker does."""

    def __init__(
        self, slab: Slab, asked: Callable[[], enum_client.EnumStatistics] | None = None
    ) -> None:
        """Count in *slab*, which may hold what an earlier worker counted.

        *asked* tells what the ENUM client has counted, where there is one.
        """
        self._slab = slab
        self._asked = asked
        self._copied: Counter[int] = Counter()
        self._latencies = {one: SipCell.latencies(one).start for one in Transport}
        self._sums = {one: SipCell.latency_sum(one) for one in Transport}
        for level in (SipCell.OPEN, SipCell.ENUM_PENDING, SipCell.ENUM_KEPT):
            slab.put(level, 0)

    def event(self, name: str) -> None:
        """Count what happened at a socket."""
        self._slab.add(SipCell.event(name))

    def waited(self, transport: Transport, elapsed_ns: int, count: int = 1) -> None:
        """Count the time from *count* requests read to their responses written."""
        bucket = bisect_left(LATENCY_BOUNDS_NS, elapsed_ns)
        self._slab.add(self._latencies[transport] + bucket, count)
        self._slab.add(self._sums[transport], elapsed_ns * count)

    def copy(self, statistics: SipStatistics) -> None:
        """Bring the slab up to what the redirect server and the ENUM client have counted by now."""
        self._raise({SipCell.status(status): n for status, n in statistics.responses.items()})
        self._raise({SipCell.event(name): n for name, n in statistics.events.items()})
        self._slab.put(SipCell.OPEN, statistics.open_transactions)
        if self._asked is not None:
            asked = self._asked()
            self._raise({SipCell.asked(name): getattr(asked, name) for name in ASKED})
            self._slab.put(SipCell.ENUM_PENDING, asked.pending)
            self._slab.put(SipCell.ENUM_KEPT, asked.kept)

    def _raise(self, counts: Mapping[int, int]) -> None:
        """Count what is new in *counts* since they were last seen."""
        for cell, count in counts.items():
            if new := count - self._copied[cell]:
                self._slab.add(cell, new)
                self._copied[cell] = count
