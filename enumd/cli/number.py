"""`enumd number`: find, hold, claim, release, show, suspend, resume, transfer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone, zone_name
from enumd.cli.card import card, claim_fields, endpoint_fields, record_fields
from enumd.cli.live import Live, commit
from enumd.cli.main import Group
from enumd.cli.output import Column
from enumd.cli.session import Session
from enumd.cli.spelling import duration, grouped, local_time, timestamp
from enumd.core.number import Number
from enumd.errors import Conflict, NotFound

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.number_row import NumberRecord
    from enumd.registry.numbers import Claim, FoundNumber

T = TypeVar("T")

SIMILAR: Final = 3
"""How many free numbers a person is offered in place of a taken one."""

FOUND = (
    Column("number", show=grouped),
    Column("pool"),
    Column("recycled", "note", lambda recycled: "had a holder before" if recycled else ""),
)

END: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])
CODE_ADVICE: Final = "keep it: with it you release or move the number"


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
@in_zone
@click.pass_obj
def hold(session: Session, number: Number, holder: str | None, apex: str | None) -> None:
    """Keep a free number for a while; prints the hold, and when it ends."""
    from enumd.registry import numbers

    def work(change: Change) -> numbers.Hold:
        return numbers.hold(change, number, holder, zone_name(apex))

    held = _or_similar(session, number, lambda: session.commit(work).value)
    fields = {"number": str(number), "hold": held.token, "until": timestamp(held.until_s)}
    until, left = local_time(held.until_s, session.now_s), duration(held.until_s - session.now_s)
    session.output.record(
        fields,
        f"held      {grouped(str(number))} until {until} ({left})",
        f"hold      {held.token}",
        f"next      enumd number claim {number} --hold {held.token} --holder YOUR-MAIL",
    )


@number.command()
@click.argument("number", type=arguments.number, required=False)
@click.option("--any", "any_", is_flag=True, help="Take any free number instead of a given one.")
@click.option("--like", metavar="PATTERN", help="With --any: what it should look like: '*17'.")
@click.option("--pool", metavar="NAME", help="With --any: from this pool.")
@click.option(
    "--holder", required=True, metavar="CONTACT", help="A mail address, or a party's name."
)
@click.option("--hold", "hold_token", metavar="HOLD", help="The hold you have on it.")
@click.option("--recovery-code", metavar="CODE", help="To have back a number you released.")
@click.option("--until", type=END, metavar="DATE", help="When the claim ends, in UTC.")
@in_zone
@click.pass_obj
def claim(session: Session, /, **asked: Any) -> None:
    """Make a free number somebody's; prints the recovery code."""
    live = _claim_any(session, asked) if _picks(asked) else _claim_one(session, asked)
    claimed = live.value
    session.output.record(
        {**claim_fields(claimed), **live.fields()},
        f"claimed   {grouped(str(claimed.number))} for {claimed.holder}",
        f"recovery  {claimed.recovery_code}   ({CODE_ADVICE})",
        *live.lines(),
        f"next      enumd endpoint add {claimed.number} sip:YOU@YOUR-PROVIDER",
    )


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--recovery-code", metavar="CODE", help="Proof that the holder wants it.")
@in_zone
@click.pass_obj
def release(session: Session, number: Number, recovery_code: str | None, apex: str | None) -> None:
    """Give a number back; it rests in quarantine before it is free again."""
    from enumd.registry import numbers

    def work(change: Change) -> NumberRecord:
        return numbers.release(change, number, recovery_code, zone_name(apex))

    session.confirm(f"Release {grouped(str(number))}, and remove all its endpoints?")
    live = commit(session, work, number, apex)
    until = local_time(live.value.until_s or 0, session.now_s)
    line = f"released  {grouped(str(number))}, in quarantine until {until}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


@number.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def show(session: Session, number: Number, apex: str | None) -> None:
    """Show what the registry knows of a number, and how to reach its holder."""
    from enumd.registry import endpoints, numbers, zones

    with session.registry() as registry, registry.read() as reading:
        zone = zones.find_for(reading, number, zone_name(apex))
        record = numbers.show(reading, number, session.now_s, zone.tree.name)
        fields = {
            **record_fields(record),
            "owner_name": str(zone.tree.owner_name(number)),
            "endpoints": [
                endpoint_fields(way) for way in endpoints.listing(reading, number, zone.tree.name)
            ],
        }
    lines = card(record, fields, session.now_s) if session.output.for_eyes else ()
    session.output.record(fields, *lines)


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--why", required=True, help="The reason, which the change log keeps.")
@in_zone
@click.pass_obj
def suspend(session: Session, number: Number, why: str, apex: str | None) -> None:
    """Silence a number: it exists, and there is no way to reach it."""
    from enumd.registry import numbers

    def work(change: Change) -> NumberRecord:
        return numbers.suspend(change, number, why, zone_name(apex))

    live = commit(session, work, number, apex)
    line = f"suspended {grouped(str(number))}: {live.value.suspended_why}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


