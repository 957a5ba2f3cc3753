"""An ENUM client that does not block: the loop of `core.ddds` on a reactor, with a cache.

    client = EnumClient(reactor, settings)
    client.resolve(number)       a Deferred[Resolution]
    client.for_settings(fresh)   the client after a reload

What is asked and what replies mean is `dns.stub`'s to say, as in the client that blocks, and the
two give the same for the same servers. Here a name is asked for once however many calls wait for
it; an answer is kept until its TTL ends; a server that was silent goes behind the others for a
while.
A server that fails makes a number unknown (`Outcome.FAILED`), never "not found".
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Final

import dns.name
from dns.message import QueryMessage
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks, succeed
from twisted.python.failure import Failure

from enumd.config import EnumSettings
from enumd.core.apex import Apex
from enumd.core.ddds import EnumResolution, Failed, LookupResult, Steps, resolve_number
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.dns.stub import Ask, Heard, ServerSilence, naptrs
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.net.log import event
from enumd.serve.enum.exchange import exchange
from enumd.serve.enum.lookup import servers_of
from enumd.serve.enum.remembered import Remembered

MAX_PENDING: Final = 500
"""Names asked for at once, each with a socket of its own; a process may have 1024."""

BEHIND_S: Final = 5.0
"""For so long a server that was silent is asked after all others."""

SharedExchange = Callable[[Address, QueryMessage, float], Deferred[QueryMessage]]
"""Puts a query to a server and has its reply in so many seconds, or fails with ServiceError."""

_log: Final = logging.getLogger("enumd.serve")


@dataclass(frozen=True, slots=True)
class EnumStatistics:
    """What happened since the start, and what is so now."""

    resolved: int
    """Numbers that were asked for and got a resolution, whatever it was."""
    remembered: int
    """Names whose answer was known from before."""
    joined: int
    """Names that were being asked for already."""
    refused: int
    """Names that were not asked for because too many others were."""
    queries: int
    """Questions put to servers."""
    silences: int
    """Questions without a reply in time."""
    failed: int
    """Names of which no server said anything."""
    pending: int
    """Names that are being asked for now."""
    kept: int
    """Answers in the cache now."""


class EnumClient:
    """Asks the configured trees for numbers, over the configured servers."""

    def __init__(
        self, reactor: Any, settings: EnumSettings, exchange_by: SharedExchange | None = None
    ) -> None:
        """Ask as *settings* say, by sockets of *reactor* or by *exchange_by*; its time counts.

        Raises:
            ConfigError: a server is no address.
            ServiceError: there are trees to ask and no servers, neither named nor the machine's.
        """
        self.settings = settings
        self.trees = settings.trees
        self.servers = servers_of(settings)
        self._clock = reactor
        self._exchange: SharedExchange = exchange_by or partial(exchange, reactor)
        self._cache = Remembered(settings.cache_entries)
        self._pending: dict[dns.name.Name, _Pending] = {}
        self._behind: dict[Address, float] = {}
        self._counts: Counter[str] = Counter()

    def for_settings(self, settings: EnumSettings) -> EnumClient:
        """Return a client that asks as *settings* say: this one if that changes nothing.

        Any other has learnt nothing yet, as other servers may know otherwise. What this one is
        asking for still comes in, and the two count together.

        Raises:
            ConfigError, ServiceError: as at first.
        """
        other = EnumClient(self._clock, settings, self._exchange)
        if (other.settings, other.servers) == (self.settings, self.servers):
            return self
        other._counts = self._counts
        return other

    def resolve(
        self,
        number: Number,
        trees: Sequence[Apex] | None = None,
        services: Collection[Enumservice] | None = None,
    ) -> Deferred[EnumResolution]:
        """Return what *trees* say of *number*, those of the settings if none are named.

        It comes within `total_timeout_ms`, and fails only by being cancelled; other calls that wait
        for the same names go on.
        """
        return self._drive(resolve_number(number, self.trees if trees is None else trees, services))

    def statistics(self) -> EnumStatistics:
        """Return the counters as they stand."""
        return EnumStatistics(
            **{name: self._counts[name] for name in _COUNTED}, kept=len(self._cache)
        )

    def close(self) -> None:
        """Give up whatever is being asked; who waits for it is told that it failed."""
        under_way = [pending.asking for pending in self._pending.values() if pending.asking]
        for asking in under_way:
            asking.cancel()

    @inlineCallbacks
    def _drive(
        self, steps: Steps
    ) -> Generator[Deferred[LookupResult], LookupResult, EnumResolution]:
        """Answer the look-ups of *steps* until it has its resolution."""
        until_s = self._clock.seconds() + self.settings.total_timeout_ms / 1000
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send((yield self._look_up(wanted.owner, until_s)))
        except StopIteration as end:
            self._counts["resolved"] += 1
            resolution: EnumResolution = end.value
            return resolution

    def _look_up(self, owner: dns.name.Name, until_s: float) -> Deferred[LookupResult]:
        """Return what is known of *owner*, from before or when the servers have told."""
        now_s = self._clock.seconds()
        if (kept := self._cache.get(owner, now_s)) is not None:
            self._counts["remembered"] += 1
            return succeed(kept)
        pending = self._pending.get(owner)
        if pending is None and self._counts["pending"] >= MAX_PENDING:
            self._counts["refused"] += 1
            return succeed(Failed(f"{owner}: {MAX_PENDING} other names are being asked for"))
        waiter: Deferred[LookupResult] = Deferred()
        out_of_time = Failed(f"{owner}: the time is up")
        waiter.addTimeout(max(0.0, until_s - now_s), self._clock, lambda *_: out_of_time)
        if pending is not None:
            self._counts["joined"] += 1
            pending.waiters.append(waiter)
        else:
            self._begin(owner, waiter)
        return waiter

    def _begin(self, owner: dns.name.Name, waiter: Deferred[LookupResult]) -> None:
        """Ask the servers for *owner*, for *waiter* and whoever comes to wait meanwhile."""
        self._counts["pending"] += 1
        pending = self._pending[owner] = _Pending([waiter])
        pending.asking = self._ask(owner)
        pending.asking.addErrback(partial(_fault, owner)).addCallback(self._end, owner)

    @inlineCallbacks
    def _ask(self, owner: dns.name.Name) -> Generator[Deferred[Heard], Heard, LookupResult]:
        """Put one question after the other to the servers until it is clear what *owner* has."""
        until_s = self._clock.seconds() + self.settings.total_timeout_ms / 1000
        steps = naptrs(owner, self._in_order(), self.settings.attempts)
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send((yield self._hear(wanted, until_s)))
        except StopIteration as end:
            result: LookupResult = end.value
            return result

    def _hear(self, wanted: Ask[Address], until_s: float) -> Deferred[Heard]:
        """Return the reply to one question, or why there is none."""
        left_s = until_s - self._clock.seconds()
        if left_s <= 0:
            return succeed(ServerSilence("the time is up", final=True))
        self._counts["queries"] += 1
        query = wanted.query(secrets.randbelow(1 << 16))
        told = self._exchange(wanted.server, query, min(left_s, self.settings.timeout_ms / 1000))
        return told.addCallbacks(
            self._answered,
            self._silent,
            callbackArgs=(wanted.server,),
            errbackArgs=(wanted.server,),
        )

    def _answered(self, reply: QueryMessage, server: Address) -> Heard:
        """Take a reply: *server* is there."""
        self._behind.pop(server, None)
        return reply

    def _silent(self, failure: Failure, server: Address) -> Heard:
        """Take it that there is no reply: *server* goes behind the others for a while."""
        if failure.check(CancelledError):
            return ServerSilence("it was given up", final=True)
        failure.trap(ServiceError)
        self._counts["silences"] += 1
        self._behind[server] = self._clock.seconds() + BEHIND_S
        return ServerSilence(str(failure.value))

    def _in_order(self) -> list[Address]:
        """Return the servers as they were configured, those that were silent behind the others."""
        now_s = self._clock.seconds()
        return sorted(self.servers, key=lambda server: self._behind.get(server, now_s) > now_s)

    def _end(self, result: LookupResult, owner: dns.name.Name) -> None:
        """Keep what was learnt of *owner* and tell all that wait for it."""
        if isinstance(result, Failed):
            self._counts["failed"] += 1
        self._counts["pending"] -= 1
        self._cache.put(owner, result, self._clock.seconds())
        for waiter in self._pending.pop(owner).waiters:
            if not waiter.called:
                waiter.callback(result)


_COUNTED: Final = tuple(field.name for field in fields(EnumStatistics) if field.name != "kept")


class _Pending:
    """A name that is being asked for."""

    def __init__(self, waiters: list[Deferred[LookupResult]]) -> None:
        """Tell *waiters* when it is known."""
        self.waiters = waiters
        self.asking: Deferred[LookupResult] | None = None


def _fault(owner: dns.name.Name, failure: Failure) -> LookupResult:
    """Return that nothing is known of *owner* because of a fault of our own, which is logged."""
    _log.error(event("lookup-failed", owner=owner, why=repr(failure.value)))
    return Failed(f"{owner}: a fault in enumd itself: {type(failure.value).__name__}")
