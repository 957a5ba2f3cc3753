"""From a burst of queries to their replies: one snapshot, one reading of the clock, counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from enumd.dns.authority import Authority, DnsTransport, Reply
from enumd.dns.fast import COUNTED, DnsHotPath
from enumd.index.reader import Snapshot
from enumd.net.log import event
from enumd.net.slab import Slab
from enumd.serve.dns.metrics import Cell, TransportSlab

_log = logging.getLogger("enumd.serve")


class Answers:
    """Answers the bursts of one transport."""

    def __init__(
        self,
        authority: Authority,
        directory: AbstractContextManager[Snapshot | None],
        transport: DnsTransport,
        slab: Slab,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Answer by *authority* from *directory* and count in *slab*; *clock* gives seconds."""
        self._directory = directory
        self._transport = transport
        self._slab = slab
        self._counts = TransportSlab(slab, transport)
        self._clock = clock
        self._fault_logged_s = 0
        self.authority = authority

    @property
    def authority(self) -> Authority:
        """What decides; a worker that is told to reload puts another one here."""
        return self._authority

    @authority.setter
    def authority(self, authority: Authority) -> None:
        """Answer by *authority* from the next burst on, plain queries by the hot path."""
        self._authority = authority
        self._hot = DnsHotPath(authority.settings.udp_payload_max)

    def __call__(self, queries: list[bytes]) -> list[bytes | None]:
        """Return the reply to each query in order, None where silence is the answer."""
        began_ns = time.perf_counter_ns()
        now_s = int(self._clock())
        replies: list[bytes | None] = []
        with self._directory as snapshot:
            quick = self._quick(snapshot)
            for query in queries:
                try:
                    reply = quick(query)
                except Exception:  # a torn index: the general path meets it again, and reports it
                    reply = None
                replies.append(self._general(query, snapshot, now_s) if reply is None else reply)
        self._count_hot()
        self._counts.replied(replies, time.perf_counter_ns() - began_ns)
        return replies

    def _quick(self, snapshot: Snapshot | None) -> Callable[[bytes], bytes | None]:
        """Return what answers plain queries of one burst at once."""
        # Whoever debugs wants a line a query, which the hot path cannot spare the time for.
        if snapshot is None or _log.isEnabledFor(logging.DEBUG):
            return _decline
        try:
            return self._hot.over(snapshot).answer
        except Exception:  # a torn index, again for the general path to report
            return _decline

    def _general(self, query: bytes, snapshot: Snapshot | None, now_s: int) -> bytes | None:
        """Return the reply of the general path, counted."""
        reply = self._reply(query, snapshot, now_s)
        self._counts.ended(reply.outcome)
        if _log.isEnabledFor(logging.DEBUG):
            self._trace(query, reply)
        return reply.octets

    def _count_hot(self) -> None:
        """Move what the hot path counted into the slab."""
        counts = self._hot.counts
        for place, outcome in enumerate(COUNTED):
            if counts[place]:
                self._counts.ended(outcome, counts[place])
                counts[place] = 0

    def _reply(self, query: bytes, snapshot: Snapshot | None, now_s: int) -> Reply:
        """Return what the authority says; SERVFAIL should our own code fail."""
        try:
            return self.authority.respond(query, snapshot, now_s, self._transport)
        except Exception:
            # The authority is total, so this is a bug or a torn index. The other queries of the
            # burst still get their answers, and a flood of such queries does not flood the log.
            self._slab.add(Cell.FAULTS)
            if now_s != self._fault_logged_s:
                self._fault_logged_s = now_s
                _log.exception(event("fault", query=query.hex(), answers="SERVFAIL"))
            return self.authority.respond(query, None, now_s, self._transport)

    def _trace(self, query: bytes, reply: Reply) -> None:
        """Log one query and its end."""
        _log.debug(
            event(
                "query",
                transport=self._transport.value,
                outcome=reply.outcome.value,
                rcode=reply.rcode,
                query_octets=len(query),
                reply_octets=len(reply.octets or b""),
            )
        )


def _decline(query: bytes) -> None:
    """Leave *query* to the general path."""
