"""`enumd record`: the records of a zone that no number's endpoints make."""

from __future__ import annotations

from typing import Any, Final

import click

from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.live import serial_line
from enumd.cli.session import Session
from enumd.operations.performed import Performed
from enumd.operations.record import AddRecord, ListRecords, RecordSet, RemoveRecord
from enumd.operations.request import plain

COLUMNS: Final = (
    Column("owner"),
    Column("ttl_s", "ttl", right=True),
    Column("type"),
    Column("rdatas", "data", lambda rdatas: "; ".join(rdatas)),
)

zone_option = click.option(
    "--zone", metavar="APEX", help="Which zone; needed where there are several."
)


@click.group(cls=Group)
def record() -> None:
    """Records beside the numbers: NS, glue, TXT, wildcards, delegations."""


@record.command()
@click.argument("owner")
@click.argument("type", metavar="TYPE")
@click.argument("data", nargs=-1, required=True)
@click.option("--ttl", "ttl_s", type=int, metavar="SECONDS", help="TTL of all it has of that type.")
@zone_option
@click.pass_obj
def add(session: Session, /, **asked: Any) -> None:
    """Add a record, written as in a zone file; OWNER is relative to the apex, @ the apex itself.

    \b
    enumd record add ns1 A 192.0.2.1
    enumd record add @ TXT '"numbers of example.org"'
    enumd record add 9.9 NS ns1.example.net.
    """
    data = " ".join(asked.pop("data"))
    _print(session, "added", session.perform(AddRecord(data=data, **asked)))


@record.command()
@click.argument("owner")
@click.argument("type", metavar="TYPE")
@click.argument("data", nargs=-1)
@zone_option
@click.pass_obj
def remove(session: Session, /, **asked: Any) -> None:
    """Remove a record; without DATA all that OWNER has of TYPE.

    \b
    enumd record remove ns1 A 192.0.2.1
    enumd record remove 9.9 NS
    """
    data = " ".join(asked.pop("data")) or None
    _print(session, "removed", session.perform(RemoveRecord(data=data, **asked)))


@record.command("list")
@click.argument("owner", required=False)
@click.option("--type", metavar="TYPE", help="Only records of this type.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="How many at most; 1,000.")
@zone_option
@click.pass_obj
def list_(session: Session, /, **asked: Any) -> None:
    """List the records of a zone that no number's endpoints make.

    \b
    enumd record list --type NS
    """
    found = session.perform(ListRecords(**asked)).result
    if found.more:
        session.output.note(f"there are more than {len(found.rrsets):,}; see more with --limit")
    session.output.listing(plain(found.rrsets), COLUMNS, "no such record")


def _print(session: Session, done: str, performed: Performed[RecordSet]) -> None:
    """Print what the owner has now."""
    rrset = performed.result
    line = f"{done:<10}{rrset.owner} {rrset.type}: {'; '.join(rrset.rdatas) or 'none left'}"
    session.output.record(plain(rrset), line, serial_line(performed, rrset.zone))
