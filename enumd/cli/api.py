"""`enumd api`: the table of operations over HTTP, until told to stop."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import click

from enumd.cli.listening import listener, usable
from enumd.cli.session import Session
from enumd.net.listeners import Address
from enumd.operations.home import Home


@click.command()
@click.option(
    "--listen",
    "listeners",
    type=listener,
    multiple=True,
    metavar="ADDR:PORT",
    help="Where to answer HTTP, instead of what is configured; port 0 takes any free one.  "
    "Repeatable.",
)
@click.pass_obj
def api(session: Session, listeners: tuple[Address, ...]) -> None:
    """Let people act from other machines, within their rights, until Ctrl-C or SIGTERM.

    It prints its URL; with that in ENUMD_REMOTE and a token in ENUMD_TOKEN the other commands act
    there. Commands at home go on working beside it.
    """
    from enumd.operations.opening import open_to_read

    home = Home(session.home)  # with a clock that goes on
    addresses = listeners or tuple(map(Address.parse, usable(session.config.api.listen)))
    # Without a registry every answer would be an error; better to say so here.
    open_to_read(home).close()
    for address in addresses:
        if not ipaddress.ip_address(address.host).is_loopback:
            session.output.note(f"note: {address} is not encrypted; tokens need TLS before it")
    # No other command needs an HTTP server.
    from enumd.api import server

    server.run(home, addresses, lambda urls: _say(session, urls))


def _say(session: Session, urls: Sequence[str]) -> None:
    """Say where the API is to be found."""
    lines = [f"listening at {url}   (export ENUMD_REMOTE={url})" for url in urls]
    session.output.record({"url": urls[0], "urls": list(urls)}, *lines)
