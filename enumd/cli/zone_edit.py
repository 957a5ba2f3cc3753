"""`enumd zone edit` and `remove`: what a zone says changed, and all of it taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import click

from enumd.cli.arguments import name_server
from enumd.cli.live import serial_line
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.operations.request import plain
from enumd.operations.zone import EditZone, RemoveZone

TIMES: Final = {
    "ttl": ("ttl_s", "TTL of its numbers."),
    "negative-ttl": ("negative_ttl_s", "How long a number that is not there may be remembered."),
    "soa-ttl": ("soa_ttl_s", "TTL of the SOA; what is not there is remembered no longer."),
    "refresh": ("refresh_s", "How often secondaries look (SOA)."),
    "retry": ("retry_s", "How soon they look again after a failure (SOA)."),
    "expire": ("expire_s", "How long they answer without having looked (SOA)."),
}


def _times(command: Any) -> Any:
    """Give *command* an option for every time of the SOA."""
    for name, (field, what) in reversed(TIMES.items()):
        option = click.option(f"--{name}", field, type=int, metavar="SECONDS", help=what)
        command = option(command)
    return command


@click.command()
@click.argument("apex")
@_times
@click.option("--mname", metavar="NAME", help="The primary server (SOA).")
@click.option("--rname", metavar="NAME", help="The mailbox of who is responsible (SOA), as a name.")
@click.option(
    "--ns",
    "servers",
    type=name_server,
    multiple=True,
    metavar="NAME[=ADDRESS]",
    help="A name server, in place of those there are.  Repeatable.",
)
@click.pass_obj
def edit(session: Session, /, **asked: Any) -> None:
    """Change what a zone says of itself: its TTLs, its SOA, its name servers.

    \b
    enumd zone edit enum.example.org --ttl 600
    enumd zone edit enum.example.org --ns ns1.example.net --ns ns2.example.net
    """
    apex, servers = asked.pop("apex"), asked.pop("servers")
    if not servers and all(value is None for value in asked.values()):
        raise click.UsageError("Say what changes: see enumd zone edit --help.")
    done = session.perform(EditZone(apex, servers, **asked))
    zone = done.result.zone
    line = f"changed   zone {zone}; see it with: enumd zone show {zone}"
    session.output.record(plain(done.result), line, serial_line(done, zone))


@click.command()
@click.argument("apex")
@click.option("--with-numbers", is_flag=True, help="Although numbers of it are somebody's.")
@click.pass_obj
def remove(session: Session, apex: str, with_numbers: bool) -> None:
    """Remove a zone with its records and pools; the change log keeps what was there.

    \b
    enumd zone remove enum.example.org
    """
    what = ", its pools, its records and all its numbers" if with_numbers else ""
    session.confirm(f"Remove the zone {apex}{what}?")
    gone = session.perform(RemoveZone(apex, with_numbers)).result
    line = (
        f"removed   zone {gone.zone} with {counted(gone.numbers, 'number')}, "
        f"{counted(gone.rrsets, 'RRset')} and {counted(gone.pools, 'pool')}"
    )
    session.output.record(plain(gone), line)


COMMANDS: Final[Sequence[click.Command]] = (edit, remove)
"""What `enumd zone` has besides its own commands."""
