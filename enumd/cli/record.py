"""`enumd record`: the records of a zone that no number's endpoints make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from enumd.cli.arguments import zone_name
from enumd.cli.live import serial_line
from enumd.cli.main import Group
from enumd.cli.output import Column
from enumd.cli.session import Session

if TYPE_CHECKING:
    from enumd.core.rrset import RRset
    from enumd.registry.changes import Change
    from enumd.registry.database import Reading
    from enumd.registry.schema import ZoneRow

COLUMNS: Final = (
    Column("owner"),
    Column("ttl_s", "ttl", right=True),
    Column("type"),
    Column("rdatas", "data", lambda rdatas: "; ".join(rdatas)),
)

zone_option = click.option(
    "--zone", "apex", metavar="APEX", help="Which zone; needed where there are several."
)


@click.group(cls=Group)
def record() -> None:
    """Records beside the numbers: NS, glue, TXT, wildcards, delegations."""


@record.command()
@click.argument("owner")
@click.argument("rrtype", metavar="TYPE")
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
    from enumd.registry import record_edit

    def work(change: Change) -> dict[str, Any]:
        zone = _zone(change.session, asked["apex"])
        text = " ".join(asked["data"])
        wanted = record_edit.Record.parse(zone, asked["owner"], asked["rrtype"], text)
        whole = record_edit.add(change, zone, wanted, asked["ttl_s"])
        return _fields(zone, str(wanted.owner), whole)

    _print(session, "added", work)


@record.command()
@click.argument("owner")
@click.argument("rrtype", metavar="TYPE")
@click.argument("data", nargs=-1)
@zone_option
@click.pass_obj
def remove(
    session: Session, owner: str, rrtype: str, data: tuple[str, ...], apex: str | None
) -> None:
    """Remove a record; without DATA all that OWNER has of TYPE.

    \b
    enumd record remove ns1 A 192.0.2.1
    enumd record remove 9.9 NS
    """
    from enumd.registry import record_edit

    def work(change: Change) -> dict[str, Any]:
        zone = _zone(change.session, apex)
        name, kind = record_edit.parse_owner(zone, owner), record_edit.parse_type(rrtype)
        text = " ".join(data)
        rdata = record_edit.Record.parse(zone, owner, rrtype, text).rdata if data else None
        left = record_edit.remove(change, zone, name, int(kind), rdata)
        return _fields(zone, str(name), left) | {"type": kind.name}

    _print(session, "removed", work)


@record.command("list")
@click.argument("owner", required=False)
@click.option("--type", "rrtype", metavar="TYPE", help="Only records of this type.")
@click.option("--limit", type=click.IntRange(1), default=1000, help="How many at most; 1,000.")
@zone_option
@click.pass_obj
def list_(session: Session, /, **asked: Any) -> None:
    """List the records of a zone that no number's endpoints make.

    \b
    enumd record list --type NS
    """
    from enumd.registry import record_edit, records

    with session.reading() as reading:
        zone = _zone(reading, asked["apex"])
        kind = int(record_edit.parse_type(asked["rrtype"])) if asked["rrtype"] else None
        owner = asked["owner"] and record_edit.parse_owner(zone, asked["owner"])
        place = records.relative(zone, owner) if owner else None
        rows: list[dict[str, Any]] = []
        for name, rrset in records.listing(reading, zone):
            if place not in (None, name) or kind not in (None, rrset.rrtype):
                continue
            if len(rows) == asked["limit"]:
                session.output.note(f"there are more than {len(rows):,}; see more with --limit")
                break
            rows.append(_fields(zone, str(records.absolute(zone, name)), rrset))
    session.output.listing(rows, COLUMNS, "no such record")


def _zone(reading: Reading, apex: str | None) -> ZoneRow:
    """Return the zone asked for, or the only one."""
    from enumd.cli.exchange import only_zone

    return only_zone(reading, zone_name(apex))


def _fields(zone: ZoneRow, owner: str, rrset: RRset | None) -> dict[str, Any]:
    """Return an RRset as plain values; nothing but its owner where none is left."""
    from enumd.registry import records

    fields: dict[str, Any] = {"zone": zone.apex, "owner": owner, "type": None, "ttl_s": None}
    shown = records.image(rrset) if rrset else {"rdatas": []}
    return {**fields, **shown}


def _print(session: Session, done: str, work: Any) -> None:
    """Do *work* and print what the owner has now."""
    committed = session.commit(work)
    fields = committed.value
    data = "; ".join(fields["rdatas"]) or "none left"
    line = f"{done:<10}{fields['owner']} {fields['type']}: {data}"
    session.output.record(fields, line, serial_line(committed, fields["zone"]))
