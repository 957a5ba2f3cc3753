"""`enumd doctor`: whether everything that must agree does, and what to do where it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from enumd.cli.output import Column, Record
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.errors import EnumdError

if TYPE_CHECKING:
    from enumd.index.layout import Zone
    from enumd.registry.agreement import Agreement
    from enumd.registry.database import Registry
    from enumd.serve.listeners import Address

SAMPLE: Final = 1000
"""How many names of a zone are compared unless all are asked for."""

TIMEOUT_S: Final = 2.0
"""How long the running server may take to answer."""

CLOCK_SLACK_S: Final = 5
"""How far ahead of this clock the change log may be before we speak of it."""


class Health(StrEnum):
    """What the doctor says of one thing."""

    WELL = "well"
    ODD = "odd"
    """Nothing is broken, and somebody should know."""
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at, and what helps where it is not well."""

    what: str
    health: Health
    text: str
    remedy: str = ""

    def fields(self) -> Record:
        """Return the finding as plain values."""
        return {
            "what": self.what,
            "health": self.health.value,
            "text": self.text,
            "remedy": self.remedy or None,
        }


def well(what: str, text: str) -> Finding:
    """Return a finding that nothing is wrong."""
    return Finding(what, Health.WELL, text)


def odd(what: str, text: str, remedy: str) -> Finding:
    """Return a finding that somebody should know of."""
    return Finding(what, Health.ODD, text, remedy)


def ill(what: str, text: str, remedy: str) -> Finding:
    """Return a finding that something is wrong."""
    return Finding(what, Health.ILL, text, remedy)


@click.command()
@click.option("--full", is_flag=True, help="Compare every name, not a sample.")
@click.pass_context
def doctor(ctx: click.Context, full: bool) -> None:
    """Check registry, index, files, ports, clock and the running server; exit 1 if one is ill."""
    session: Session = ctx.obj
    findings = list(_examine(session, full))
    _show(session, findings)
    ctx.exit(int(any(finding.health is Health.ILL for finding in findings)))


def _examine(session: Session, full: bool) -> Iterator[Finding]:
    """Yield what is found, from the files up to the running server."""
    yield from files(session)
    try:
        registry = session.registry()
    except EnumdError as error:
        yield ill("registry", str(error), error.advice)
    else:
        with registry:
            yield from clock(session, registry)
            yield from agreement(session, registry, full)
    yield from server(session)


def files(session: Session) -> Iterator[Finding]:
    """Yield whether anybody else may read what is in the home."""
    if not session.home.is_dir():
        yield ill("files", f"there is no {session.home}", "Run `enumd init`, or check --home.")
        return
    open_to_others = [path for path in _private(session) if path.stat().st_mode & 0o077]
    for path in open_to_others:
        mode = path.stat().st_mode & 0o777
        remedy = f"Run: chmod {'700' if path.is_dir() else '600'} {path}"
        yield ill("files", f"others may use {path} (mode {mode:o})", remedy)
    if not open_to_others:
        yield well("files", f"{session.home} is for its owner alone")


def clock(session: Session, registry: Registry) -> Iterator[Finding]:
    """Yield whether this machine's clock goes on from where the change log is."""
    from enumd.registry import changes

    with registry.read() as reading:
        ahead_s = changes.last_s(reading) - session.now_s
    if ahead_s > CLOCK_SLACK_S:
        text = f"the last change is {counted(ahead_s, 's')} in the future: the clock was put back"
        yield ill("clock", text, "Set the clock; until then holds and quarantines last too long.")
    else:
        yield well("clock", time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(session.now_s)))


def agreement(session: Session, registry: Registry, full: bool) -> Iterator[Finding]:
    """Yield whether the index holds what the registry says."""
    from enumd.index.reader import IndexReader
    from enumd.registry.agreement import compare

    try:
        with (
            IndexReader(session.config.index_path) as reader,
            reader.snapshot() as snapshot,
            registry.read() as reading,
        ):
            for found in compare(reading, snapshot, None if full else SAMPLE):
                yield from _compared(found)
    except EnumdError as error:
        yield ill("index", str(error), error.advice)


def _compared(found: Agreement) -> Iterator[Finding]:
    """Yield what comparing one zone came to."""
    for fault in found.faults:
        remedy = "Run `enumd publish`; if that does not help, with --rebuild."
        yield ill("index", f"{found.apex} {fault}", remedy)
    if not found.faults:
        compared = f"{found.compared:,} of {counted(found.names, 'name')} compared"
        yield well("index", f"{found.apex} as in the registry, serial {found.serial}, {compared}")


def server(session: Session) -> Iterator[Finding]:
    """Yield whether the running server answers, or whether one could run."""
    from enumd.serve import runfile

    running = runfile.running(session.home)
    if running is None:
        yield from _ports(session)
        yield odd("server", "none is running", "Start one: enumd serve")
        return
    for address in running.addresses:
        yield from _questions(session, address)


def _private(session: Session) -> list[Path]:
    """Return the files of this home that are nobody else's business."""
    names = ("registry.db", "registry.db-wal", "registry.db-shm", "index")
    return [path for path in (session.home, *map(session.home.joinpath, names)) if path.exists()]


def _ports(session: Session) -> Iterator[Finding]:
    """Yield whether the configured addresses are free."""
    from enumd.cli.serve import usable
    from enumd.serve.listeners import Address, bind_all

    for text in usable(session.config.dns.listen):
        try:
            for one in bind_all([Address.parse(text, "dns.listen")], 1):
                one.close()
            yield well("ports", f"{text} is free")
        except EnumdError as error:
            yield ill("ports", str(error), error.advice)


def _questions(session: Session, address: Address) -> Iterator[Finding]:
    """Yield what the server at *address* answers when asked for every zone."""
    from enumd.index.reader import IndexReader

    try:
        with IndexReader(session.config.index_path) as reader, reader.snapshot() as snapshot:
            heads = [view.zone for view in snapshot.zones.values()]
        for head in heads:
            yield _question(address, head)
    except EnumdError as error:
        yield ill("server", f"{address}: {error}", error.advice)


def _question(address: Address, head: Zone) -> Finding:
    """Return what the server at *address* says of one zone, over UDP and over TCP."""
    import dns.flags
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode

    from enumd.serve.lookup import ask

    apex = dns.name.from_wire(head.apex, 0)[0]
    began_s = time.perf_counter()
    reply = ask(address, apex, "SOA", TIMEOUT_S)
    took_ms = 1000 * (time.perf_counter() - began_s)
    serials = [soa.serial for rrset in reply.answer for soa in rrset]
    if reply.rcode() != dns.rcode.NOERROR or not reply.flags & dns.flags.AA or not serials:
        what = dns.rcode.to_text(reply.rcode())
        return ill("server", f"{address} answers {what} for {apex}", "Look at the server's log.")
    if serials != [head.serial.value]:
        text = f"{address} answers serial {serials[0]} of {apex}, published is {head.serial}"
        return ill("server", text, "Ask again; if it stays so, restart the server.")
    over_tcp = dns.message.make_query(apex, "SOA")
    try:
        dns.query.tcp(over_tcp, address.host, TIMEOUT_S, address.port)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        text = f"{address} does not answer over TCP: {error}"
        return ill("server", text, "Look whether a firewall is in the way.")
    return well(
        "server", f"{address} answers {apex} serial {serials[0]} in {took_ms:.1f} ms, TCP too"
    )


def _show(session: Session, findings: list[Finding]) -> None:
    """Print the findings."""
    columns = (Column("what"), Column("health"), Column("text", "finding"), Column("remedy"))
    session.output.listing([finding.fields() for finding in findings], columns)
