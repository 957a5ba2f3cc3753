"""`enumd number`: find, list, hold, claim, show, log; `tenure` has what happens to it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from enumd.cli import arguments, tenure
from enumd.cli.arguments import in_zone, zone_name
from enumd.cli.card import card, claim_fields, endpoint_fields, record_fields
from enumd.cli.live import Live, commit
from enumd.cli.main import Group
from enumd.cli.output import Column, plain
from enumd.cli.session import Session
from enumd.cli.spelling import duration, grouped, local_time, timestamp
from enumd.cli.tenure import CODE_ADVICE
from enumd.core.number import Number
from enumd.core.number_plan import trunk_note
from enumd.errors import Conflict, NotFound

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.lifecycle import State
    from enumd.registry.numbers import Claim, FoundNumber

T = TypeVar("T")

SIMILAR: Final = 3
"""How many free numbers a person is offered in place of a taken one."""

FOUND = (
    Column("number", show=grouped),
    Column("pool"),
    Column("recycled", "note", lambda recycled: "had a holder before" if recycled else ""),
)

STATES: Final = ("held", "claimed", "suspended", "quarantine")
LIST: Final = (
    Column("number", show=grouped),
    Column("state"),
    Column("holder"),
    Column("registrar"),
    Column("pool"),
    Column("zone"),
    Column("until"),
    Column("not_after", "ends"),
)


def _in_words(value: Any) -> str:
    """Return what the log keeps of a number as a line for eyes."""
    if not isinstance(value, Mapping):
        return " ".join(map(str, value)) if isinstance(value, list) else plain(value)
    return ", ".join(f"{key} {_in_words(each)}" for key, each in value.items() if each)


LOG: Final = (
    Column("at"),
    Column("serial", right=True),
    Column("actor", "by"),
    Column("action", "what"),
    Column("before", show=_in_words),
    Column("after", show=_in_words),
)

END: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


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


for _command in tenure.COMMANDS:
    number.add_command(_command)


@number.command("list")
@click.option("--holder", metavar="CONTACT", help="Only numbers of this holder.")
@click.option("--registrar", metavar="NAME", help="Only numbers this registrar looks after.")
@click.option("--state", type=click.Choice(STATES), help="Only numbers in this state.")
@click.option("--pool", metavar="NAME", help="Only numbers of this pool.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="How many at most; 1,000.")
@click.option("--zone", "apex", metavar="APEX", help="Only numbers of this zone.")
@click.pass_obj
def list_(session: Session, /, **asked: Any) -> None:
    """List the numbers that are held, claimed, suspended or in quarantine.

    \b
    enumd number list --holder ada@example.net
    enumd number list --state suspended -o json
    """
    from enumd.registry.number_list import Wish, listing

    limit = asked["limit"]
    wish = Wish(
        holder=asked["holder"],
        registrar=asked["registrar"],
        state=_state(asked["state"]),
        pool=asked["pool"],
        apex=zone_name(asked["apex"]),
    )
    with session.reading() as reading:
        found = listing(reading, wish, session.now_s, limit + 1)
    if len(found) > limit:
        session.output.note(f"there are more than {limit:,}; see more with --limit")
    rows = [record_fields(record) for record in found[:limit]]
    session.output.listing(rows, LIST, "no such number; free ones are found by `enumd number find`")


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the latest N events.")
@in_zone
@click.pass_obj
def log(session: Session, number: Number, limit: int | None, apex: str | None) -> None:
    """Show what has happened to a number: when, through whom, and what was before.

    \b
    enumd number log +441632960017
    """
    from enumd.registry.history import of_number

    with session.reading() as reading:
        events = of_number(reading, number, zone_name(apex), limit)
    rows = [
        {
            "at": timestamp(event.at_s),
            "serial": event.serial,
            "actor": str(event.actor),
            "action": event.action,
            "before": event.before,
            "after": event.after,
        }
        for event in events
    ]
    session.output.listing(rows, LOG, f"nothing has ever happened to {grouped(str(number))}")


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
    until, left = local_time(held.until_s), duration(held.until_s - session.now_s)
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
    if odd := trunk_note(claimed.number.digits):
        session.output.note(odd)


@number.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def show(session: Session, number: Number, apex: str | None) -> None:
    """Show what the registry knows of a number, and how to reach its holder."""
    from enumd.registry import endpoints, numbers, zones

    with session.reading() as reading:
        zone = zones.find_for(reading, number, zone_name(apex))
        record = numbers.show(reading, number, session.now_s, zone.tree.name)
        fields = {
            **record_fields(record),
            "owner_name": str(zone.tree.owner_name(number)),
            "endpoints": [
                endpoint_fields(way) for way in endpoints.listing(reading, number, zone.tree.name)
            ],
        }
    lines = card(record, fields) if session.output.for_eyes else ()
    session.output.record(fields, *lines)


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
            free = _free(session, None, "*" + number.digits[-digits:], SIMILAR + 1)
            if found := [one for one in free if one.number != number]:
                return found[:SIMILAR]
    return []


def _free(session: Session, pool: str | None, like: str | None, limit: int) -> list[FoundNumber]:
    """Return free numbers."""
    from enumd.registry import numbers

    with session.reading() as reading:
        return numbers.find(reading, pool, like, limit, now_s=session.now_s)


def _state(name: str | None) -> State | None:
    """Return the state called *name*; a number in quarantine is one that was released."""
    from enumd.registry.lifecycle import State

    return State("released" if name == "quarantine" else name) if name else None


def _seconds(end: datetime | None) -> int | None:
    """Return a moment in UTC as seconds since 1970."""
    return int(end.replace(tzinfo=UTC).timestamp()) if end else None
