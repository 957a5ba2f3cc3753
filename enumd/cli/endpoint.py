"""`enumd endpoint`: the ways to reach the holder of a number."""

from __future__ import annotations

from typing import Any, Final

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone
from enumd.cli.endpoint_ttl import ttl
from enumd.cli.group import Group
from enumd.cli.layout import Column
from enumd.cli.live import fields_with_live, live_lines
from enumd.cli.session import Session
from enumd.cli.spelling import grouped
from enumd.core.number import Number
from enumd.operations.endpoint import (
    AddEndpoint,
    EndpointPlaced,
    ListEndpoints,
    MoveEndpoint,
    RemoveEndpoint,
)
from enumd.operations.performed import Performed
from enumd.operations.request import plain

COLUMNS: Final = (
    Column("preference", right=True),
    Column("service"),
    Column("uri"),
    Column("ttl_s", "ttl", right=True),
)
LOWEST: Final = 65535
"""The largest PREFERENCE, which is the least preferred."""


@click.group(cls=Group)
def endpoint() -> None:
    """Ways to reach the holder of a number."""


endpoint.add_command(ttl)


service_option = click.option(
    "--service",
    metavar="TYPE[:SUBTYPE]",
    help="Where a number has the URI for several Enumservices: which.",
)


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("uri")
@click.option(
    "--service",
    metavar="TYPE[:SUBTYPE]",
    help="The Enumservice, where it does not follow from the URI; or a messenger's name.",
)
@click.option(
    "--preference",
    type=click.IntRange(0, LOWEST),
    metavar="N",
    help="Lower is tried first, equal ones share the calls; after all others, if not given.",
)
@in_zone
@click.pass_obj
def add(
    session: Session,
    number: Number,
    uri: str,
    service: str | None,
    preference: int | None,
    apex: str | None,
) -> None:
    """Add a way to reach the holder of NUMBER.

    URI is one such as sip:ada@example.net, mailto:ada@example.net or tel:+491711234567; or an
    account at a messenger: matrix:@ada:example.net, whatsapp:441632960017, telegram:ada_l,
    signal:+441632960017, messenger:ada.l, teams:ada@example.net.
    """
    request = AddEndpoint(str(number), uri, service, preference, apex)
    _show(session, "added", session.perform(request))


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("which")
@service_option
@in_zone
@click.pass_obj
def remove(
    session: Session, number: Number, which: str, service: str | None, apex: str | None
) -> None:
    """Remove a way to reach the holder of NUMBER.

    WHICH is its URI, a part of it that no other has, its preference, or its place in the list.

    \b
    enumd endpoint remove +441632960017 sip:ada@sip.example.net
    enumd endpoint remove +441632960017 whatsapp
    """
    request = RemoveEndpoint(str(number), which, service, apex)
    _show(session, "removed", session.perform(request))


@endpoint.command()
@click.argument("number", type=arguments.number)
@click.argument("which")
@click.option(
    "--preference",
    type=click.IntRange(0, LOWEST),
    metavar="N",
    help="The new preference; lower is tried first, equal ones share the calls.",
)
@click.option("--first", is_flag=True, help="Put it before all others.")
@service_option
@in_zone
@click.pass_obj
def move(session: Session, /, **asked: Any) -> None:
    """Give a way to reach the holder of NUMBER another preference.

    WHICH is its URI, a part of it that no other has, its preference, or its place in the list.

    \b
    enumd endpoint move +441632960017 tel --first
    enumd endpoint move +441632960017 sip:ada@sip.example.net --preference 30
    """
    if (asked["preference"] is None) is not asked["first"]:
        raise click.UsageError("Say where to: either --preference N or --first.")
    number, zone = str(asked.pop("number")), asked.pop("apex")
    _show(session, "moved", session.perform(MoveEndpoint(number, zone=zone, **asked)))


@endpoint.command("list")
@click.argument("number", type=arguments.number)
@in_zone
@click.pass_obj
def list_(session: Session, number: Number, apex: str | None) -> None:
    """List the ways to reach the holder of NUMBER, the preferred one first."""
    found = session.perform(ListEndpoints(str(number), apex)).result
    empty = f"no endpoints; see: enumd number show {number}"
    rows = [{**plain(way), "ttl_s": found.ttl_s} for way in found.endpoints]
    session.output.listing(rows, COLUMNS, empty)


def _show(session: Session, done: str, performed: Performed[EndpointPlaced]) -> None:
    """Print what was done to an endpoint."""
    way = performed.result
    number = grouped(way.number) if session.output.for_eyes else ""
    line = f"{done:<10}{way.preference}  {way.service}  {way.uri}  for {number}"
    shared = [f"shares    calls equally with {', '.join(way.shared_with)}"] * bool(way.shared_with)
    session.output.record(fields_with_live(performed), line, *shared, *live_lines(performed))
