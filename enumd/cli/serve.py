"""`enumd serve`: answer DNS and SIP from the index until told to stop."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from enumd.cli import arguments
from enumd.cli.session import Session

if TYPE_CHECKING:
    from enumd.net.listeners import Address

_LOOPBACK6: Final = "[::1]:"


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
    from enumd.serve import server

    addresses = [str(one) for one in listeners] or usable(session.config.dns.listen)
    # Without an index the server would answer SERVFAIL to everything; better to say so here.
    IndexReader(session.config.index_path).close()
    server.run(session.config, addresses, workers or 0, [str(one) for one in sip])


def usable(listen: Sequence[str]) -> list[str]:
    """Return the configured addresses without IPv6 loopback on a machine that has no IPv6.

    It is configured by default, and many containers have none; any other address that this machine
    does not have is a mistake, and starting the server says so.
    """
    others = [text for text in listen if not text.startswith(_LOOPBACK6)]
    return others if others and not has_ipv6() else list(listen)


def has_ipv6() -> bool:
    """Tell whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
