"""`enumd party`: holders, registrars and operators."""

from __future__ import annotations

import click

from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.session import Session
from enumd.operations.party import AddParty, ListParties, ShowParty
from enumd.operations.request import plain

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
    added = session.perform(AddParty(name, kind, contact)).result
    session.output.record(plain(added), f"added     {added.kind} {added.party}")


@party.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only parties of this kind.")
@click.pass_obj
def list_(session: Session, kind: str | None) -> None:
    """List the parties."""
    rows = plain(session.perform(ListParties(kind)).result.parties)
    session.output.listing(rows, COLUMNS, "no parties yet; the first claim adds its holder")


@party.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a party."""
    found = session.perform(ShowParty(name)).result
    lines = (f"{found.party}  {found.kind}", f"  contact  {found.contact}")
    session.output.record(plain(found), *lines, f"  since    {found.created}")
