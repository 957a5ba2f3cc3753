"""`enumd number`: find, list, hold, claim, show, log; `tenure` has what happens to it later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import click

from enumd.cli import arguments, tenure
from enumd.cli.arguments import in_zone
from enumd.cli.card import card
from enumd.cli.group import Group
from enumd.cli.layout import Column, show_plain
from enumd.cli.live import fields_with_live, live_lines
from enumd.cli.session import Session
from enumd.cli.spelling import duration, grouped, local_time
from enumd.cli.tenure import CODE_ADVICE
from enumd.core.number import Number
from enumd.core.number_plan import trunk_note
from enumd.operations.number import (
    ClaimNumber,
    FindNumbers,
    HoldNumber,
    ListNumbers,
    ReadNumberLog,
    ShowNumber,
)
from enumd.operations.request import plain
from enumd.operations.times import seconds

FOUND: Final = (
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


_UNTOLD: Final = ("recovery", "hold", "claimed_s", "free_s", "lapsed")
"""What the log keeps of a number and nobody reads: references, and what the line says anyway."""


def _in_words(value: Any) -> str:
    """Return what the log keeps of a number as a line for eyes."""
    if isinstance(value, Mapping):
        told = {key: each for key, each in value.items() if each and key not in _UNTOLD}
        return ", ".join(f"{key} {_in_words(each)}" for key, each in told.items())
    if isinstance(value, list):
        between = "; " if value and isinstance(value[0], list) else " "
        return between.join(map(_in_words, value))
    return show_plain(value)


def _shorten(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the log with what differs alone: both sides say all there is."""
    before, after = row["before"] or {}, row["after"] or {}
    return row | {"before": _without(before, after), "after": _without(after, before)}


def _without(image: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *image* says of a number and *other* does not."""
    differs = {key: value for key, value in image.items() if value != other.get(key)}
    if "endpoints" in differs:
        known = other.get("endpoints", ())
        differs["endpoints"] = [each for each in image["endpoints"] if each not in known]
    return differs


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
    found = session.perform(FindNumbers(pool, like, limit)).result
    rows = plain(found.numbers)
    session.output.listing(rows, FOUND, "no free number fits; ask for less with --like")


for _command in tenure.COMMANDS:
    number.add_command(_command)


@number.command("list")
@click.option("--holder", metavar="CONTACT", help="Only numbers of this holder.")
@click.option("--registrar", metavar="NAME", help="Only numbers this registrar looks after.")
@click.option("--state", type=click.Choice(STATES), help="Only numbers in this state.")
@click.option("--pool", metavar="NAME", help="Only numbers of this pool.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="How many at most; 1,000.")
@click.option("--zone", metavar="APEX", help="Only numbers of this zone.")
@click.pass_obj
def list_(session: Session, /, **asked: Any) -> None:
    """List the numbers that are held, claimed, suspended or in quarantine.

    \b
    enumd number list --holder ada@example.net
    enumd number list --state suspended -o json
    """
    found = session.perform(ListNumbers(**asked)).result
    if found.more:
        session.output.note(f"there are more than {asked['limit']:,}; see more with --limit")
    rows = plain(found.numbers)
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
    history = session.perform(ReadNumberLog(str(number), apex, limit)).result
    rows = plain(history.events)
    if session.output.for_eyes:
        rows = [_shorten(row) for row in rows]
    session.output.listing(rows, LOG, f"nothing has ever happened to {grouped(str(number))}")


@number.command()
@click.argument("number", type=arguments.number)
@click.option("--holder", metavar="CONTACT", help="For whom; you, if not given.")
@in_zone
@click.pass_obj
def hold(session: Session, number: Number, holder: str | None, apex: str | None) -> None:
    """Keep a free number for a while; prints the hold, and when it ends."""
    held = session.perform(HoldNumber(str(number), holder, apex)).result
    until_s = seconds(held.until)
    left = duration(until_s - session.now_s)
    session.output.record(
        plain(held),
        f"held      {grouped(held.number)} until {local_time(until_s)} ({left})",
        f"hold      {held.hold}",
        f"next      enumd number claim {number} --hold {held.hold} --holder YOUR-MAIL",
    )


@number.command()
@click.argument("number", type=arguments.number, required=False)
@click.option("--any", "any_", is_flag=True, help="Take any free number instead of a given one.")
@click.option("--like", metavar="PATTERN", help="With --any: what it should look like: '*17'.")
@click.option("--pool", metavar="NAME", help="With --any: from this pool.")
@click.option(
    "--holder", required=True, metavar="CONTACT", help="A mail address, or a party's name."
)
@click.option("--hold", metavar="HOLD", help="The hold you have on it.")
@click.option("--recovery-code", metavar="CODE", help="To have back a number you released.")
@click.option("--until", type=END, metavar="DATE", help="When the claim ends, in UTC.")
@in_zone
@click.pass_obj
def claim(session: Session, /, **asked: Any) -> None:
    """Make a free number somebody's; prints the recovery code."""
    performed = session.perform(_claim(**asked))
    claimed = performed.result
    session.output.record(
        fields_with_live(performed),
        f"claimed   {grouped(claimed.number)} for {claimed.holder}",
        f"recovery  {claimed.recovery_code}   ({CODE_ADVICE})",
        *live_lines(performed),
        f"next      enumd endpoint add {claimed.number} sip:YOU@YOUR-PROVIDER",
    )
    if odd := trunk_note(claimed.number.removeprefix("+")):
        session.output.note(odd)


@number.command()
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def show(session: Session, number: Number, apex: str | None) -> None:
    """Show what the registry knows of a number, and how to reach its holder."""
    found = session.perform(ShowNumber(str(number), apex)).result
    session.output.record(plain(found), *(card(found) if session.output.for_eyes else ()))


def _claim(
    number: Number | None, any_: bool, apex: str | None, until: datetime | None, **asked: Any
) -> ClaimNumber:
    """Return what is to be claimed; refuse what is neither a number nor any."""
    if (number is None) is not any_:
        raise click.UsageError("Give either a NUMBER or --any.")
    if not any_ and (asked["like"] or asked["pool"]):
        raise click.UsageError("--like and --pool choose among free numbers: use --any with them.")
    if any_ and (asked["hold"] or asked["recovery_code"] or apex):
        raise click.UsageError("--hold, --recovery-code and --zone belong to a given NUMBER.")
    end = until.strftime("%Y-%m-%dT%H:%M:%SZ") if until else None
    return ClaimNumber(number=str(number) if number else None, zone=apex, until=end, **asked)
