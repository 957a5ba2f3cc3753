"""`enumd trace`: what would happen to a call, and why.

The decision is `routing.decide`'s, on what `serve.finding` finds: the functions that the SIP
service itself uses, so what is shown is what it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

import click

from enumd.cli import arguments
from enumd.cli.session import Session
from enumd.core.number import Number
from enumd.errors import BrokenRequest, IndexFault, NumberError

if TYPE_CHECKING:
    from enumd.core.apex import Apex
    from enumd.core.ddds import Resolution
    from enumd.core.telephone import Subscriber
    from enumd.index.reader import Snapshot
    from enumd.routing.context import Context
    from enumd.routing.decision import Decision
    from enumd.serve.finding import Finding
    from enumd.sip.message import Request
    from enumd.sip.redirect import Answer

EPILOG = """
Exit status: 0 the call goes somewhere (or OPTIONS is answered 200); 3 it does not (SIP 4xx); 1 that
is not known, because a tree or the index cannot be read (SIP 5xx); 2 a mistake in the command line.
"""


class Traced(NamedTuple):
    """A call, and all there is to know of what becomes of it."""

    answer: Answer
    """What SIP answers."""
    number: Number | None = None
    """None where it never came to a number."""
    request: Request | None = None
    caller: str = ""
    finding: Finding | None = None
    decision: Decision | None = None


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
    "--dns/--no-dns",
    "dns",
    default=None,
    help="Ask other trees over DNS: those under [enum], e164.arpa if there are none; or do not. "
    "Without either, those under [enum] are asked.",
)
@click.pass_context
def trace(
    ctx: click.Context, number: Number | None, caller: str, message: BinaryIO | None, dns: bool | None
) -> None:
    """Show what becomes of a call for NUMBER, and every rule that has a part in it."""
    from enumd.cli.traced import fields_of, tree_of
    from enumd.core.uri import Uri

    if (number is None) == (message is None):
        raise click.UsageError("Give either a NUMBER or --sip-message.")
    session: Session = ctx.obj
    caller = str(Uri.parse(caller)) if caller else ""
    call = _read(session, message, caller) if message else _called(session, number, caller)
    traced = call if isinstance(call, Traced) else _trace(session, call, dns)
    session.output.tree(fields_of(traced), tree_of(traced, session.now_s))
    ctx.exit(0 if traced.answer.status < 400 else 3 if traced.answer.status < 500 else 1)


def _called(session: Session, number: Number, caller: str) -> _Call:
    """Return the call for a number that was typed."""
    from enumd.core.telephone import Subscriber
    from enumd.routing.context import Context
    from enumd.sip.peer import Peer

    dialled = Subscriber(str(number))
    return _Call(number, dialled, Context(session.now_s, Peer("trace").routing, caller, dialled))


def _read(session: Session, file: BinaryIO, caller: str) -> _Call | Traced:
    """Return the call that a SIP request is, or what becomes of it where that is no call.

    Raises:
        NotSip: the file holds no SIP request.
    """
    from enumd.sip import framing
    from enumd.sip.message import Request
    from enumd.sip.redirect import refusal

    frame = framing.datagram(file.read())
    if frame is None:
        raise click.UsageError("The SIP message is empty.")
    try:
        if frame.fault is not None:
            raise frame.fault
        request = Request.parse(frame.head, frame.body)
    except BrokenRequest as fault:
        return Traced(refusal(fault.status, fault.why), caller=caller)
    return _requested(session, request, caller)


def _requested(session: Session, request: Request, caller: str) -> _Call | Traced:
    """Return the call that *request* makes, or what is answered to it without a look-up."""
    from enumd.sip.numbering import dialled_number
    from enumd.sip.peer import Peer
    from enumd.sip.redirect import context_of, refusal, without_lookup

    peer = Peer("trace")
    if (answer := without_lookup(request)) is not None:
        return Traced(answer, request=request, caller=caller)
    try:
        dialled = dialled_number(request.uri)
        number = peer.dial_plan.number(dialled)
    except NumberError as error:
        return Traced(refusal(404, error.why), request=request, caller=caller)
    context = context_of(request, peer, dialled, session.now_s)
    if caller:
        context = context._replace(caller=caller)
    return _Call(number, dialled, context, request)


def _trace(session: Session, call: _Call, dns: bool | None) -> Traced:
    """Return what becomes of a call for a number."""
    from enumd.routing.decision import decide
    from enumd.sip.peer import Peer
    from enumd.sip.redirect import answer_to

    finding = _find(session, call, dns)
    decision = decide(finding.entry, call.context)
    answer = answer_to(decision, Peer("trace"))
    return Traced(answer, call.number, call.request, call.context.caller, finding, decision)


def _find(session: Session, call: _Call, dns: bool | None) -> Finding:
    """Return what is known of the number, as the SIP service finds it, but waiting for the DNS."""
    from enumd.core.apex import PUBLIC_TREE, Apex
    from enumd.serve import lookup as client
    from enumd.serve.finding import Finder, Finding

    settings = session.config.enum

    def ask(number: Number, trees: Sequence[Apex]) -> Resolution:
        servers = client.servers_of(settings)
        return client.lookup(number, trees, servers, settings.total_timeout_ms / 1000)

    trees = settings.trees or ((Apex(PUBLIC_TREE),) if dns else ())
    dipped = dns is False or call.dialled.get("enumdi") is not None
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
