"""From a burst of queries to their replies: one snapshot, one reading of the clock, counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from enumd.dns.authority import Authority, Reply, Transport
from enumd.index.reader import Snapshot
from enumd.serve.log import event
from enumd.serve.metrics import Cell, Slab, TransportSlab

_log = logging.getLogger("enumd.serve")


class Answers:
    """Answers the bursts of one transport."""

    def __init__(
        self,
        authority: Authority,
        directory: AbstractContextManager[Snapshot | None],
        transport: Transport,
        slab: Slab,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Answer by *authority* from *directory* and count in *slab*; *clock* gives seconds."""
        self.authority = authority
        """A worker that is told to reload puts another one here."""
        self._directory = directory
        self._transport = transport
        self._slab = slab
        self._counts = TransportSlab(slab, transport)
        self._clock = clock
        self._fault_logged_s = 0

    def __call__(self, queries: list[bytes]) -> list[bytes | None]:
        """Return the reply to each query in order, None where silence is the answer."""
        began_ns = time.perf_counter_ns()
        now_s = int(self._clock())
        debug = _log.isEnabledFor(logging.DEBUG)
        replies: list[bytes | None] = []
        with self._directory as snapshot:
            for query in queries:
                reply = self._reply(query, snapshot, now_s)
                self._counts.ended(reply.outcome)
                replies.append(reply.octets)
                if debug:
                    self._trace(query, reply)
        self._counts.replied(replies, time.perf_counter_ns() - began_ns)
        return replies

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
