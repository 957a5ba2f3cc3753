"""`enumd zone`: apexes, the digits they stand for, and whether their zones would load elsewhere."""

from __future__ import annotations

from typing import Any

import click

from enumd.cli import zone_edit
from enumd.cli.arguments import name_server
from enumd.cli.errors import conclude
from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.live import serial_line
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.operations.request import plain
from enumd.operations.zone import AddZone, CheckZones, ListZones, ShowZone, ZoneCard

COLUMNS = (
    Column("zone"),
    Column("prefix", "stands for", lambda digits: f"+{digits}…"),
    Column("serial", right=True),
    Column("published", right=True),
    Column("names", right=True, show=lambda names: f"{names:,}"),
)
FINDINGS = (Column("zone"), Column("severity"), Column("where"), Column("text", "what"))


prefix_option = click.option(
    "--prefix",
    metavar="DIGITS",
    help="Digits the apex stands for, as 44 for 4.4.example.org; below e164.arpa the name says it.",
)
servers_option = click.option(
    "--ns",
    "name_servers",
    type=name_server,
    multiple=True,
    metavar="NAME[=ADDRESS]",
    help="A name server, with its address where its name is in this zone.  Repeatable.",
)


@click.group(cls=Group)
def zone() -> None:
    """Apexes and the digits they stand for."""


@zone.command()
@click.argument("apex")
@prefix_option
@servers_option
@click.option("--ttl", "ttl_s", type=int, metavar="SECONDS", help="TTL of its numbers.")
@click.option(
    "--negative-ttl",
    "negative_ttl_s",
    type=int,
    metavar="SECONDS",
    help="How long resolvers may remember that a number does not exist.",
)
@click.pass_obj
def add(session: Session, /, apex: str, **asked: Any) -> None:
    """Add a zone."""
    done = session.perform(AddZone(apex, **asked))
    zone = done.result
    line = f"added     {stands_for(zone.zone, zone.prefix)}"
    session.output.record(plain(zone), line, serial_line(done, zone.zone))


@zone.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the zones, with the serial committed and the serial published."""
    rows = plain(session.perform(ListZones()).result.zones)
    session.output.listing(rows, COLUMNS, "no zones; add one: enumd zone add enum.example.org")


@zone.command()
@click.argument("apex")
@click.pass_obj
def show(session: Session, apex: str) -> None:
    """Show a zone: its SOA, its name servers and what is published."""
    found = session.perform(ShowZone(apex)).result
    session.output.record(plain(found), *_card(found))


@zone.command()
@click.argument("apex", required=False)
@click.pass_obj
def check(session: Session, apex: str | None) -> None:
    """Check that a zone, or every zone, would load and work elsewhere; exit 1 if not."""
    found = session.perform(CheckZones(apex)).result
    zones = counted(found.checked, "zone")
    good = f"{zones} checked, nothing to complain of"
    session.output.listing(plain(found.complaints), FINDINGS, good)
    if errors := [one for one in found.complaints if one.severity == "error"]:
        text = f"{counted(len(errors), 'error')} in {zones}"
        conclude(session.output, text, "Mend what the findings name, then check again.", 1)


for _command in zone_edit.COMMANDS:
    zone.add_command(_command)


def stands_for(zone: str, prefix: str) -> str:
    """Return a zone and its digits as a person reads it."""
    return f"zone {zone} for {f'numbers beginning with +{prefix}' if prefix else 'all numbers'}"


def _card(zone: ZoneCard) -> list[str]:
    """Return a zone as a person reads it."""
    behind = "" if zone.published == zone.serial else f", published {zone.published or 'never'}"
    names = "" if zone.names is None else f", {counted(zone.names, 'name')} published"
    return [
        stands_for(zone.zone, zone.prefix),
        f"  serial        {zone.serial}{behind}{names}",
        f"  TTL           {zone.ttl_s} s; of what does not exist {zone.absence_ttl_s} s",
        f"  name servers  {' '.join(zone.name_servers)}",
        f"  SOA           {zone.mname} {zone.rname} refresh {zone.refresh_s} s, "
        f"retry {zone.retry_s} s, expire {zone.expire_s} s",
        f"  pools         {' '.join(zone.pools) or 'none'}",
    ]
