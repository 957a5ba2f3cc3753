"""`enumd token`: by what a party acts from another machine."""

from __future__ import annotations

import click

from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.session import Session
from enumd.operations.actor import Role
from enumd.operations.request import plain
from enumd.operations.token import MAX_DAYS, CreateToken, ListTokens, RevokeToken

ROLES = tuple(role.value for role in Role if role is not Role.ANYBODY)
COLUMNS = (
    *(Column("id"), Column("party"), Column("role"), Column("scopes", show=" ".join)),
    *(Column("created"), Column("expires"), Column("revoked")),
    *(Column("used"), Column("used_from", "from")),
)


@click.group(cls=Group)
def token() -> None:
    """Secrets by which a party acts from another machine."""


@token.command()
@click.option("--party", required=True, metavar="NAME", help="Who is to act by it.")
@click.option("--role", type=click.Choice(ROLES), help="As what; what the party is, if not given.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="OPERATION",
    help="An operation it is good for, such as number.claim; without one all that its role "
    "allows.  Repeatable.",
)
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=365,
    show_default=True,
    metavar="N",
    help="How long it lasts.",
)
@click.pass_obj
def create(
    session: Session, party: str, role: str | None, scopes: tuple[str, ...], days: int
) -> None:
    """Make a token; it is shown this once. Keep it in a file that only its user can read."""
    made = session.perform(CreateToken(party, role, scopes, days)).result
    reach = ", ".join(made.scopes) or "all that its role allows"
    session.output.record(
        plain(made),
        f"token     {made.token}",
        f"          shown this once; {made.id} is what `enumd token revoke` wants",
        f"for       {made.party}, as {made.role}: {reach}",
        f"until     {made.expires}",
    )


@token.command("list")
@click.option("--party", metavar="NAME", help="Only those of this party.")
@click.pass_obj
def list_(session: Session, party: str | None) -> None:
    """List the tokens, the newest first: for whom, until when, used last when and from where."""
    rows = plain(session.perform(ListTokens(party)).result.tokens)
    session.output.listing(rows, COLUMNS, "no tokens yet; `enumd token create` makes one")


@token.command()
@click.argument("id")
@click.pass_obj
def revoke(session: Session, id: str) -> None:
    """Make a token void from now on; ID is what `enumd token list` shows, not the secret."""
    gone = session.perform(RevokeToken(id)).result
    session.output.record(plain(gone), f"revoked   {gone.id} of {gone.party}")
