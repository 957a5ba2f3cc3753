"""`enumd endpoint ttl`: for how long what a number answers may be kept."""

from __future__ import annotations

import click

from enumd.cli import arguments
from enumd.cli.arguments import in_zone
from enumd.cli.live import fields_with_live, live_lines
from enumd.cli.session import Session
from enumd.cli.spelling import grouped
from enumd.core.number import Number
from enumd.core.rrset import MAX_TTL_S
from enumd.operations.endpoint import SetTtl


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
    performed = session.perform(SetTtl(str(number), _own_ttl(seconds), apex))
    answered = performed.result
    whose = "" if answered.own else ", that of its zone,"
    shown = grouped(answered.number) if session.output.for_eyes else answered.number
    line = f"TTL       {answered.ttl_s} s{whose} for the endpoints of {shown}"
    session.output.record(fields_with_live(performed), line, *live_lines(performed))


def _own_ttl(text: str) -> int | None:
    """Return the TTL a person wrote; None for that of the zone."""
    if text.lower() == "zone":
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_TTL_S):
        raise click.BadParameter(f"{text!r} is neither 0 to {MAX_TTL_S} seconds nor: zone")
    return int(text)
