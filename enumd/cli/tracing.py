"""A call, and all there is to know of what becomes of it.

The decision is `routing.decide`'s, on what `serve.finding` finds: the functions that the SIP
service itself uses, so what is shown is what it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, NamedTuple

import click

from enumd.cli.sender import NoAnswer, Sender, sender_of
from enumd.cli.session import Session
from enumd.core.apex import PUBLIC_TREE, Apex
from enumd.core.ddds import EnumResolution
from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.errors import BrokenRequest, IndexFault, NotSip, NumberError
from enumd.index.reader import IndexReader, Snapshot
from enumd.routing.context import Context
from enumd.routing.decision import Decision, decide
from enumd.serve.enum import lookup as client
from enumd.serve.enum.finding import Finder, Finding
from enumd.serve.sip.peers import peers_of
from enumd.sip import framing
from enumd.sip.head import Head
from enumd.sip.message import Request, attempted_method
from enumd.sip.numbering import dialled_number
from enumd.sip.peer import Peer
from enumd.sip.redirect import (
    NOTHING_TO_CANCEL,
    CallAnswer,
    answer_to,
    context_of,
    refusal,
    without_lookup,
)

STRANGER: Final = "stranger"
"""The peer that everybody is of whom nothing else is known."""


class Traced(NamedTuple):
    """A call, and all there is to know of what becomes of it."""

    answer: CallAnswer | NoAnswer
    """What SIP answers; of an address alone, that it is let in."""
    peer: Peer
    number: Number | None = None
    """None where it never came to a number."""
    request: Request | None = None
    caller: str = ""
    finding: Finding | None = None
    decision: Decision | None = None
    sender: Sender | None = None
    """Where it comes from, if that was said."""

    @property
    def admitted(self) -> bool:
        """Tell whether all that was asked is who an address is, and it is let in."""
        return self.sender is not None and not (self.sender.refusal or self.number or self.request)


class CalledNumber(NamedTuple):
    """A number that is called, and how."""

    number: Number
    dialled: Subscriber
    context: Context
    request: Request | None = None


def find_peer(session: Session, name: str | None, source: str | None) -> tuple[Peer, Sender | None]:
    """Return the peer of that name or that address, as it is configured."""
    peers = peers_of(session.config)
    if source:
        if name:
            raise click.UsageError("Give either --peer or --source, which says whose call it is.")
        sender = sender_of(peers, source)
        return sender.peer, sender
    name = name or STRANGER
    known = {peer.name: peer for peer in (*peers.peers, peers.stranger)}
    if name not in known:
        raise click.BadParameter(f"there is no peer {name!r}; there are {', '.join(known)}.")
    return known[name], None


def dial(session: Session, number: Number, peer: Peer, caller: str) -> CalledNumber:
    """Return the call for a number that was typed."""
    dialled = Subscriber(str(number))
    return CalledNumber(number, dialled, Context(session.now_s, peer.routing, caller, dialled))


def read_message(session: Session, octets: bytes, peer: Peer, caller: str) -> CalledNumber | Traced:
    """Return the call that a SIP request is, or what becomes of it where it is none.

    Raises:
        NotSip: the octets are no SIP request.
    """
    frame = framing.datagram(octets)
    if frame is None:
        raise NotSip("there is nothing in the SIP message")
    method = attempted_method(frame.head)
    if (silence := _unanswerable(frame.head, method)) is not None:
        return Traced(silence, peer, caller=caller)
    try:
        if method and frame.fault is not None:
            raise frame.fault
        request = Request.parse(frame.head, frame.body)
    except BrokenRequest as fault:
        return Traced(refusal(fault.status, fault.why), peer, caller=caller)
    return _read_request(session, request, peer, caller)


def _unanswerable(head: Head, method: str) -> NoAnswer | None:
    """Return why nothing is said to a request, however it goes on; None where something is.

    An ACK belongs to an answer and has none (RFC 3261 section 8.2.7), and an answer goes where the
    Via says (section 18.2.2).
    """
    if method == "ACK":
        return NoAnswer("an ACK is never answered")
    if method and not head.rows(b"via"):
        return NoAnswer("there is no Via, so nobody knows whom to answer")
    return None


def _answer_cancel(peer: Peer) -> CallAnswer | NoAnswer:
    """Return what becomes of a CANCEL that comes alone (RFC 3261 section 9.2)."""
    if peer.stateful:
        return NOTHING_TO_CANCEL
    return NoAnswer("there is nothing to cancel for a peer without transactions")


def _read_request(
    session: Session, request: Request, peer: Peer, caller: str
) -> CalledNumber | Traced:
    """Return the call that *request* makes, or what is answered to it without a look-up."""
    if request.method == "CANCEL":
        return Traced(_answer_cancel(peer), peer, request=request, caller=caller)
    if (answer := without_lookup(request)) is not None:
        return Traced(answer, peer, request=request, caller=caller)
    try:
        dialled = dialled_number(request.uri)
        number = peer.dial_plan.number(dialled)
    except NumberError as error:
        return Traced(refusal(404, error.why), peer, request=request, caller=caller)
    context = context_of(request, peer, dialled, session.now_s)
    if caller:
        context = context._replace(caller=caller)
    return CalledNumber(number, dialled, context, request)


def follow(session: Session, call: CalledNumber, peer: Peer, dns: bool | None) -> Traced:
    """Return what becomes of a call for a number."""
    finding = _find(session, call, dns)
    decision = decide(finding.entry, call.context)
    answer = answer_to(decision, peer)
    return Traced(answer, peer, call.number, call.request, call.context.caller, finding, decision)


def _find(session: Session, call: CalledNumber, dns: bool | None) -> Finding:
    """Return what is known of the number, as the SIP service finds it, but waiting for the DNS."""
    settings = session.config.enum

    def ask(number: Number, trees: Sequence[Apex]) -> EnumResolution:
        servers = client.servers_of(settings)
        return client.lookup(number, trees, servers, settings.total_timeout_ms / 1000)

    trees = settings.trees or ((Apex(PUBLIC_TREE),) if dns else ())
    dipped = dns is False or call.dialled.enum_dipped
    with _open_index(session) as snapshots:
        found = Finder(snapshots, trees, ask).seek(call.number, session.now_s, dipped=dipped)
    assert isinstance(found, Finding)  # only a client that does not block makes one wait
    return found


@contextmanager
def _open_index(session: Session) -> Iterator[AbstractContextManager[Snapshot | None]]:
    """Open the index for one look; where it cannot be used a note says why."""
    try:
        reader = IndexReader(session.config.index_path)
    except IndexFault as fault:
        session.output.note(f"{fault}. {fault.advice}")
        yield nullcontext()
        return
    with reader:
        yield reader.snapshot()
