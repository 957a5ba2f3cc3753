"""`enumd party`: holders, registrars and operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from enumd.cli.main import Group
from enumd.cli.output import Column, Record
from enumd.cli.session import Session
from enumd.cli.spelling import timestamp

if TYPE_CHECKING:
    from enumd.registry.changes import Change
    from enumd.registry.schema import PartyRow

KINDS = ("holder", "registrar", "operator")
COLUMNS = (Column("party"), Column("kind"), Column("contact"), Column("created"))


@click.group(cls=Group)
def party() -> None:
    """Who holds numbers, provisions them, runs the registry."""


@party.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default="holder", help="What the party is.")
@click.option("--contact", help="How to reach it; the name, if that is a mail address.")
@click.pass_obj
def add(session: Session, name: str, kind: str, contact: str | None) -> None:
    """Add a party. A holder known by mail address needs none: the first claim adds it."""
    from enumd.registry import parties

    def work(change: Change) -> Record:
        return _fields(parties.add(change, parties.Kind(kind), name, contact or name))

    fields = session.commit(work).value
    session.output.record(fields, f"added     {fields['kind']} {fields['party']}")


@party.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only parties of this kind.")
@click.pass_obj
def list_(session: Session, kind: str | None) -> None:
    """List the parties."""
    from enumd.registry import parties

    with session.reading() as reading:
        found = parties.listing(reading, parties.Kind(kind) if kind else None)
        rows = [_fields(row) for row in found]
    session.output.listing(rows, COLUMNS, "no parties yet; the first claim adds its holder")


@party.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a party."""
    from enumd.registry import parties

    with session.reading() as reading:
        fields = _fields(parties.show(reading, name))
    lines = (f"{fields['party']}  {fields['kind']}", f"  contact  {fields['contact']}")
    session.output.record(fields, *lines, f"  since    {fields['created']}")


def _fields(row: PartyRow) -> Record:
    """Return a party as plain values."""
    return {
        "party": row.name,
        "kind": row.kind,
        "contact": row.contact,
        "created": timestamp(row.created_s),
    }
