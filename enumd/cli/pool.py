"""`enumd pool`: the ranges of numbers people may claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from enumd.cli import arguments
from enumd.cli.arguments import PoolRange
from enumd.cli.live import serial_line
from enumd.cli.main import Group
from enumd.cli.output import Column, Record
from enumd.cli.session import Session
from enumd.cli.spelling import counted, grouped

if TYPE_CHECKING:
    from enumd.core.number import Number
    from enumd.registry.changes import Change
    from enumd.registry.pools import Figures

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

    def work(change: Change) -> str:
        return add_pool(change, wanted, apex)

    done = session.commit(work)
    fields = {"pool": wanted.name, "zone": done.value, **_ends(wanted)}
    size = int(wanted.last.digits) - int(wanted.first.digits) + 1
    line = f"added     pool {wanted.name}, {counted(size, 'number')} of {done.value}"
    session.output.record(fields, line, serial_line(done, done.value))


@pool.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the pools."""
    from enumd.registry import pools, zones

    with session.reading() as reading:
        apexes = {zone.id: zone.apex for zone in zones.listing(reading)}
        rows = [
            {
                "pool": row.name,
                "zone": apexes[row.zone_id],
                "first": f"+{row.first}",
                "last": f"+{row.last}",
                "size": int(row.last) - int(row.first) + 1,
            }
            for row in pools.listing(reading)
        ]
    empty = "no pools; add one: enumd pool add demo +441632960000 +441632960999"
    session.output.listing(rows, COLUMNS, empty)


@pool.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a pool and how many of its numbers are in which state."""
    from enumd.registry import pools

    with session.reading() as reading:
        figures = pools.show(reading, name, session.now_s)
        ends = {"first": f"+{figures.pool.first}", "last": f"+{figures.pool.last}"}
        fields = {"pool": figures.pool.name, "zone": figures.zone, **ends, **_counts(figures)}
    lines = _figures_lines(fields) if session.output.for_eyes else ()
    session.output.record(fields, *lines)


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
    from enumd.registry import pools

    if new_name is None and first is None and last is None:
        raise click.UsageError("Say what changes: --name, --first or --last.")
    wanted = pools.Wanted(new_name, first, last)

    def work(change: Change) -> Record:
        row, zone = pools.edit(change, name, wanted)
        return {
            "pool": row.name,
            "zone": zone.apex,
            "first": f"+{row.first}",
            "last": f"+{row.last}",
        }

    done = session.commit(work)
    fields = done.value
    line = (
        f"changed   pool {fields['pool']}, {grouped(fields['first'])} to {grouped(fields['last'])}"
    )
    session.output.record(fields, line, serial_line(done, fields["zone"]))


@pool.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove a pool: its free numbers can no longer be claimed, and claimed ones stay so.

    \b
    enumd pool remove demo
    """
    from enumd.core.apex import parse_name
    from enumd.registry import pools, zones

    session.confirm(f"Remove the pool {name}?")

    def work(change: Change) -> tuple[str, bool]:
        zone = pools.remove(change, name)
        left = pools.listing(change.session, zones.show(change.session, parse_name(zone)))
        return zone, not left

    done = session.commit(work)
    zone, was_last = done.value
    if was_last:
        session.output.note(
            f"note: {zone} has no pool any more, so every number it stands for can be claimed"
        )
    fields = {"pool": name, "zone": zone}
    session.output.record(fields, f"removed   pool {name} of {zone}", serial_line(done, zone))


def add_pool(change: Change, wanted: PoolRange, apex: str | None) -> str:
    """Add a pool to the zone *apex*, or to the one its numbers belong to; return the zone."""
    from enumd.core.apex import parse_name
    from enumd.registry import pools, zones

    name = parse_name(apex) if apex else None
    zone = zones.find_for(change.session, wanted.first, name)
    pools.add(change, wanted.name, zone, wanted.first, wanted.last)
    return zone.apex


def _range(words: tuple[str, ...]) -> PoolRange:
    """Return the pool written in one, two or three words."""
    if len(words) == 3:
        first = arguments.number(words[1])
        return PoolRange(words[0], first, arguments.last_number(first, words[2]))
    if len(words) > 3:
        raise click.UsageError("A pool is NAME FIRST LAST; quote numbers that have spaces.")
    return arguments.pool_range(":".join(words))


def _ends(wanted: PoolRange) -> Record:
    """Return both ends as fields."""
    return {"first": str(wanted.first), "last": str(wanted.last)}


def _counts(figures: Figures) -> Record:
    """Return the counts as fields."""
    return {key: getattr(figures, key) for key in ("size", *STATES)}


def _figures_lines(fields: Record) -> list[str]:
    """Return a pool as a person reads it."""
    head = f"{fields['pool']}  {grouped(fields['first'])} to {grouped(fields['last'])}"
    counts = [f"  {state:<12}{fields[state]:>15,}" for state in STATES if fields[state]]
    return [f"{head}  in {fields['zone']}", *counts, f"  {'in all':<12}{fields['size']:>15,}"]
