"""`enumd trace`: what would happen to a call, and why."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

import click

from enumd.cli import arguments
from enumd.cli.errors import conclude
from enumd.cli.sender import NoAnswer
from enumd.cli.session import Session
from enumd.cli.traced import fields_of, tree_of
from enumd.cli.tracing import CalledNumber, Traced, dial, find_peer, follow, read_message
from enumd.core.number import Number
from enumd.core.uri import Uri

EPILOG: Final = """
Exit status: 0 the call goes somewhere (or OPTIONS is answered 200); 3 it does not (SIP 4xx, or no
answer at all); 1 that is not known, because a tree or the index cannot be read (SIP 5xx); 2 a
mistake in the command line. With --source alone: 0 its calls are taken, 3 they are not.
"""


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
    peer, sender = find_peer(session, how["name"], how["source"])
    caller = str(Uri.parse(how["caller"])) if how["caller"] else ""
    call: CalledNumber | Traced
    if sender and (sender.refusal or not (number or message)):
        answer = sender.refusal or NoAnswer("its calls are taken")
        call = Traced(answer, peer, number, caller=caller)
    elif number and not message:
        call = dial(session, number, peer, caller)
    elif message and not number:
        call = read_message(session, message.read(), peer, caller)
    else:
        raise click.UsageError("Give either a NUMBER or --sip-message.")
    traced = call if isinstance(call, Traced) else follow(session, call, peer, how["dns"])
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
