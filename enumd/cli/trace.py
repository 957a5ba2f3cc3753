"""`enumd trace`: what would happen to a call, and why.

The decision is `routing.decide`'s, on what `serve.finding` finds: the functions that the SIP
service itself uses, so what is shown is what it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import click

from enumd.cli import arguments
from enumd.cli.errors import conclude
from enumd.cli.sender import Sender, Silence, sender_of
from enumd.cli.session import Session
from enumd.core.number import Number
from enumd.errors import BrokenRequest, IndexFault, NotSip, NumberError

if TYPE_CHECKING:
    from enumd.core.apex import Apex
    from enumd.core.ddds import Resolution
    from enumd.core.telephone import Subscriber
    from enumd.index.reader import Snapshot
    from enumd.routing.context import Context
    from enumd.routing.decision import Decision
    from enumd.serve.enum.finding import Finding
    from enumd.sip.head import Head
    from enumd.sip.message import Request
    from enumd.sip.peer import Peer
    from enumd.sip.redirect import Answer

STRANGER: Final = "stranger"
"""The peer that everybody is of whom nothing else is known."""

EPILOG: Final = """
Exit status: 0 the call goes somewhere (or OPTIONS is answered 200); 3 it does not (SIP 4xx, or no
answer at all); 1 that is not known, because a tree or the index cannot be read (SIP 5xx); 2 a
mistake in the command line. With --source alone: 0 its calls are taken, 3 they are not.
"""


class Traced(NamedTuple):
    """A call, and all there is to know of what becomes of it."""

    answer: Answer | Silence
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


class _Call(NamedTuple):
    """A number that is called, and how."""

    number: Number
    dialled: Subscriber
    context: Context
    request: Request | None = None


@click.command(epilog=EPILOG)
@click.argument("number", type=arguments.number, required=False)
@click.option("--from", "caller", metavar="URI", default="", help="Who calls.")
@click.option(
    "--sip-message",
    "message",
    type=click.File("rb"),
    help="A file with a SIP request, for its Request-URI and its From; - for standard input.",
)
@click.option(
    "--peer",
    "name",
    metavar="NAME",
    help="Whose call it is: a peer under [sip], for its dial plan and what it can take; a stranger "
    "if not given.",
)
@click.option(
    "--source",
    metavar="ADDRESS",
    help="Where it comes from: which peer that is, whether it is let in, and how it would be.",
)
@click.option(
    "--dns/--no-dns",
    "dns",
    default=None,
    help="Ask other trees over DNS: those under [enum], e164.arpa if there are none; or do not. "
    "Without either, those under [enum] are asked.",
)
@click.pass_obj
def trace(session: Session, /, number: Number | None, message: BinaryIO | None, **how: Any) -> None:
    """Show what becomes of a call for NUMBER, and every rule that has a part in it.

    Whether the peer is let in is looked at with --source alone, which needs no NUMBER.
    """
    from enumd.cli.traced import fields_of, tree_of
    from enumd.core.uri import Uri

    peer, sender = _peer(session, how["name"], how["source"])
    caller = str(Uri.parse(how["caller"])) if how["caller"] else ""
    call: _Call | Traced
    if sender and (sender.refusal or not (number or message)):
        answer = sender.refusal or Silence("its calls are taken")
        call = Traced(answer, peer, number, caller=caller)
    elif number and not message:
        call = _called(session, number, peer, caller)
    elif message and not number:
        call = _read(session, message.read(), peer, caller)
    else:
        raise click.UsageError("Give either a NUMBER or --sip-message.")
    traced = call if isinstance(call, Traced) else _trace(session, call, peer, how["dns"])
    traced = traced._replace(sender=sender)
    session.output.tree(fields_of(traced), tree_of(traced))
    if status := _exit_status(traced):
        answer = traced.answer
        said = "no answer" if answer.status is None else f"SIP {answer.status}"
        advice = "The result says by which rules, and what would change it."
        conclude(session.output, f"{said}: {answer.why}", advice, status)


def _exit_status(traced: Traced) -> int:
    """Return what the epilog says."""
    answer = traced.answer
    if answer.status is None:
        return 0 if traced.admitted else 3
    if answer.status < 400:
        return 0
    return 3 if answer.status < 500 else 1


def _peer(session: Session, name: str | None, source: str | None) -> tuple[Peer, Sender | None]:
    """Return the peer of that name or that address, as it is configured."""
    from enumd.serve.sip.peers import peers_of

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


def _called(session: Session, number: Number, peer: Peer, caller: str) -> _Call:
    """Return the call for a number that was typed."""
    from enumd.core.telephone import Subscriber
    from enumd.routing.context import Context

    dialled = Subscriber(str(number))
    return _Call(number, dialled, Context(session.now_s, peer.routing, caller, dialled))


def _read(session: Session, octets: bytes, peer: Peer, caller: str) -> _Call | Traced:
    """Return the call that a SIP request is, or what becomes of it where it is none.

    Raises:
        NotSip: the octets are no SIP request.
    """
    from enumd.sip import framing
    from enumd.sip.message import Request, attempted_method
    from enumd.sip.redirect import refusal

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
    return _requested(session, request, peer, caller)


def _unanswerable(head: Head, method: str) -> Silence | None:
    """Return why nothing is said to a request, however it goes on; None where something is.

    An ACK belongs to an answer and has none (RFC 3261 section 8.2.7), and an answer goes where the
    Via says (section 18.2.2).
    """
    if method == "ACK":
        return Silence("an ACK is never answered")
    if method and not head.rows(b"via"):
        return Silence("there is no Via, so nobody knows whom to answer")
    return None


def _cancelled(peer: Peer) -> Answer | Silence:
    """Return what becomes of a CANCEL that comes alone (RFC 3261 section 9.2)."""
    from enumd.sip.redirect import NOTHING_TO_CANCEL

    if peer.stateful:
        return NOTHING_TO_CANCEL
    return Silence("there is nothing to cancel for a peer without transactions")


def _requested(session: Session, request: Request, peer: Peer, caller: str) -> _Call | Traced:
    """Return the call that *request* makes, or what is answered to it without a look-up."""
    from enumd.sip.numbering import dialled_number
    from enumd.sip.redirect import context_of, refusal, without_lookup

    if request.method == "CANCEL":
        return Traced(_cancelled(peer), peer, request=request, caller=caller)
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
    return _Call(number, dialled, context, request)


def _trace(session: Session, call: _Call, peer: Peer, dns: bool | None) -> Traced:
    """Return what becomes of a call for a number."""
    from enumd.routing.decision import decide
    from enumd.sip.redirect import answer_to

    finding = _find(session, call, dns)
    decision = decide(finding.entry, call.context)
    answer = answer_to(decision, peer)
    return Traced(answer, peer, call.number, call.request, call.context.caller, finding, decision)


def _find(session: Session, call: _Call, dns: bool | None) -> Finding:
    """Return what is known of the number, as the SIP service finds it, but waiting for the DNS."""
    from enumd.core.apex import PUBLIC_TREE, Apex
    from enumd.serve.enum import lookup as client
    from enumd.serve.enum.finding import Finder, Finding

    settings = session.config.enum

    def ask(number: Number, trees: Sequence[Apex]) -> Resolution:
        servers = client.servers_of(settings)
        return client.lookup(number, trees, servers, settings.total_timeout_ms / 1000)

    trees = settings.trees or ((Apex(PUBLIC_TREE),) if dns else ())
    dipped = dns is False or call.dialled.enum_dipped
    with _published(session) as snapshots:
        found = Finder(snapshots, trees, ask).seek(call.number, session.now_s, dipped=dipped)
    assert isinstance(found, Finding)  # only a client that does not block makes one wait
    return found


@contextmanager
def _published(session: Session) -> Iterator[AbstractContextManager[Snapshot | None]]:
    """Open the index for one look; where it cannot be used a note says why."""
    from enumd.index.reader import IndexReader

    try:
        reader = IndexReader(session.config.index_path)
    except IndexFault as fault:
        session.output.note(f"{fault}. {fault.advice}")
        yield nullcontext()
        return
    with reader:
        yield reader.snapshot()
