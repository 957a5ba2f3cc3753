"""`enumd zone`: apexes, the digits they stand for, and whether their zones would load elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from enumd.cli import zone_edit
from enumd.cli.arguments import NameServer, name_server
from enumd.cli.errors import conclude
from enumd.cli.live import serial_line
from enumd.cli.main import Group
from enumd.cli.output import Column, Record
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.errors import BadOwnerName, IndexMissing

if TYPE_CHECKING:
    from enumd.core.rrset import RRset
    from enumd.registry.changes import Change
    from enumd.registry.database import Reading
    from enumd.registry.schema import ZoneRow
    from enumd.registry.zone_check import ZoneFault

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
    "servers",
    type=name_server,
    multiple=True,
    metavar="NAME[=ADDRESS]",
    help="A name server, with its address where its name is in this zone.  Repeatable.",
)


class Wanted(NamedTuple):
    """A zone as a command line asks for it."""

    apex: str
    prefix: str | None
    """None: what the name says, which is nothing but below e164.arpa."""
    servers: Sequence[NameServer]
    ttl_s: int
    negative_ttl_s: int


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
def add(
    session: Session,
    apex: str,
    prefix: str | None,
    servers: tuple[NameServer, ...],
    ttl_s: int | None,
    negative_ttl_s: int | None,
) -> None:
    """Add a zone."""
    defaults = session.config.zone
    wanted = Wanted(
        apex,
        prefix,
        servers,
        defaults.ttl_s if ttl_s is None else ttl_s,
        defaults.negative_ttl_s if negative_ttl_s is None else negative_ttl_s,
    )
    done = session.commit(lambda change: _fields(add_zone(change, wanted)))
    line = f"added     {stands_for(done.value)}"
    session.output.record(done.value, line, serial_line(done, done.value["zone"]))


@zone.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the zones, with the serial committed and the serial published."""
    from enumd.registry import zones

    with session.reading() as reading:
        rows = [_fields(row) for row in zones.listing(reading)]
    published = _published(session)
    rows = [{**row, **published.get(row["zone"], {})} for row in rows]
    session.output.listing(rows, COLUMNS, "no zones; add one: enumd zone add enum.example.org")


@zone.command()
@click.argument("apex")
@click.pass_obj
def show(session: Session, apex: str) -> None:
    """Show a zone: its SOA, its name servers and what is published."""
    from enumd.core.apex import parse_name
    from enumd.registry import pools, zones

    with session.reading() as reading:
        row = zones.show(reading, parse_name(apex))
        fields = {
            **_fields(row),
            "published": None,
            "names": None,
            **_published(session).get(row.apex, {}),
            **_soa(reading, row),
            "pools": [pool.name for pool in pools.listing(reading, row)],
        }
    session.output.record(fields, *_lines(fields))


@zone.command()
@click.argument("apex", required=False)
@click.pass_obj
def check(session: Session, apex: str | None) -> None:
    """Check that a zone, or every zone, would load and work elsewhere; exit 1 if not."""
    from enumd.core.apex import parse_name
    from enumd.registry import zone_check, zones

    with session.reading() as reading:
        rows = [zones.show(reading, parse_name(apex))] if apex else zones.listing(reading)
        found = [
            (row.apex, finding)
            for row in rows
            for finding in zone_check.check(reading, row, session.policy)
        ]
    good = f"{counted(len(rows), 'zone')} checked, nothing to complain of"
    session.output.listing([_finding(*one) for one in found], FINDINGS, good)
    errors = [finding for _, finding in found if finding.severity is zone_check.Severity.ERROR]
    if errors:
        text = f"{counted(len(errors), 'error')} in {counted(len(rows), 'zone')}"
        conclude(session.output, text, "Mend what the findings name, then check again.", 1)


for _command in zone_edit.COMMANDS:
    zone.add_command(_command)


def add_zone(change: Change, wanted: Wanted) -> ZoneRow:
    """Add the zone, with the addresses of those of its name servers that are inside it."""
    from enumd.core.apex import Apex, parse_name
    from enumd.registry import zones

    tree = Apex.called(wanted.apex, wanted.prefix)
    names = [parse_name(server.name) for server in wanted.servers]
    parameters = zones.Parameters(wanted.ttl_s, wanted.negative_ttl_s)
    for name, server in zip(names, wanted.servers, strict=True):
        if name.is_subdomain(tree.name) and not server.addresses:
            raise _without_address(server.name, str(tree))
    row = zones.add(change, tree, names, parameters)
    put_addresses(change, row, wanted.servers)
    return row


