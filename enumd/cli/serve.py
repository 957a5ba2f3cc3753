"""`enumd serve`: answer DNS and SIP from the index until told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from enumd.cli import arguments
from enumd.cli.session import Session

if TYPE_CHECKING:
    from enumd.serve.listeners import Address


@click.command()
@click.option(
    "--dns",
    "listeners",
    type=arguments.listener,
    multiple=True,
    metavar="ADDR:PORT",
    help="Where to answer, UDP and TCP, instead of what is configured.  Repeatable.",
)
@click.option(
    "--sip",
    type=arguments.listener,
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
    from enumd.index.reader import IndexReader
    from enumd.serve import supervisor

    # Without an index the server would answer SERVFAIL to everything; better to say so here.
    IndexReader(session.config.index_path).close()
    supervisor.run(
        session.config, [str(one) for one in listeners], workers or 0, [str(one) for one in sip]
    )
