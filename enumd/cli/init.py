"""`enumd init`: a new home with its configuration, registry, zone, pools and index."""

from __future__ import annotations

import click

from enumd.cli import arguments
from enumd.cli.arguments import PoolRange
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.cli.zone import prefix_option, servers_option, stands_for
from enumd.operations.request import plain
from enumd.operations.setup import HomeMade, MakeHome, NewPool
from enumd.operations.zone import NameServer


@click.command()
@click.option("--apex", required=True, metavar="NAME", help="The zone, as enum.example.org.")
@prefix_option
@servers_option
@click.option(
    "--pool",
    "pools",
    type=arguments.pool_range,
    multiple=True,
    metavar="NAME:FIRST-LAST",
    help="Numbers people may claim, as demo:+441632960000-+441632960999.  Repeatable.",
)
@click.pass_obj
def init(
    session: Session,
    apex: str,
    prefix: str | None,
    name_servers: tuple[NameServer, ...],
    pools: tuple[PoolRange, ...],
) -> None:
    """Make a new directory of numbers: configuration, registry, zone, pools, index."""
    wanted = tuple(NewPool(one.name, str(one.first), str(one.last)) for one in pools)
    made = session.perform(MakeHome(apex, prefix, name_servers, wanted)).result
    session.output.record(plain(made), *_lines(made, pools))


def _lines(made: HomeMade, pools: tuple[PoolRange, ...]) -> list[str]:
    """Return what was made and what can be done now, as a person reads it."""
    lines = [
        f"home      {made.home}",
        f"zone      {stands_for(made.zone, made.prefix).removeprefix('zone ')}, "
        f"serial {made.serial}",
    ]
    for one in pools:
        size = int(one.last.digits) - int(one.first.digits) + 1
        lines.append(f"pool      {one.name}, {counted(size, 'number')}")
    free = "enumd number find" if pools else "enumd pool add NAME FIRST LAST"
    return [*lines, "next      enumd serve &", f"          {free}"]