def _without_address(server: str, apex: str) -> BadOwnerName:
    """Return the error for a name server that nobody could find."""
    why = f"a name server inside {apex} is found by its address alone, and none is given"
    return BadOwnerName(why, server).advise(
        f"Write --ns {server}=192.0.2.1 with its own address, or name a server elsewhere."
    )


def put_addresses(change: Change, row: ZoneRow, servers: Sequence[NameServer]) -> None:
    """Put the addresses that *servers* bring into the zone, as glue."""
    from enumd.core.apex import parse_name
    from enumd.registry import records

    for server in servers:
        for rrset in _addresses(server.addresses, row.ttl_s):
            records.put(change, row, parse_name(server.name), rrset)


def stands_for(fields: Record) -> str:
    """Return a zone and its digits as a person reads it."""
    prefix = f"numbers beginning with +{fields['prefix']}" if fields["prefix"] else "all numbers"
    return f"zone {fields['zone']} for {prefix}"


def _addresses(texts: Iterable[str], ttl_s: int) -> list[RRset]:
    """Return address records, an RRset for IPv4 and one for IPv6 where there are any."""
    from enumd.core.rrset import RRset, RRType

    packed = [ipaddress.ip_address(text).packed for text in texts]
    kinds = ((RRType.A, 4), (RRType.AAAA, 16))
    sets = [(kind, tuple(one for one in packed if len(one) == size)) for kind, size in kinds]
    return [RRset(kind, ttl_s, rdatas) for kind, rdatas in sets if rdatas]


def _fields(row: ZoneRow) -> dict[str, Any]:
    """Return a zone as plain values."""
    return {"zone": row.apex, "prefix": row.prefix, "serial": row.serial}


def _published(session: Session) -> dict[str, dict[str, int]]:
    """Return serial and names of every published zone by apex; none where nothing is published."""
    import dns.name

    from enumd.index.reader import IndexReader

    try:
        with IndexReader(session.config.index_path) as reader, reader.snapshot() as snapshot:
            heads = [view.zone for view in snapshot.zones.values()]
    except IndexMissing:
        return {}
    return {
        str(dns.name.from_wire(head.apex, 0)[0]): {
            "published": head.serial.value,
            "names": head.names,
        }
        for head in heads
    }


def _soa(reading: Reading, row: ZoneRow) -> Record:
    """Return what the SOA and the NS records of a zone say."""
    import dns.name

    from enumd.core.rrset import RRType
    from enumd.registry import records
    from enumd.registry.schema import APEX_OWNER

    servers = [
        str(dns.name.from_wire(rdata, 0)[0])
        for rrset in records.at(reading, row, APEX_OWNER)
        if rrset.rrtype == RRType.NS
        for rdata in rrset.rdatas
    ]
    ttls = ("ttl_s", "negative_ttl_s", "soa_ttl_s", "absence_ttl_s")
    times = (*ttls, "refresh_s", "retry_s", "expire_s")
    return {
        "name_servers": servers,
        "mname": row.mname,
        "rname": row.rname,
        **{name: getattr(row, name) for name in times},
    }


def _lines(fields: dict[str, Any]) -> list[str]:
    """Return a zone as a person reads it."""
    published = fields["published"]
    behind = "" if published == fields["serial"] else f", published {published or 'never'}"
    names = "" if fields["names"] is None else f", {counted(fields['names'], 'name')} published"
    return [
        stands_for(fields),
        f"  serial        {fields['serial']}{behind}{names}",
        f"  TTL           {fields['ttl_s']} s; of what does not exist {fields['absence_ttl_s']} s",
        f"  name servers  {' '.join(fields['name_servers'])}",
        f"  SOA           {fields['mname']} {fields['rname']} refresh {fields['refresh_s']} s, "
        f"retry {fields['retry_s']} s, expire {fields['expire_s']} s",
        f"  pools         {' '.join(fields['pools']) or 'none'}",
    ]


def _finding(apex: str, finding: ZoneFault) -> Record:
    """Return a finding as plain values."""
    return {
        "zone": apex,
        "severity": finding.severity.value,
        "where": finding.where,
        "text": finding.text,
    }
