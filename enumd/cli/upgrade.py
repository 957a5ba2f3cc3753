"""`enumd upgrade`: a registry that an older enumd wrote, for this one."""

from __future__ import annotations

import click

from enumd.cli.session import Session


@click.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Bring the registry of an older enumd up to this one; a SQLite registry is copied first.

    \b
    enumd upgrade
    """
    from enumd.registry.upgrade import upgrade as bring_up

    url = session.config.registry_url
    if not url.startswith("sqlite"):
        session.output.note("back up a PostgreSQL registry yourself before: pg_dump")
    session.confirm("Upgrade the registry? Older versions of enumd cannot read it afterwards.")
    done = bring_up(url)
    fields = {
        "from": done.from_revision,
        "to": done.to_revision,
        "copy": str(done.copy) if done.copy else None,
    }
    if not done.changed:
        session.output.record(fields, f"nothing to do: the schema is {done.to_revision}")
        return
    lines = [f"upgraded  schema {done.from_revision} to {done.to_revision}"]
    lines += [f"copy      {done.copy}"] * bool(done.copy)
    session.output.record(fields, *lines, "next      enumd publish, then restart enumd serve")
