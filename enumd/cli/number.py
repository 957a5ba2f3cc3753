"""`enumd number`: find, hold, claim, release, show, suspend, resume, transfer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from enumd.cli import arguments, live
from enumd.cli.main import Group
from enumd.cli.output import Column, Record
from enumd.cli.session import Committed, Session
from enumd.cli.spelling import duration, grouped, local_time, timestamp
from enumd.core.number import Number
from enumd.errors import Conflict

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.numbers import Claim, FoundNumber, NumberRecord

SIMILAR = 3
"""How many free numbers a person is offered in place of a taken one."""

FOUND = (
    Column("number", show=grouped),
    Column("pool"),
    Column("recycled", "note", lambda recycled: "had a holder before" if recycled else ""),
)

CODE_ADVICE = "keep it: with it you release or move the number"


@click.group(cls=Group)
def number() -> None:
    """Numbers: free, held, claimed, suspended, in quarantine."""


@number.command()
@click.option("--pool", metavar="NAME", help="Only numbers of this pool.")
@click.option("--like", metavar="PATTERN", help="Digits, ? for any one, * for any run: '*17'.")
@click.option("--limit", type=click.IntRange(1), default=20, help="How many at most; 20.")
@click.pass_obj
def find(session: Session, pool: str | None, like: str | None, limit: int) -> None:
    """Find free numbers."""
    rows = [
        {"number": str(one.number), "pool": one.pool, "recycled": one.recycled}
        for one in _free(session, pool, like, limit)
    ]
    session.output.listing(rows, FOUND, "no free number fits; ask for less with --like")


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--holder", metavar="CONTACT", help="For whom; you, if not given.")
@click.pass_obj
def hold(session: Session, number: Number, holder: str | None) -> None:
    """Keep a free number for a while; prints the hold, and when it ends."""
    from enumd.registry import numbers

    done = _or_similar(session, number, lambda change: numbers.hold(change, number, holder))
    held = done.value
    fields = {"number": str(number), "hold": held.token, "until": timestamp(held.until_s)}
    left = duration(held.until_s - session.now_s)
    session.output.record(
        fields,
        f"held      {grouped(str(number))} until {_when(session, held.until_s)} ({left})",
        f"hold      {held.token}",
        f"claim it  enumd number claim {number} --hold {held.token} --holder YOUR-MAIL",
    )


@number.command()
@click.argument("number", type=arguments.number, required=False)
@click.option("--any", "any_", is_flag=True, help="Take any free number instead of a given one.")
@click.option("--like", metavar="PATTERN", help="With --any: what it should look like: '*17'.")
@click.option("--pool", metavar="NAME", help="With --any: from this pool.")
@click.option(
    "--holder", required=True, metavar="CONTACT", help="A mail address, or a party's name."
)
@click.option("--hold", "token", metavar="HOLD", help="The hold you have on it.")
@click.option("--recovery-code", metavar="CODE", help="To have back a number you released.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="When the claim ends (UTC).",
)
@click.pass_obj
def claim(session: Session, **options: Any) -> None:
    """Make a free number somebody's; prints the recovery code."""
    done = _claim(session, **options)
    claimed = done.value
    fields = {**_claim_fields(claimed), **live.changed(session, done, claimed.number, ())}
    session.output.record(
        fields,
        f"claimed   {grouped(str(claimed.number))} for {claimed.holder}",
        f"recovery  {claimed.recovery_code}   ({CODE_ADVICE})",
        *live.lines(fields),
        f"next      enumd endpoint add {claimed.number} sip:YOU@YOUR-PROVIDER",
    )


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--recovery-code", metavar="CODE", help="Proof that the holder wants it.")
@click.pass_obj
def release(session: Session, number: Number, recovery_code: str | None) -> None:
    """Give a number back; it rests in quarantine before it is free again."""
    from enumd.registry import numbers

    question = f"Release {grouped(str(number))}, and remove all its endpoints?"
    if not session.confirmed(question):
        session.output.note("nothing was changed")
        return
    done = session.commit(lambda change: numbers.release(change, number, recovery_code))
    fields = {**record_fields(done.value), **live.changed(session, done, number, None)}
    until = _when(session, done.value.until_s or 0)
    line = f"released  {grouped(str(number))}, in quarantine until {until}"
    session.output.record(fields, line, *live.lines(fields))


@number.command()
@click.argument("number", type=arguments.number)
@click.pass_obj
def show(session: Session, number: Number) -> None:
    """Show what the registry knows of a number, and how to reach its holder."""
    from enumd.registry import endpoints, numbers

    with session.registry() as registry, registry.read() as reading:
        record = numbers.show(reading, number, session.now_s)
        ways = endpoints.listing(reading, number)
    fields = {
        **record_fields(record),
        "owner_name": _owner_name(record),
        "endpoints": [
            {"preference": way.preference, "service": str(way.service), "uri": str(way.uri)}
            for way in ways
        ],
    }
    lines = card(session, fields) if session.output.for_eyes else ()
    session.output.record(fields, *lines)


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--why", required=True, help="The reason, which the change log keeps.")
@click.pass_obj
def suspend(session: Session, number: Number, why: str) -> None:
    """Silence a number: it exists, and there is no way to reach it."""
    from enumd.registry import numbers

    done = session.commit(lambda change: numbers.suspend(change, number, why))
    _silenced(session, done, number, "suspended")


@number.command()
@click.argument("number", type=arguments.number)
@click.pass_obj
def resume(session: Session, number: Number) -> None:
    """Let a suspended number answer again."""
    from enumd.registry import numbers

    done = session.commit(lambda change: numbers.resume(change, number))
    _silenced(session, done, number, "resumed")


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--holder", required=True, metavar="CONTACT", help="Who has it from now on.")
@click.option("--recovery-code", metavar="CODE", help="Proof that the present holder wants it.")
@click.pass_obj
def transfer(session: Session, number: Number, holder: str, recovery_code: str | None) -> None:
    """Give a number to another holder, with its endpoints and a new recovery code."""
    from enumd.registry import numbers

    question = f"Give {grouped(str(number))} to {holder}?"
    if not session.confirmed(question):
        session.output.note("nothing was changed")
        return
    done = session.commit(lambda change: numbers.transfer(change, number, holder, recovery_code))
    code = f"recovery  {done.value.recovery_code}   ({CODE_ADVICE})"
    line = f"moved     {grouped(str(number))} to {done.value.holder}"
    session.output.record(_claim_fields(done.value), line, code)
