"""`enumd pool`: the ranges of numbers people may claim."""

from __future__ import annotations

import click

from enumd.cli import arguments
from enumd.cli.arguments import PoolRange
from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.live import serial_line
from enumd.cli.session import Session
from enumd.cli.spelling import counted, grouped
from enumd.core.number import Number
from enumd.operations.pool import AddPool, EditPool, ListPools, PoolCard, RemovePool, ShowPool
from enumd.operations.request import plain

STATES = ("free", "held", "claimed", "suspended", "quarantined")
COLUMNS = (
    Column("pool"),
    Column("zone"),
    Column("first", show=grouped),
    Column("last", show=grouped),
    Column("size", right=True, show=lambda size: f"{size:,}"),
)


@click.group(cls=Group)
def pool() -> None:
    """Ranges of numbers that people may claim."""


@pool.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME FIRST LAST")
@click.option("--zone", "apex", metavar="APEX", help="The zone, where two stand for the numbers.")
@click.pass_obj
def add(session: Session, words: tuple[str, ...], apex: str | None) -> None:
    """Add a pool: NAME FIRST LAST, or NAME:FIRST-LAST as `enumd init` takes it."""
    wanted = _range(words)
    done = session.perform(AddPool(wanted.name, str(wanted.first), str(wanted.last), apex))
    zone = done.result.zone
    size = int(wanted.last.digits) - int(wanted.first.digits) + 1
    line = f"added     pool {wanted.name}, {counted(size, 'number')} of {zone}"
    session.output.record(plain(done.result), line, serial_line(done, zone))


@pool.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the pools."""
    rows = plain(session.perform(ListPools()).result.pools)
    empty = "no pools; add one: enumd pool add demo +441632960000 +441632960999"
    session.output.listing(rows, COLUMNS, empty)


@pool.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a pool and how many of its numbers are in which state."""
    found = session.perform(ShowPool(name)).result
    session.output.record(plain(found), *(_card(found) if session.output.for_eyes else ()))


@pool.command()
@click.argument("name")
@click.option("--name", "new_name", metavar="NAME", help="What it is called from now on.")
@click.option("--first", type=arguments.number, metavar="NUMBER", help="Its first number.")
@click.option("--last", type=arguments.number, metavar="NUMBER", help="Its last number.")
@click.pass_obj
def edit(
    session: Session, name: str, new_name: str | None, first: Number | None, last: Number | None
) -> None:
    """Give a pool another name, or other ends; numbers that are claimed stay so.

    \b
    enumd pool edit demo --last +441632961999
    """
    if new_name is None and first is None and last is None:
        raise click.UsageError("Say what changes: --name, --first or --last.")
    ends = (str(end) if end else None for end in (first, last))
    done = session.perform(EditPool(name, new_name, *ends))
    now = done.result
    line = f"changed   pool {now.pool}, {grouped(now.first)} to {grouped(now.last)}"
    session.output.record(plain(now), line, serial_line(done, now.zone))


@pool.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove a pool: its free numbers can no longer be claimed, and claimed ones stay so.

    \b
    enumd pool remove demo
    """
    session.confirm(f"Remove the pool {name}?")
    done = session.perform(RemovePool(name))
    zone = done.result.zone
    session.output.record(
        plain(done.result), f"removed   pool {name} of {zone}", serial_line(done, zone)
    )


def _range(words: tuple[str, ...]) -> PoolRange:
    """Return the pool written in one, two or three words."""
    if len(words) == 3:
        first = arguments.number(words[1])
        return PoolRange(words[0], first, arguments.last_number(first, words[2]))
    if len(words) > 3:
        raise click.UsageError("A pool is NAME FIRST LAST; quote numbers that have spaces.")
    return arguments.pool_range(":".join(words))


def _card(pool: PoolCard) -> list[str]:
    """Return a pool as a person reads it."""
    head = f"{pool.pool}  {grouped(pool.first)} to {grouped(pool.last)}  in {pool.zone}"
    counts = {state: getattr(pool, state) for state in STATES}
    lines = [f"  {state:<12}{count:>15,}" for state, count in counts.items() if count]
    return [head, *lines, f"  {'in all':<12}{pool.size:>15,}"]