@number.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def resume(session: Session, number: Number, apex: str | None) -> None:
    """Let a suspended number answer again."""
    from enumd.registry import numbers

    def work(change: Change) -> NumberRecord:
        return numbers.resume(change, number, zone_name(apex))

    live = commit(session, work, number, apex)
    line = f"resumed   {grouped(str(number))}"
    session.output.record({**record_fields(live.value), **live.fields()}, line, *live.lines())


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--holder", required=True, metavar="CONTACT", help="Who has it from now on.")
@click.option("--recovery-code", metavar="CODE", help="Proof that the present holder wants it.")
@in_zone
@click.pass_obj
def transfer(
    session: Session, number: Number, holder: str, recovery_code: str | None, apex: str | None
) -> None:
    """Give a number to another holder, with its endpoints and a new recovery code."""
    from enumd.registry import numbers

    def work(change: Change) -> Claim:
        return numbers.transfer(change, number, holder, recovery_code, zone_name(apex))

    session.confirm(f"Give {grouped(str(number))} to {holder}?")
    moved = session.commit(work).value
    session.output.record(
        claim_fields(moved),
        f"moved     {grouped(str(number))} to {moved.holder}",
        f"recovery  {moved.recovery_code}   ({CODE_ADVICE})",
    )


def _picks(asked: dict[str, Any]) -> bool:
    """Tell whether a claim leaves the number to us; refuse one that is neither here nor there."""
    if (asked["number"] is None) is not asked["any_"]:
        raise click.UsageError("Give either a NUMBER or --any.")
    if not asked["any_"] and (asked["like"] or asked["pool"]):
        raise click.UsageError("--like and --pool choose among free numbers: use --any with them.")
    proofs = asked["hold_token"] or asked["recovery_code"] or asked["apex"]
    if asked["any_"] and proofs:
        raise click.UsageError("--hold, --recovery-code and --zone belong to a given NUMBER.")
    return bool(asked["any_"])


def _claim_any(session: Session, asked: dict[str, Any]) -> Live[Claim]:
    """Claim a number we pick."""
    from enumd.registry import numbers

    def work(change: Change) -> Claim:
        return numbers.claim_any(
            change,
            asked["holder"],
            like=asked["like"],
            pool=asked["pool"],
            not_after_s=_seconds(asked["until"]),
        )

    return commit(session, work, lambda claimed: claimed.number)


def _claim_one(session: Session, asked: dict[str, Any]) -> Live[Claim]:
    """Claim the number asked for."""
    from enumd.registry import numbers

    number, apex = asked["number"], asked["apex"]

    def work(change: Change) -> Claim:
        return numbers.claim(
            change,
            number,
            asked["holder"],
            hold_token=asked["hold_token"],
            recovery_code=asked["recovery_code"],
            not_after_s=_seconds(asked["until"]),
            apex=zone_name(apex),
        )

    return _or_similar(session, number, lambda: commit(session, work, number, apex))


def _or_similar(session: Session, number: Number, work: Callable[[], T]) -> T:
    """Do *work*; where *number* is taken, tell which free numbers are like it."""
    try:
        return work()
    except Conflict as error:
        similar = _similar(session, number)
        if similar:
            shown = ", ".join(grouped(str(one.number)) for one in similar)
            error.add_note(f"Free and like it: {shown}.")
        raise


def _similar(session: Session, number: Number) -> list[FoundNumber]:
    """Return free numbers that end as *number* does, in as many digits as any of them."""
    with suppress(NotFound):
        for digits in (3, 2, 1):
            if found := _free(session, None, "*" + number.digits[-digits:], SIMILAR):
                return found
    return []


def _free(session: Session, pool: str | None, like: str | None, limit: int) -> list[FoundNumber]:
    """Return free numbers."""
    from enumd.registry import numbers

    with session.registry() as registry, registry.read() as reading:
        return numbers.find(reading, pool, like, limit, now_s=session.now_s)


def _seconds(end: datetime | None) -> int | None:
    """Return a moment in UTC as seconds since 1970."""
    return int(end.replace(tzinfo=UTC).timestamp()) if end else None
