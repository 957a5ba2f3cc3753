"""`enumd init`: a new home with its configuration, registry, zone, pools and index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from enumd.cli import arguments
from enumd.cli.arguments import NameServer, PoolRange
from enumd.cli.output import Record
from enumd.cli.pool import add_pool
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.cli.zone import (
    Wanted,
    add_zone,
    prefix_option,
    servers_option,
    stands_for,
)
from enumd.errors import Conflict, RegistryUnusable

if TYPE_CHECKING:
    from enumd.registry.changes import Change


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
    servers: tuple[NameServer, ...],
    pools: tuple[PoolRange, ...],
) -> None:
    """Make a new directory of numbers: configuration, registry, zone, pools, index."""
    defaults = session.config.zone
    wanted = Wanted(apex, prefix, servers, defaults.ttl_s, defaults.negative_ttl_s)
    make_home(session)
    make_registry(session)

    def work(change: Change) -> Record:
        row = add_zone(change, wanted)
        for one in pools:
            add_pool(change, one, row.apex)
        return {"zone": row.apex, "prefix": row.prefix, "serial": row.serial}

    made = session.commit(work).value
    fields = {"home": str(session.home), **made, "pools": [one.name for one in pools]}
    session.output.record(fields, *_lines(session, made, pools))


def make_home(session: Session) -> None:
    """Make the directory, for its owner alone, and a configuration that explains itself."""
    from enumd.config import FILE_NAME, example

    session.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = session.home / FILE_NAME
    if not path.exists():
        # A registry that the environment names is this home's from now on.
        given = {"registry.url": session.config.registry.url}
        # For its owner alone before anything is in it: a url may hold a password.
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(example({key: value for key, value in given.items() if value}).encode())


def make_registry(session: Session) -> None:
    """Make the registry; one that has no zone yet, from an init that failed, will do.

    Raises:
        Conflict: there is a registry already, or one was here and its index still is.
    """
    _refuse_second(session)
    from enumd.registry import zones
    from enumd.registry.database import Registry

    try:
        Registry.create(session.config.registry_url, session.policy).close()
    except Conflict:
        with session.reading() as reading:
            if zones.listing(reading):
                raise


def _refuse_second(session: Session) -> None:
    """Raise Conflict where numbers are published from a registry that cannot be found."""
    index = session.config.index_path
    if not index.is_dir() or not any(index.iterdir()):
        return
    try:
        with session.reading():
            return
    except RegistryUnusable as error:
        raise Conflict(f"{index} is published from a registry that is not there: {error}").advise(
            "Bring that registry back from its backup, or correct the url under [registry]. Where "
            "its numbers are to be given up, move the index elsewhere first."
        ) from None


def _lines(session: Session, made: Record, pools: tuple[PoolRange, ...]) -> list[str]:
    """Return what was made and what can be done now, as a person reads it."""
    lines = [
        f"home      {session.home}",
        f"zone      {stands_for(made).removeprefix('zone ')}, serial {made['serial']}",
    ]
    for one in pools:
        size = int(one.last.digits) - int(one.first.digits) + 1
        lines.append(f"pool      {one.name}, {counted(size, 'number')}")
    free = "enumd number find" if pools else "enumd pool add NAME FIRST LAST"
    return [*lines, "next      enumd serve &", f"          {free}"]
