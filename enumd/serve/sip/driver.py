"""Between the redirect server, which does no I/O, and the sockets of one worker.

::

    SipUdp, SipStream --octets, frames--> SipDriver --> RedirectServer
         ^                                  |    ^ timers
         +---- send(octets, destination) ---+    +--- look-ups, at once or later

A socket hands in what arrived and calls `settle` after each burst; whatever goes out leaves through
the channel that the `Destination` names.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Final, Protocol

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from enumd.core.number import Number
from enumd.net.connections import Clock
from enumd.net.log import event
from enumd.routing.profile import Profile, Status
from enumd.serve.sip.metrics import SipCounts
from enumd.serve.sip.published import PublishedNumbers
from enumd.serve.sip.strangers import Strangers
from enumd.sip.framing import Frame, Limits
from enumd.sip.server import Call, RedirectServer
from enumd.sip.transport import Destination, Send, Source

MAX_LOOK_UPS: Final = 20_000
"""Look-ups under way in one worker; one more is answered 503."""

GRAIN_S: Final = 0.02
"""Timers that are due within this time go off together: at thousands of calls a second each of
them would otherwise cost a wake-up of its own."""

_COUNTED_AFTER_S: Final = 0.25

_log = logging.getLogger("enumd.serve")


class Find(Protocol):
    """Finds what is known of a number, at once or later."""

    def __call__(
        self, number: Number, now_s: float, *, dipped: bool = False
    ) -> Profile | Deferred[Profile]:
        """Return it; *dipped* says that ENUM was asked for this call already (RFC 4759)."""


class Channel(Protocol):
    """What a `Destination` names: a UDP listener or a connection."""

    def send(self, octets: bytes, destination: Destination) -> bool:
        """Send *octets*; tell whether they are on their way."""


class SipDriver:
    """Does what a `RedirectServer` asks for, and has it asked what arrives."""

    def __init__(
        self,
        server: RedirectServer,
        find: Find,
        clock: Clock,
        counts: SipCounts,
        published: PublishedNumbers | None = None,
    ) -> None:
        """Drive *server*, which finds plain numbers in *published*; find others by *find*."""
        self.server = server
        self.published = published
        self.find = find
        self.clock = clock
        self.counts = counts
        self.looking_up = 0
        """Look-ups under way."""
        self._timer: DelayedCall | None = None
        self.due_s = float("inf")
        """When the timers are looked at next."""
        self._dirty: DelayedCall | None = None
        self._fault_logged_s = float("-inf")
        self._strangers = Strangers()

    def datagram(self, octets: bytes, source: Source) -> None:
        """Take one datagram."""
        self._release()  # whoever looks up now takes a snapshot of its own
        began_ns, now_s = time.perf_counter_ns(), self.clock.seconds()
        try:
            actions = self.server.datagram(octets, source, now_s)
        except (
            Exception
        ):  # `sip` is total, so this is a bug; the next call is answered all the same
            self._fault(octets)
            return
        self._act(actions, began_ns)

    def frame(self, frame: Frame, source: Source) -> None:
        """Take one message of a stream."""
        began_ns, now_s = time.perf_counter_ns(), self.clock.seconds()
        try:
            actions = self.server.frame(frame, source, now_s)
        except Exception:
            self._fault(frame.head.start_line)
            return
        self._act(actions, began_ns)

    def keep_alive(self, source: Source) -> bool:
        """Tell whether a keep-alive on a stream is answered: *source* may have sent too many."""
        return self.server.keep_alive(source, self.clock.seconds())

    def limits_for(self, source: Source) -> Limits:
        """Return what a stream from *source* may ask of us."""
        return Limits(lax=self.server.peers.of(source).lax_framing)

    def settle(self) -> None:
        """See to the timers and the counters, after whatever arrived together."""
        self._release()
        due_s = self.server.next_s()
        if due_s is not None:
            self._wake_at(due_s)
        for source in self.server.refused():
            self._strangers.refused(source, self.clock.seconds())
        self.count_soon()

    def count_soon(self) -> None:
        """Make the counters known before long."""
        if self._dirty is None:
            self._dirty = self.clock.callLater(_COUNTED_AFTER_S, self.count)

    def count(self) -> None:
        """Make the counters known."""
        self._dirty = None
        self.counts.copy(self.server.statistics())

    def stop(self) -> None:
        """Do nothing more, and leave the counters right."""
        for timer in (self._timer, self._dirty):
            if timer is not None and timer.active():
                timer.cancel()
        self.count()

    def _release(self) -> None:
        """Let go of the snapshot that the quick answers of a burst are read from."""
        if self.published is not None:
            self.published.release()

    def _wake_at(self, due_s: float) -> None:
        """Have the timers looked at when the first of them is due."""
        timer, now_s = self._timer, self.clock.seconds()
        if timer is None:
            self._timer = self.clock.callLater(max(GRAIN_S, due_s - now_s), self._expire)
        elif due_s < self.due_s:
            timer.reset(max(GRAIN_S, due_s - now_s))
        else:
            return  # it goes off before, and looks then
        self.due_s = due_s

    def _expire(self) -> None:
        """Send what the timers ask for."""
        self._timer, self.due_s = None, float("inf")
        try:
            sends = self.server.expire(self.clock.seconds())
        except Exception:
            self._fault(b"")
            sends = []
        self._act(sends, None)
        self.settle()

    def _act(self, actions: Iterable[Send | Call], began_ns: int | None) -> None:
        """Do what the server asked for; *began_ns* is when what caused it was read."""
        for action in actions:
            if isinstance(action, Send):
                self._send(action, began_ns)
            else:
                self._look_up(action, began_ns)

    def _send(self, send: Send, began_ns: int | None) -> None:
        """Put a response on its way."""
        channel: Channel = send.destination.channel  # type: ignore[assignment]
        if not channel.send(send.octets, send.destination):
            self.counts.event("undelivered")
        elif began_ns is not None:
            elapsed_ns = time.perf_counter_ns() - began_ns
            self.counts.waited(send.destination.transport, elapsed_ns)

    def _look_up(self, call: Call, began_ns: int | None) -> None:
        """Find what is known of a call's number, and answer now or later."""
        if self.looking_up >= MAX_LOOK_UPS:
            self.counts.event("look-up-refused")
            self._answer(call, Profile(call.number, Status.UNANSWERED), began_ns)
            return
        dipped = call.dialled.enum_dipped
        try:
            found = self.find(call.number, self.clock.seconds(), dipped=dipped)
        except Exception:
            found = self._unreadable(call)
        if not isinstance(found, Deferred):
            self._answer(call, found, began_ns)
            return
        self.looking_up += 1
        found.addErrback(lambda failure: self._unreadable(call, failure))
        found.addCallback(self._answer_late, call, began_ns)

    def _answer_late(self, entry: Profile, call: Call, began_ns: int | None) -> None:
        """Answer a call whose number took its time."""
        self.looking_up -= 1
        self._answer(call, entry, began_ns)
        self.settle()

    def _answer(self, call: Call, entry: Profile, began_ns: int | None) -> None:
        """Answer a call; 500 should our own code fail."""
        now_s = self.clock.seconds()
        try:
            sends = self.server.answer(call, entry, now_s)
        except Exception:
            sends = self.server.answer(call, self._unreadable(call), now_s)
        self._act(sends, began_ns)

    def _unreadable(self, call: Call, failure: Failure | None = None) -> Profile:
        """Return what makes the answer to *call* a 500, and note why."""
        self._fault(call.request.head.start_line, failure)
        return Profile(call.number, Status.UNREADABLE)

    def _fault(self, octets: bytes, failure: Failure | None = None) -> None:
        """Count a failure of our own code, and log it at most once a second."""
        self.counts.event("fault")
        now_s = self.clock.seconds()
        if now_s - self._fault_logged_s >= 1:
            self._fault_logged_s = now_s
            error = failure.value if failure is not None else True
            _log.error(event("sip-fault", message=octets[:2000]), exc_info=error)
