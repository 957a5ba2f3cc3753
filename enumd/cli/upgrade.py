"""`enumd upgrade`: a registry that an older enumd wrote, for this one."""

from __future__ import annotations

import click

from enumd.cli.session import Session
from enumd.operations.request import plain
from enumd.operations.setup import UpgradeRegistry


@click.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Bring the registry of an older enumd up to this one; a SQLite registry is copied first.

    \b
    enumd upgrade
    """
    if not session.config.registry_url.startswith("sqlite"):
        session.output.note("back up a PostgreSQL registry yourself before: pg_dump")
    session.confirm("Upgrade the registry? Older versions of enumd cannot read it afterwards.")
    done = session.perform(UpgradeRegistry()).result
    if not done.changed:
        session.output.record(plain(done), f"nothing to do: the schema is {done.to}")
        return
    lines = [f"upgraded  schema {done.from_} to {done.to}"]
    lines += [f"copy      {done.copy}"] * bool(done.copy)
    session.output.record(plain(done), *lines, "next      enumd publish, then restart enumd serve")
