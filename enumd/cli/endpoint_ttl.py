"""`enumd endpoint ttl`: for how long what a number answers may be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone, zone_name
from enumd.cli.live import commit
from enumd.cli.session import Session
from enumd.cli.spelling import grouped
from enumd.core.number import Number
from enumd.core.rrset import MAX_TTL_S

if TYPE_CHECKING:
    from enumd.registry.changes import Change


@click.command()
@click.argument("number", type=arguments.number)
@click.argument("seconds", metavar="SECONDS|zone")
@in_zone
@click.pass_obj
def ttl(session: Session, number: Number, seconds: str, apex: str | None) -> None:
    """Set for how long resolvers may keep the ways to reach the holder of NUMBER.

    All of a number's endpoints have one TTL (RFC 2181 section 5.2): SECONDS, or "zone" for that of
    its zone.

    \b
    enumd endpoint ttl +441632960017 60
    enumd endpoint ttl +441632960017 zone
    """
    from enumd.registry import endpoints

    own_s = _own_ttl(seconds)

    def work(change: Change) -> int:
        return endpoints.set_ttl(change, number, own_s, zone_name(apex))

    live = commit(session, work, number, apex)
    fields = {"number": str(number), "ttl_s": live.value, "own": own_s is not None}
    whose = "" if own_s is not None else ", that of its zone,"
    shown = grouped(str(number)) if session.output.for_eyes else number
    line = f"TTL       {live.value} s{whose} for the endpoints of {shown}"
    session.output.record({**fields, **live.fields()}, line, *live.lines())


def _own_ttl(text: str) -> int | None:
    """Return the TTL a person wrote; None for that of the zone."""
    if text.lower() == "zone":
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_TTL_S):
        raise click.BadParameter(f"{text!r} is neither 0 to {MAX_TTL_S} seconds nor: zone")
    return int(text)
