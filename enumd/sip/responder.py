"""How an answer becomes octets and finds its way: Vias, To tag, transaction, destination."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, NamedTuple

from enumd.errors import BrokenRequest
from enumd.sip.head import Head
from enumd.sip.history import NO_HISTORY, History, history_of
from enumd.sip.message import Request
from enumd.sip.peer import Peer
from enumd.sip.redirect import CallAnswer
from enumd.sip.reply import head_tag, reply, request_tag, stamped_vias, tag_hasher
from enumd.sip.transaction import Transaction
from enumd.sip.transactions import Transactions
from enumd.sip.transport import Destination, Send, Source, Transport, response_destination
from enumd.sip.via import Via, top_via

MTU_OCTETS: Final = 1300
"""RFC 3261 section 18.1.1 supposes that more than this is cut on its way."""


class Exchange(NamedTuple):
    """What it takes to answer one request; without a transaction that is done once, statelessly."""

    head: Head
    vias: bytes
    tag: bytes
    destination: Destination
    transaction: Transaction | None = None
    history: History = NO_HISTORY


class Responder:
    """Makes responses and keeps the transactions they belong to."""

    def __init__(self, secret: bytes, transactions: Transactions) -> None:
        """Sign To tags with *secret*."""
        self.transactions = transactions
        self.responses: dict[int, int] = defaultdict(int)
        """New responses by status; what is sent again is not counted."""
        self.over_mtu = 0
        """Datagrams that may have been cut on their way."""
        self.hasher = tag_hasher(secret)

    def open(self, request: Request, peer: Peer, source: Source, now_s: float) -> Exchange:
        """Return the exchange of *request*, with a transaction if the cap of *source* allows."""
        vias, tag, destination = self._prepare(request, peer, source)
        answered_with = request.to_tag or tag
        opened = self.transactions.open(request, destination, source.host, answered_with, now_s)
        return Exchange(request.head, vias, tag, destination, opened, history_of(request))

    def stateless(self, request: Request, peer: Peer, source: Source) -> Exchange:
        """Return the exchange of *request* without a transaction (RFC 3261 section 8.2.7)."""
        vias, tag, destination = self._prepare(request, peer, source)
        return Exchange(request.head, vias, tag, destination, None, history_of(request))

    def broken(self, head: Head, peer: Peer, source: Source) -> Exchange:
        """Return the exchange of a request of which only *head* can be read."""
        try:
            via = top_via(head)
        except BrokenRequest:
            via = None
        vias = stamped_vias(head, via, source.host, source.port)
        return Exchange(head, vias, head_tag(head, self.hasher), _destination(via, peer, source))

    def send(self, exchange: Exchange, answer: CallAnswer, now_s: float) -> Send:
        """Return the response that gives *answer*, and let its transaction know."""
        head, vias, tag, destination, transaction, history = exchange
        fields = answer.fields if answer.status == 100 else answer.fields + history.fields
        octets = reply(head, vias, answer.status, tag, fields)
        if transaction is not None:
            self.transactions.respond(transaction, answer.status, octets, now_s)
        self.responses[answer.status] += 1
        if len(octets) > MTU_OCTETS and destination.transport is Transport.UDP:
            self.over_mtu += 1
        return Send(octets, destination)

    def _prepare(
        self, request: Request, peer: Peer, source: Source
    ) -> tuple[bytes, bytes, Destination]:
        """Return the Vias, the To tag and the destination of every response to *request*."""
        vias = stamped_vias(request.head, request.via, source.host, source.port)
        tag = request_tag(request, self.hasher)
        return vias, tag, _destination(request.via, peer, source)


def _destination(via: Via | None, peer: Peer, source: Source) -> Destination:
    """Return where the response goes, as was agreed with *peer*."""
    return response_destination(
        source, via, force_rport=peer.force_rport, honour_maddr=peer.honour_maddr
    )
