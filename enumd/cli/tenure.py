"""`enumd number release suspend resume transfer recover`: what becomes of a number that is had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone, zone_name
from enumd.cli.card import claim_fields, record_fields
from enumd.cli.live import commit
from enumd.cli.session import Session, is_a_person
from enumd.cli.spelling import grouped, local_time
from enumd.core.number import Number

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.number_row import NumberRecord
    from enumd.registry.numbers import Claim

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
    from enumd.registry import numbers

    session.confirm(f"Release {grouped(str(number))}, and remove all its endpoints?")
    code = _ask_code(session, number, recovery_code, apex)

    def work(change: Change) -> NumberRecord:
        return numbers.release(change, number, code, zone_name(apex))

    live = commit(session, work, number, apex)
    until = local_time(live.value.until_s or 0)
    line = f"released  {grouped(str(number))}, in quarantine until {until}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


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
    from enumd.registry import numbers

    def work(change: Change) -> NumberRecord:
        return numbers.suspend(change, number, why, zone_name(apex))

    live = commit(session, work, number, apex)
    line = f"suspended {grouped(str(number))}: {live.value.suspended_why}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


@click.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def resume(session: Session, number: Number, apex: str | None) -> None:
    """Let a suspended number answer again.

    \b
    enumd number resume +441632960017
    """
    from enumd.registry import numbers

    def work(change: Change) -> NumberRecord:
        return numbers.resume(change, number, zone_name(apex))

    live = commit(session, work, number, apex)
    line = f"resumed   {grouped(str(number))}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


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
        _to_holder(session, number, holder, code, apex)
    else:
        _to_registrar(session, number, registrar or "", code, apex)


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
    from enumd.registry import tenure

    session.confirm(f"Void the recovery code of {grouped(str(number))}, and print a new one?")
    _print_claim(
        session, "recovered", "for", lambda change: tenure.recover(change, number, zone_name(apex))
    )


def _to_holder(
    session: Session, number: Number, holder: str, code: str | None, apex: str | None
) -> None:
    """Give *number* to *holder*."""
    from enumd.registry import numbers

    _print_claim(
        session,
        "moved",
        "to",
        lambda change: numbers.transfer(change, number, holder, code, zone_name(apex)),
    )


def _to_registrar(
    session: Session, number: Number, registrar: str, code: str | None, apex: str | None
) -> None:
    """Let *registrar* look after *number*."""
    from enumd.registry import tenure

    def work(change: Change) -> NumberRecord:
        return tenure.change_registrar(change, number, registrar, code, zone_name(apex))

    record = session.commit(work).value
    line = f"moved     {grouped(str(number))} to the registrar {record.registrar}"
    session.output.record(record_fields(record), line)


def _print_claim(session: Session, done: str, whose: str, work: Callable[[Change], Claim]) -> None:
    """Do *work* and print whose the number is now, with its new recovery code."""
    claimed = session.commit(work).value
    session.output.record(
        claim_fields(claimed),
        f"{done:<10}{grouped(str(claimed.number))} {whose} {claimed.holder}",
        f"recovery  {claimed.recovery_code}   ({CODE_ADVICE})",
    )


def _ask_code(session: Session, number: Number, given: str | None, apex: str | None) -> str | None:
    """Return the recovery code as *given*, or as a person types it; None acts for the operator."""
    if given is not None or session.assume_yes or not is_a_person():
        return given
    if not _has_code(session, number, apex):
        return None
    question = "Recovery code (leave it empty to act as the operator, which is recorded)"
    return click.prompt(question, default="", show_default=False, err=True).strip() or None


def _has_code(session: Session, number: Number, apex: str | None) -> bool:
    """Tell whether *number* has a recovery code that could be asked for."""
    from enumd.registry import number_row, zones

    with session.reading() as reading:
        zone = zones.find_for(reading, number, zone_name(apex))
        row = number_row.find(reading, zone, number)
        return row is not None and row.recovery is not None


COMMANDS: Final = (release, suspend, resume, transfer, recover)
"""What `enumd number` has besides its own commands."""
