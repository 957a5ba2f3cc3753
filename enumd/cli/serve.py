"""`enumd serve`: answer DNS and SIP from the index until told to stop."""

from __future__ import annotations

import click

from enumd.cli.listening import listener, usable
from enumd.cli.session import Session
from enumd.net.listeners import Address


@click.command()
@click.option(
    "--dns",
    "listeners",
    type=listener,
    multiple=True,
    metavar="ADDR:PORT",
    help="Where to answer, UDP and TCP, instead of what is configured.  Repeatable.",
)
@click.option(
    "--sip",
    type=listener,
    multiple=True,
    metavar="ADDR:PORT",
    help="Where to redirect SIP calls, UDP and TCP, instead of what is configured.  Repeatable.",
)
@click.option(
    "--workers", type=click.IntRange(1, 256), metavar="N", help="Processes that share the work."
)
@click.pass_obj
def serve(
    session: Session,
    listeners: tuple[Address, ...],
    sip: tuple[Address, ...],
    workers: int | None,
) -> None:
    """Answer DNS queries and SIP calls from what is published, until Ctrl-C or SIGTERM.

    SIP is served where --sip or the configuration says so, and to the peers listed there.
    SIGHUP reads the configuration again. A change another command publishes is answered at once;
    nothing needs to be restarted for it.
    """
    # The reactor is loaded by what serves, not by who reads how to serve.
    from enumd.index.reader import IndexReader
    from enumd.serve import server

    addresses = [str(one) for one in listeners] or usable(session.config.dns.listen)
    # Without an index the server would answer SERVFAIL to everything; better to say so here.
    IndexReader(session.config.index_path).close()
    server.run(session.config, addresses, workers or 0, [str(one) for one in sip])
