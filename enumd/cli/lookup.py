"""`enumd lookup`: an ENUM client (RFC 6116 section 5.2) for any server and any tree."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import click
import dns.name

from enumd.cli import arguments
from enumd.cli.errors import conclude
from enumd.cli.layout import Column, Record
from enumd.cli.output import Form
from enumd.cli.session import Session
from enumd.cli.spelling import duration
from enumd.cli.steps import step_fields, step_lines
from enumd.core.apex import PUBLIC_TREE, Apex
from enumd.core.ddds import EnumResolution, EnumTarget
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.errors import IndexFault, ServiceError
from enumd.net.listeners import Address
from enumd.serve import runfile
from enumd.serve.enum import lookup as client

COLUMNS: Final = (
    Column("preference", right=True),
    Column("service"),
    Column("uri"),
    Column("ttl_s", "valid", duration),
)

MEANINGS: Final = {
    "failed": ("nothing is known: a look-up failed", "-v says which, and why.", 1),
    "unusable": (
        "there are records, and none of them can be used; -v says why",
        "Ask again with -v: it names the rule that each record breaks.",
        3,
    ),
    "nodata": (
        "the number exists, and there is no way to reach it",
        "Do not try the telephone network: the number is in the directory (RFC 5346).",
        3,
    ),
    "nxdomain": (
        "no tree has the number: try the telephone network",
        "If another tree may have it, name that with --suffix.",
        3,
    ),
    "outside": (
        "none of the trees stands for such numbers",
        "Name a tree that does with --suffix, as --suffix e164.arpa.",
        3,
    ),
}
"""What an outcome without targets means, the next step, and the exit status that says so."""


@click.command()
@click.argument("number", type=arguments.any_number)
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Whom to ask; the server running here, else this machine's resolvers.  Repeatable.",
)
@click.option(
    "--suffix",
    "suffixes",
    multiple=True,
    metavar="NAME[=DIGITS]",
    help="Tree to ask, with the digits it stands for; one after the other.  Repeatable.",
)
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="TYPE[:SUBTYPE]",
    help="Only ways of this Enumservice.  Repeatable.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    metavar="SECONDS",
    help="How long to wait in all; 10.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every step, and why records are refused.")
@click.pass_obj
def lookup(session: Session, /, number: Number, timeout_s: float, **asked: Any) -> None:
    """Find the ways to reach the holder of NUMBER, as an ENUM client does.

    A home that publishes trees asks its own server for them, and nobody else. Exit status: 3 where
    there is no way to reach the holder, 1 where that is not known; with `-o json` both come with an
    error object on standard error, as any other failure does.
    """
    trees = [Apex.parse(text) for text in asked["suffixes"]]
    wanted = [Enumservice.parse(text) for text in asked["services"]] or None
    servers, trees = _whom(session, asked["servers"], trees)
    resolution = client.lookup(number, trees, servers, timeout_s, wanted)
    _show(session, resolution, verbose=asked["verbose"])
    if not resolution.targets:
        meaning, advice, status = MEANINGS[resolution.outcome.value]
        if session.output.form is not Form.JSON:
            session.output.note(f"{number}: {meaning}")
        conclude(session.output, f"{number}: {meaning}", advice, status)


def _whom(
    session: Session, servers: Sequence[str], trees: list[Apex]
) -> tuple[list[Address], list[Apex]]:
    """Return the servers and the trees to ask, from this home where they were not given."""
    addresses = [one for text in servers for one in client.find_servers(text)]
    if addresses:
        return addresses, trees or _read_trees(session) or [Apex(PUBLIC_TREE)]
    # Our own server knows our trees alone; a tree that was named may be anybody's.
    ours = _read_trees(session)
    if not ours or not all(tree in ours for tree in trees):
        return list(client.system_servers()), trees or [Apex(PUBLIC_TREE)]
    running = runfile.running(session.home)
    if running is None or not running.addresses:
        # Numbers of a private tree are nobody's business but its server's.
        shown = ", ".join(str(tree) for tree in trees or ours)
        raise ServiceError(f"no server is running here to answer for {shown}").advise(
            "Start it: enumd serve. Whom else to ask is said with --server, and which tree with "
            "--suffix, as --suffix e164.arpa."
        )
    return list(running.addresses), trees or ours


def _read_trees(session: Session) -> list[Apex]:
    """Return the trees published in this home, the one with most digits first."""
    if not session.config.index_path.is_dir():
        return []  # nothing to open, and so no need to load what opens it
    from enumd.index.reader import IndexReader

    with (
        suppress(IndexFault),
        IndexReader(session.config.index_path) as reader,
        reader.snapshot() as snapshot,
    ):
        heads = [view.zone for view in snapshot.zones.values()]
        heads.sort(key=lambda head: -len(head.prefix))
        return [Apex(dns.name.from_wire(head.apex, 0)[0], head.prefix) for head in heads]
    return []


def _show(session: Session, resolution: EnumResolution, *, verbose: bool) -> None:
    """Print what was found; with *verbose* also how."""
    output = session.output
    targets = [_target_fields(target) for target in resolution.targets]
    if output.form.value == "json":
        fields: dict[str, Any] = {
            "number": str(resolution.number),
            "outcome": resolution.outcome.value,
            "targets": targets,
        }
        if verbose:
            fields["steps"] = [step_fields(step) for step in resolution.trace]
        output.record(fields)
        return
    if verbose:
        for step in resolution.trace:
            for line in step_lines(step):
                output.note(line)
    output.listing(targets, COLUMNS)


def _target_fields(target: EnumTarget) -> Record:
    """Return a way to reach the holder as plain values."""
    return {
        "order": target.order,
        "preference": target.preference,
        "service": str(target.service),
        "uri": str(target.uri),
        "ttl_s": target.ttl_s,
        "owner_name": str(target.owner),
    }
