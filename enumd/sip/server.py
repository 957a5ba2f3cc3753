"""The redirect server: octets in, octets and questions out; it never waits and never sends itself.

How to drive it::

    for action in server.datagram(octets, source, now_s):     # server.frame(...) for a stream
        if isinstance(action, Send):
            put action.octets on action.destination
        else:                                                  # a Call: find its number's entry,
            for send in server.answer(action, entry, now_s):   # now or later, and give it back
                ...
    for send in server.expire(now_s):                          # at server.next_s()
        ...
    server.unreachable(host, port, now_s)                      # an ICMP error came
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.errors import BrokenRequest, NotSip, NumberError
from enumd.routing.decision import Decision, decide
from enumd.routing.profile import Profile
from enumd.sip import framing
from enumd.sip.admission import Admission
from enumd.sip.fast import FetchPublished, SipHotPath
from enumd.sip.framing import Frame
from enumd.sip.head import Head
from enumd.sip.message import Request, attempted_method
from enumd.sip.numbering import dialled_number
from enumd.sip.peer import Peer, Peers, bucket_of
from enumd.sip.rate import Allowance
from enumd.sip.redirect import (
    NOTHING_TO_CANCEL,
    CallAnswer,
    answer_to,
    context_of,
    refusal,
    without_lookup,
)
from enumd.sip.reply import timestamp
from enumd.sip.responder import Exchange, Responder
from enumd.sip.transaction import Event
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Send, Source
from enumd.sip.via import top_via

_CANCELLED: Final = CallAnswer(200, b"", "the cancellation was taken")
_TERMINATED: Final = CallAnswer(487, b"", "the caller gave up")


Quick = Callable[[bytes, Source, float], bytes | None]


class Call(NamedTuple):
    """A request whose number has to be looked up; give it back with `RedirectServer.answer`."""

    number: Number
    dialled: Subscriber
    peer: Peer
    request: Request
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class SipStatistics:
    """What happened since the start."""

    responses: Mapping[int, int]
    """New responses, by status; retransmissions are not among them."""
    events: Mapping[str, int]
    """Everything else that is counted, by the names `RedirectServer` lists."""
    open_transactions: int


class RedirectServer:
    """A SIP redirect server without sockets, clock or randomness.

    Counted events: `not-sip`, `keep-alive`, `flooding` (dropped unread), `dropped` (no token left
    even for a refusal), `silent` (nothing may be answered), `repeated` (the client's
    retransmissions), `acknowledged`, `stray-ack`, `cancelled`, `capped` (no transaction, because
    the source has too many), `over-mtu`, and what `Event` says of the timers.
    """

    def __init__(
        self,
        peers: Peers,
        secret: bytes,
        salt: Callable[[], bytes],
        transactions: Transactions | None = None,
        published: FetchPublished | None = None,
    ) -> None:
        """Serve *peers*.

        *secret* is 16 to 64 random octets that all workers share; *salt* gives 8 other ones each
        time it is called. Plain calls are answered from what is *published* at once, by `quick`.
        """
        self._admission = Admission(peers, secret, salt)
        self._published = published
        self._transactions = Transactions() if transactions is None else transactions
        self._responder = Responder(secret, self._transactions)
        self._events: dict[str, int] = defaultdict(int)
        self._choose_quick()

    @property
    def peers(self) -> Peers:
        """Who is served; whoever reloads the configuration puts others here."""
        return self._admission.peers

    @peers.setter
    def peers(self, peers: Peers) -> None:
        """Serve *peers* from the next message on."""
        self._admission.peers = peers
        self._choose_quick()

    @property
    def draining(self) -> bool:
        """Tell whether new requests are refused with 503; what is open goes on."""
        return self._admission.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        """Refuse new requests with 503 from now on, or no more."""
        self._admission.draining = draining
        self._choose_quick()

    def _choose_quick(self) -> None:
        """Have plain calls redirected on the hot path, unless all of them are refused."""
        self.quick: Quick = _declined
        """Return what a plain call or ACK in a datagram gets, sent back where it came from.

        b"" is silence; None, or an exception of what is published, means: ask `datagram`. An
        attribute rather than a method: a whole call takes a few dozen calls of ours.
        """
        if self._published is not None and not self.draining:
            parts = self._responder, self._admission.limiter, self._events
            self.quick = SipHotPath(self.peers, self._published, *parts).answer

    def datagram(self, octets: bytes, source: Source, now_s: float) -> list[Send | Call]:
        """Take one datagram."""
        peer = self.peers.of(source)
        # An ACK ends retransmissions of ours, so it is read even when there is too much.
        if (
            peer.rate is not None
            and not octets.startswith(b"ACK ")
            and self._admission.limiter.flooding(bucket_of(peer, source), peer.rate, now_s)
        ):
            return self._nothing("flooding")
        try:
            frame = framing.datagram(octets)
        except NotSip:
            self._admission.take(peer, source, now_s)
            return self._nothing("not-sip")
        if frame is None:
            self.keep_alive(source, now_s)
            return []
        return self.frame(frame, source, now_s)

    def keep_alive(self, source: Source, now_s: float) -> bool:
        """Count a keep-alive against the rate of *source*; tell whether it is within that."""
        within = self._admission.take(self.peers.of(source), source, now_s) is Allowance.PASS
        self._nothing("keep-alive" if within else "dropped")
        return within

    def frame(self, frame: Frame, source: Source, now_s: float) -> list[Send | Call]:
        """Take one message, as a `Framer` cut it from a stream."""
        peer = self.peers.of(source)
        try:
            if frame.head.start_line.startswith(b"ACK "):
                return self._acknowledge(frame.head, now_s)
            if frame.fault is not None:
                raise frame.fault
            request = Request.parse(frame.head, frame.body)
        except NotSip:
            return self._nothing("not-sip")
        except BrokenRequest as fault:
            return self._refuse_broken(frame.head, fault, source, now_s)
        if (transaction := self._transactions.find(request)) is not None:
            octets = transaction.again()
            self._events["repeated"] += 1
            return [] if octets is None else [Send(octets, transaction.destination)]
        if request.method == "CANCEL":
            return self._cancel(request, peer, source, now_s)
        return self._begin(request, peer, source, now_s)

    def answer(self, call: Call, entry: Profile, now_s: float) -> list[Send]:
        """Answer *call* with what is known of its number; nothing if it ended meanwhile."""
        transaction = call.exchange.transaction
        if transaction is not None and transaction.call is not call:
            return []
        decision = self.decide(call, entry, now_s)
        answer = answer_to(decision, call.peer, call.exchange.history.place)
        return [self._responder.send(call.exchange, answer, now_s)]

    def decide(self, call: Call, entry: Profile, now_s: float) -> Decision:
        """Return the decision that `answer` makes known."""
        return decide(entry, context_of(call.request, call.peer, call.dialled, now_s))

    def refused(self) -> list[Source]:
        """Return strangers that were refused since the last time, some of them if they are many."""
        return self._admission.refused()

    def next_s(self) -> float | None:
        """Return when `expire` is due, or None while there is nothing to wait for."""
        return self._transactions.next_s()

    def expire(self, now_s: float) -> list[Send]:
        """Do what the timers ask for at *now_s*."""
        sends: list[Send] = []
        for transaction, event in self._transactions.expire(now_s):
            if event is Event.TRY and isinstance(transaction.call, Call):
                sends.append(
                    self._try(transaction.call.exchange, now_s - transaction.began_s, now_s)
                )
            elif event is Event.REPEAT and transaction.response is not None:
                sends.append(Send(transaction.response, transaction.destination))
            self._events[event.value] += 1
        return sends

    def unreachable(self, host: str, port: int, now_s: float) -> None:
        """Take an ICMP error about an answer to *host*, as `ipaddress` writes it, and *port*."""
        self._transactions.unreachable(host, port, now_s)

    def unfinished(self) -> int:
        """Return how many INVITEs a server that goes down should still wait for."""
        return self._transactions.unfinished()

    def statistics(self) -> SipStatistics:
        """Return the counters as they stand."""
        ended = {Event.END.value: self._transactions.ended}
        events = {**self._events, **ended, "over-mtu": self._responder.over_mtu}
        responses = dict(self._responder.responses)
        opened = len(self._transactions)
        return SipStatistics(MappingProxyType(responses), MappingProxyType(events), opened)

    def _nothing(self, event: str) -> list[Send | Call]:
        """Count *event* and answer nothing."""
        self._events[event] += 1
        return []

    def _refuse_broken(
        self, head: Head, fault: BrokenRequest, source: Source, now_s: float
    ) -> list[Send | Call]:
        """Answer a request that cannot be used, statelessly; an ACK or a response gets nothing."""
        peer = self.peers.of(source)
        if attempted_method(head) in ("", "ACK") or not head.rows(b"via") or _unheard(peer):
            return self._nothing("silent")
        allowance = self._admission.take(peer, source, now_s)
        if allowance is Allowance.DROP:
            return self._nothing("dropped")
        answer = refusal(fault.status, fault.why)
        if allowance is Allowance.REFUSE:
            answer = self._admission.answer_busy(peer, source)
        return [self._responder.send(self._responder.broken(head, peer, source), answer, now_s)]

    def _try(self, exchange: Exchange, waited_s: float, now_s: float) -> Send:
        """Tell the client of a slow lookup that its request has arrived."""
        trying = CallAnswer(
            100, timestamp(exchange.head, waited_s), "the number is being looked up"
        )
        return self._responder.send(exchange, trying, now_s)

    def _acknowledge(self, head: Head, now_s: float) -> list[Send | Call]:
        """Take an ACK; one that belongs nowhere is dropped (RFC 3261 section 8.2.7).

        Nobody answers an ACK, so nothing but its Via has to be right in it.
        """
        via = top_via(head)
        transaction = self._transactions.find_invite(via)
        if transaction is None and not via.compliant:
            transaction = self._transactions.find_acknowledged(Request.parse(head))
        if transaction is None:
            return self._nothing("stray-ack")
        self._transactions.acknowledge(transaction, now_s)
        return self._nothing("acknowledged")

    def _cancel(
        self, request: Request, peer: Peer, source: Source, now_s: float
    ) -> list[Send | Call]:
        """Answer a CANCEL (RFC 3261 section 9.2); without transactions there is none to cancel."""
        if not (peer.stateful and peer.allowed):
            return self._nothing("silent")
        exchange = self._open(request, peer, source, now_s)
        invite = self._transactions.find(request, "INVITE")
        if invite is None:
            return [self._responder.send(exchange, NOTHING_TO_CANCEL, now_s)]
        self._events["cancelled"] += 1
        sends: list[Send | Call] = [self._responder.send(exchange, _CANCELLED, now_s)]
        if isinstance(invite.call, Call):
            sends.append(self._responder.send(invite.call.exchange, _TERMINATED, now_s))
        return sends

    def _begin(
        self, request: Request, peer: Peer, source: Source, now_s: float
    ) -> list[Send | Call]:
        """Take a new request: refuse it, answer it, or ask for its number."""
        allowance = self._admission.take(peer, source, now_s)
        if allowance is Allowance.DROP or _unheard(peer):
            return self._nothing("silent" if _unheard(peer) else "dropped")
        answer = self._admission.turn_away(allowance, request, peer, source, now_s)
        if answer is not None:
            exchange = self._responder.stateless(request, peer, source)
            return [self._responder.send(exchange, answer, now_s)]
        exchange = self._open(request, peer, source, now_s)
        if (answer := without_lookup(request)) is not None:
            return [self._responder.send(exchange, answer, now_s)]
        try:
            dialled = dialled_number(request.uri)
            number = peer.dial_plan.number(dialled)
        except NumberError as error:
            return [self._responder.send(exchange, refusal(404, error.why), now_s)]
        call = Call(number, dialled, peer, request, exchange)
        if exchange.transaction is not None:
            exchange.transaction.call = call
        return [call]

    def _open(self, request: Request, peer: Peer, source: Source, now_s: float) -> Exchange:
        """Return the exchange of *request*: with a transaction where the peer has them."""
        if not peer.stateful:
            return self._responder.stateless(request, peer, source)
        exchange = self._responder.open(request, peer, source, now_s)
        if exchange.transaction is None:
            self._events["capped"] += 1
        return exchange


def _declined(_octets: bytes, _source: Source, _now_s: float) -> None:
    """Leave everything to the general path."""


def _unheard(peer: Peer) -> bool:
    """Tell whether *peer* gets no answer of any kind."""
    return peer.silent and not peer.allowed
