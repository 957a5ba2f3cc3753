"""`enumd number release suspend resume transfer recover`: what becomes of a number that is had."""

from __future__ import annotations

from typing import Final

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone
from enumd.cli.live import fields_with_live, live_lines
from enumd.cli.session import Session, is_a_person
from enumd.cli.spelling import grouped, local_time
from enumd.core.number import Number
from enumd.operations.number import (
    AskProof,
    ChangeRegistrar,
    NumberClaimed,
    RecoverNumber,
    ReleaseNumber,
    ResumeNumber,
    SuspendNumber,
    TransferNumber,
)
from enumd.operations.performed import Performed
from enumd.operations.request import plain
from enumd.operations.times import seconds

CODE_ADVICE: Final = "keep it: with it you release or move the number"
code_option = click.option(
    "--recovery-code",
    metavar="CODE",
    help="Proof that the holder wants it; without it you act as the operator, which is recorded.",
)


@click.command()
@click.argument("number", type=arguments.number)
@code_option
@in_zone
@click.pass_obj
def release(session: Session, number: Number, recovery_code: str | None, apex: str | None) -> None:
    """Give a number back; it rests in quarantine before it is free again.

    \b
    enumd number release +441632960017 --recovery-code C5CG-2KGZ-8YC6
    """
    session.confirm(f"Release {grouped(str(number))}, and remove all its endpoints?")
    code = _ask_code(session, number, recovery_code, apex)
    released = session.perform(ReleaseNumber(str(number), code, apex))
    until = local_time(seconds(released.result.until or ""))
    line = f"released  {grouped(str(number))}, in quarantine until {until}"
    session.output.record(fields_with_live(released), line, *live_lines(released))


@click.command()
@click.argument("number", type=arguments.number)
@click.option("--why", required=True, help="The reason, which the change log keeps.")
@in_zone
@click.pass_obj
def suspend(session: Session, number: Number, why: str, apex: str | None) -> None:
    """Silence a number: it exists, and there is no way to reach it.

    \b
    enumd number suspend +441632960017 --why "abuse, ticket 17"
    """
    silenced = session.perform(SuspendNumber(str(number), why, apex))
    line = f"suspended {grouped(str(number))}: {silenced.result.suspended_why}"
    session.output.record(fields_with_live(silenced), line, *live_lines(silenced))


@click.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def resume(session: Session, number: Number, apex: str | None) -> None:
    """Let a suspended number answer again.

    \b
    enumd number resume +441632960017
    """
    heard = session.perform(ResumeNumber(str(number), apex))
    line = f"resumed   {grouped(str(number))}"
    session.output.record(fields_with_live(heard), line, *live_lines(heard))


@click.command()
@click.argument("number", type=arguments.number)
@click.option("--holder", metavar="CONTACT", help="Who has it from now on.")
@click.option("--registrar", metavar="NAME", help="Who looks after it from now on.")
@code_option
@in_zone
@click.pass_obj
def transfer(
    session: Session,
    number: Number,
    holder: str | None,
    registrar: str | None,
    recovery_code: str | None,
    apex: str | None,
) -> None:
    """Give a number to another holder, with its endpoints and a new recovery code.

    With --registrar alone the holder stays, and another registrar looks after the number.

    \b
    enumd number transfer +441632960017 --holder ben@example.net
    enumd number transfer +441632960017 --registrar acme
    """
    if (holder is None) is (registrar is None):
        raise click.UsageError("Say who gets it: either --holder CONTACT or --registrar NAME.")
    session.confirm(f"Give {grouped(str(number))} to {holder or registrar}?")
    code = _ask_code(session, number, recovery_code, apex)
    if holder is not None:
        moved = session.perform(TransferNumber(str(number), holder, code, apex))
        _print_claim(session, "moved", "to", moved)
        return
    after = session.perform(ChangeRegistrar(str(number), registrar or "", code, apex)).result
    line = f"moved     {grouped(str(number))} to the registrar {after.registrar}"
    session.output.record(plain(after), line)


@click.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def recover(session: Session, number: Number, apex: str | None) -> None:
    """Give the holder a new recovery code for one that is lost; the old one is void.

    Make sure first that it is the holder who asks: the change log records that you did this.

    \b
    enumd number recover +441632960017
    """
    session.confirm(f"Void the recovery code of {grouped(str(number))}, and print a new one?")
    recovered = session.perform(RecoverNumber(str(number), apex))
    _print_claim(session, "recovered", "for", recovered)


def _print_claim(
    session: Session, done: str, whose: str, performed: Performed[NumberClaimed]
) -> None:
    """Print whose the number is now, with its new recovery code."""
    claimed = performed.result
    session.output.record(
        plain(claimed),
        f"{done:<10}{grouped(claimed.number)} {whose} {claimed.holder}",
        f"recovery  {claimed.recovery_code}   ({CODE_ADVICE})",
    )


def _ask_code(session: Session, number: Number, given: str | None, apex: str | None) -> str | None:
    """Return the recovery code as *given*, or as a person types it; None acts for the operator."""
    if given is not None or session.assume_yes or not is_a_person():
        return given
    if not session.perform(AskProof(str(number), apex)).result.recovery_code:
        return None
    question = "Recovery code (leave it empty to act as the operator, which is recorded)"
    return click.prompt(question, default="", show_default=False, err=True).strip() or None


COMMANDS: Final = (release, suspend, resume, transfer, recover)
"""What `enumd number` has besides its own commands."""
