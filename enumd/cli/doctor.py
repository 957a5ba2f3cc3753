"""`enumd doctor`: whether everything that must agree does, and what to do where it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from enumd.cli.diagnosis import Diagnosis, Health, ill, odd, well
from enumd.cli.doctor_resolver import resolvers
from enumd.cli.doctor_server import server
from enumd.cli.errors import conclude
from enumd.cli.layout import Column
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.errors import EnumdError
from enumd.operations.health import ExamineRegistry, RegistryHealth, ZoneAgreement
from enumd.operations.times import seconds

SAMPLE: Final = 1000
"""How many names of a zone are compared unless all are asked for."""

CLOCK_SLACK_S: Final = 5
"""How far ahead of this clock the change log may be before we speak of it."""


@click.command()
@click.option("--full", is_flag=True, help="Compare every name, not a sample.")
@click.pass_obj
def doctor(session: Session, full: bool) -> None:
    """Check registry, index, files, ports, clock and the running server; exit 1 if one is ill.

    Whether the resolver of this machine, or the one under [enum], leads here is told, too.
    """
    findings = list(_examine(session, full))
    _show(session, findings)
    if ill_ones := [finding for finding in findings if finding.health is Health.ILL]:
        text = f"{counted(len(ill_ones), 'finding')} ill, of {len(findings)}"
        conclude(session.output, text, ill_ones[0].remedy, 1)


def _examine(session: Session, full: bool) -> Iterator[Diagnosis]:
    """Yield what is found, from the files up to the running server."""
    yield from files(session)
    try:
        health = session.perform(ExamineRegistry(None if full else SAMPLE)).result
    except EnumdError as error:
        yield ill("registry", str(error), error.advice)
    else:
        yield clock(session, health.changed)
        yield from agreement(health)
    yield from server(session)
    yield from resolvers(session)


def files(session: Session) -> Iterator[Diagnosis]:
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


def clock(session: Session, changed: str | None) -> Diagnosis:
    """Return whether this machine's clock goes on from where the change log is."""
    ahead_s = (seconds(changed) if changed else 0) - session.now_s
    if ahead_s > CLOCK_SLACK_S:
        text = f"the last change is {counted(ahead_s, 's')} in the future: the clock was put back"
        return ill("clock", text, "Set the clock; until then holds and quarantines last too long.")
    return well("clock", time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(session.now_s)))


def agreement(health: RegistryHealth) -> Iterator[Diagnosis]:
    """Yield whether the index holds what the registry says."""
    if health.fault is not None:
        yield ill("index", health.fault, health.remedy or "")
    if health.former_format:
        text = "has the format of the enumd before this one, and is read as it is"
        yield odd("index", text, "Run `enumd publish`: servers go over to the new one.")
    for zone in health.zones:
        yield from _judge_zone(zone)


def _judge_zone(found: ZoneAgreement) -> Iterator[Diagnosis]:
    """Yield what comparing one zone came to."""
    for fault in found.faults:
        remedy = "Run `enumd publish`; if that does not help, with --rebuild."
        yield ill("index", f"{found.zone} {fault}", remedy)
    if not found.faults:
        compared = f"{found.compared:,} of {counted(found.names, 'name')} compared"
        yield well("index", f"{found.zone} as in the registry, serial {found.serial}, {compared}")
        if found.states:
            told = f"suspended or in quarantine as in the registry, {found.states:,} compared"
            yield well("states", f"{found.zone} {told}")


def _private(session: Session) -> list[Path]:
    """Return the files of this home that are nobody else's business."""
    names = ("registry.db", "registry.db-wal", "registry.db-shm", "index")
    return [path for path in (session.home, *map(session.home.joinpath, names)) if path.exists()]


def _show(session: Session, findings: list[Diagnosis]) -> None:
    """Print the findings."""
    columns = (Column("what"), Column("health"), Column("text", "finding"), Column("remedy"))
    session.output.listing([finding.fields() for finding in findings], columns)
