"""`enumd zone edit` and `remove`: what a zone says changed, and all of it taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from enumd.cli.arguments import name_server, zone_name
from enumd.cli.live import serial_line
from enumd.cli.session import Session
from enumd.cli.spelling import counted

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.zone_edit import Removed

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
    from enumd.cli.zone import put_addresses
    from enumd.core.apex import parse_name
    from enumd.registry import zone_edit, zones

    apex, servers = parse_name(asked.pop("apex")), asked.pop("servers")
    if not servers and all(value is None for value in asked.values()):
        raise click.UsageError("Say what changes: see enumd zone edit --help.")
    for name in ("mname", "rname"):
        asked[name] = zone_name(asked[name])
    wanted = zone_edit.Edit(**asked)

    def work(change: Change) -> tuple[str, str]:
        row = zones.show(change.session, apex)
        zone_edit.edit(change, row, wanted)
        put_addresses(change, row, servers)
        if servers:
            zone_edit.serve_by(change, row, [parse_name(server.name) for server in servers])
        return row.apex, zones.tell_idle_minimum(row.apex, row.negative_ttl_s, row.soa_ttl_s)

    done = session.commit(work)
    name, idle = done.value
    line = f"changed   zone {name}; see it with: enumd zone show {name}"
    session.output.record({"zone": name}, line, serial_line(done, name))
    if idle and wanted.negative_ttl_s is not None:
        session.output.note(f"note: {idle}")


@click.command()
@click.argument("apex")
@click.option("--with-numbers", is_flag=True, help="Although numbers of it are somebody's.")
@click.pass_obj
def remove(session: Session, apex: str, with_numbers: bool) -> None:
    """Remove a zone with its records and pools; the change log keeps what was there.

    \b
    enumd zone remove enum.example.org
    """
    from enumd.core.apex import parse_name
    from enumd.registry import zone_edit, zones

    what = ", its pools, its records and all its numbers" if with_numbers else ""
    session.confirm(f"Remove the zone {apex}{what}?")

    def work(change: Change) -> Removed:
        row = zones.show(change.session, parse_name(apex))
        return zone_edit.remove(change, row, with_numbers)

    removed = session.commit(work).value
    fields = {
        "zone": removed.apex,
        "numbers": removed.numbers,
        "rrsets": removed.rrsets,
        "pools": removed.pools,
    }
    line = (
        f"removed   zone {removed.apex} with {counted(removed.numbers, 'number')}, "
        f"{counted(removed.rrsets, 'RRset')} and {counted(removed.pools, 'pool')}"
    )
    session.output.record(fields, line)


COMMANDS: Final[Sequence[click.Command]] = (edit, remove)
"""What `enumd zone` has besides its own commands."""
