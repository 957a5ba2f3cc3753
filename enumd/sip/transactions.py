"""All open server transactions: which one a request belongs to, and whose timer is next."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import count
from typing import Final, NamedTuple

from enumd.sip.message import Request
from enumd.sip.transaction import Event, Timers, Transaction, TransactionState
from enumd.sip.transaction_key import OldKey, invite_key, key_of
from enumd.sip.transport import Destination
from enumd.sip.unreachable import Unreachable
from enumd.sip.via import Via

PER_SOURCE: Final = 65_536
"""2,000 calls a second whose ACKs never come, for 32 s; about 1 KiB each."""


_COMPLETED: Final = TransactionState.COMPLETED
_CONFIRMED: Final = TransactionState.CONFIRMED
_QUEUED: Final = -1.0
"""When the heap is due to look at what a queue has: never, whatever entries are left there."""


class Due(NamedTuple):
    """A transaction whose timer fired, and what it asked for."""

    transaction: Transaction
    event: Event


class Transactions:
    """The server transactions of one process.

    A request belongs to the transaction whose branch, sent-by and method it has (RFC 3261 section
    17.2.3). The source address is no part of that, because a NAT may change it; it only counts
    towards the cap on how many one source may have open.
    """

    def __init__(
        self,
        timers: Timers | None = None,
        per_source: int = PER_SOURCE,
        in_all: int = 4 * PER_SOURCE,
    ) -> None:
        """Begin with none; one source address may have *per_source* open, all have *in_all*."""
        self.timers = timers or Timers()
        self._per_source = per_source
        self._in_all = in_all
        self._open: dict[object, Transaction] = {}
        self._acked: dict[object, Transaction] = {}
        self._of_source: dict[str, int] = {}
        self._heap: list[tuple[float, int, Transaction]] = []
        self._order = count()
        self._answered: deque[Transaction] = deque()
        """Those answered at once, by their first timer G; some may be acknowledged by now."""
        self._confirmed: deque[Transaction] = deque()
        """Those acknowledged, by timer I."""
        self._unreachable = Unreachable()
        self.ended = 0
        """How many are gone because timer I, J or L said so."""

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def unfinished(self) -> int:
        """Return how many INVITEs still wait for their answer, or that for its ACK.

        An answer that does not arrive waits for none.
        """
        waiting = (TransactionState.PROCEEDING, TransactionState.COMPLETED)
        opened = self._open.values()
        return sum(one.invite and one.state in waiting and not one.silent for one in opened)

    def open(
        self, request: Request, destination: Destination, source: str, tag: bytes, now_s: float
    ) -> Transaction | None:
        """Begin the transaction of *request*, or return None when there are too many.

        *tag* is the To tag that its response will have.
        """
        key = key_of(request, request.method)
        transaction = self._begin(key, request.method == "INVITE", destination, source, now_s)
        if transaction is None:
            return None
        if transaction.invite and isinstance(key, OldKey):
            transaction.acked_by = key._replace(to_tag=tag)
            self._acked[transaction.acked_by] = transaction
        self._schedule(transaction)
        return transaction

    def open_answered(
        self, key: object, destination: Destination, source: str, octets: bytes, now_s: float
    ) -> bool:
        """Begin the INVITE transaction that `invite_key` names, whose final response is *octets*.

        It came over UDP; the caller sends the response once, 300 to 699. False where *source* has
        too many, or that transaction is open.
        """
        if key in self._open:
            return False
        transaction = self._begin(key, True, destination, source, now_s)
        if transaction is None:
            return False
        transaction.complete(octets, now_s)
        answered = self._answered
        while answered and answered[-1].state is not _COMPLETED:
            answered.pop()
        self._queue(answered, transaction)
        return True

    def find(self, request: Request, method: str = "") -> Transaction | None:
        """Return the transaction that *request* retransmits.

        With *method* INVITE: the one that the CANCEL *request* means (RFC 3261 section 9.2).
        """
        return self._open.get(key_of(request, method or request.method))

    def find_invite(self, via: Via) -> Transaction | None:
        """Return the INVITE transaction of the client transaction that *via* names."""
        return self._open.get(invite_key(via.branch, via.sent_by)) if via.compliant else None

    def find_acknowledged(self, request: Request) -> Transaction | None:
        """Return the INVITE transaction that *request*, the ACK of an RFC 2543 client, means."""
        return self._acked.get(key_of(request, "INVITE"))

    def respond(self, transaction: Transaction, status: int, octets: bytes, now_s: float) -> None:
        """Take the response of the transaction user, who sends it once."""
        transaction.respond(status, octets, now_s)
        self._settle(transaction)

    def acknowledge(self, transaction: Transaction, now_s: float) -> None:
        """Take an ACK for *transaction*."""
        if not transaction.acknowledge(now_s):
            return
        if transaction.state is _CONFIRMED:
            self._queue(self._confirmed, transaction)
        else:
            self._settle(transaction)

    def acknowledge_invite(self, key: object, now_s: float) -> bool:
        """Take an ACK for the transaction that `invite_key` names; tell whether there is one."""
        if (transaction := self._open.get(key)) is None:
            return False
        self.acknowledge(transaction, now_s)
        return True

    def unreachable(self, host: str, port: int, now_s: float) -> None:
        """Take an ICMP error: what was sent to *host* and *port* over UDP does not arrive there.

        Answers that were sent there by now are not repeated (`Event.UNREACHABLE` when that would be
        due), but for those whose clients were told to wait and do not ask again by themselves: to
        them, an error that is forged or passes would be a call lost.
        """
        self._unreachable.tell(host, port, now_s)

    def next_s(self) -> float | None:
        """Return when `expire` has to be called next, or None while nothing is open."""
        answered = self._answered
        while answered and answered[0].state is not _COMPLETED:
            answered.popleft()
        heads = [queue[0].wake_s for queue in (answered, self._confirmed) if queue]
        if self._heap:
            heads.append(self._heap[0][0])
        return min(heads, default=None)

    def expire(self, now_s: float) -> list[Due]:
        """Return what is due at *now_s*; REPEAT means: send the response again.

        Those that just end are not among it, but counted in `ended`.
        """
        due: list[Due] = []
        confirmed, answered = self._confirmed, self._answered
        while confirmed and confirmed[0].wake_s <= now_s:
            self.ended += 1
            self._destroy(confirmed.popleft())
        while answered and (answered[0].state is not _COMPLETED or answered[0].wake_s <= now_s):
            transaction = answered.popleft()
            if transaction.state is _COMPLETED:
                self._wake(transaction, now_s, due)
        while self._heap and self._heap[0][0] <= now_s:
            at_s, _, transaction = heapq.heappop(self._heap)
            # Else it was put off or brought forward since, or has ended.
            if (
                at_s == transaction.scheduled_s
                and transaction.state is not TransactionState.TERMINATED
            ):
                self._wake(transaction, now_s, due)
        return due

    def _wake(self, transaction: Transaction, now_s: float, due: list[Due]) -> None:
        """Do what *transaction* asks for, if it still does."""
        if transaction.wake_s <= now_s:
            event = self._silence(transaction, now_s) or transaction.wake(now_s)
            if event is Event.END:
                self.ended += 1
            else:
                due.append(Due(transaction, event))
        transaction.scheduled_s = 0.0
        self._settle(transaction)

    def _silence(self, transaction: Transaction, now_s: float) -> Event | None:
        """End the repetitions of *transaction* if what it sent last did not arrive."""
        if transaction.tried or not transaction.repeats:
            return None
        told_s = self._unreachable.told_s(transaction.destination)
        # Told later than now is told before the clock was set back.
        if told_s > now_s or told_s + transaction.interval_s < transaction.wake_s:
            return None
        transaction.fall_silent()
        return Event.UNREACHABLE

    def _begin(
        self, key: object, invite: bool, destination: Destination, source: str, now_s: float
    ) -> Transaction | None:
        """Return a new transaction, known by its *key* and counted for its *source*.

        None where that, or all together, have as many open as they may.
        """
        opened = self._of_source.get(source, 0)
        if opened >= self._per_source or len(self._open) >= self._in_all:
            return None
        transaction = Transaction(invite, key, destination, self.timers, now_s, source)
        self._open[key] = transaction
        self._of_source[source] = opened + 1
        return transaction

    def _settle(self, transaction: Transaction) -> None:
        """Destroy *transaction* if it ended, else see to its next timer."""
        if transaction.state is TransactionState.TERMINATED:
            self._destroy(transaction)
        else:
            self._schedule(transaction)

    def _destroy(self, transaction: Transaction) -> None:
        """Forget *transaction*, which ended."""
        transaction.state = TransactionState.TERMINATED
        del self._open[transaction.key]
        if transaction.acked_by and self._acked.get(transaction.acked_by) is transaction:
            del self._acked[transaction.acked_by]
        # The heap or a queue may hold it a while yet; what it held is not needed for that.
        transaction.response = transaction.call = None
        source = transaction.source
        if left := self._of_source[source] - 1:
            self._of_source[source] = left
        else:
            del self._of_source[source]

    def _schedule(self, transaction: Transaction) -> None:
        """See to it that `expire` looks at *transaction* at `wake_s` or before.

        A timer that moves into the future leaves its entry where it is: it is looked at then,
        and put back. That way an answered and acknowledged call costs no search in the heap.
        """
        if not transaction.scheduled_s or transaction.wake_s < transaction.scheduled_s:
            self._push(transaction)

    def _queue(self, queue: deque[Transaction], transaction: Transaction) -> None:
        """Have `expire` look at *transaction* at `wake_s`, by a queue that is in order by itself.

        All in it wait equally long, so that the last to come is the last to go, unless the clock
        was set back. That costs next to nothing, and nearly all calls need nothing else.
        """
        if queue and queue[-1].wake_s > transaction.wake_s:
            self._push(transaction)
            return
        transaction.scheduled_s = _QUEUED
        queue.append(transaction)

    def _push(self, transaction: Transaction) -> None:
        """Have `expire` look at *transaction* at `wake_s`, whenever that is."""
        transaction.scheduled_s = transaction.wake_s
        heapq.heappush(self._heap, (transaction.wake_s, next(self._order), transaction))
