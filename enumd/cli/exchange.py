"""`enumd import`, `export` and `publish`: numbers in bulk, and the index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from enumd.cli.output import Column, Record
from enumd.cli.session import Session
from enumd.cli.spelling import counted

if TYPE_CHECKING:
    from enumd.registry.importing import ImportOptions, ImportResult
    from enumd.registry.publish import Published

FORMATS = ("csv", "zone")
PUBLISHED = (
    Column("zone"),
    Column("from_serial", "from", right=True),
    Column("to_serial", "to serial", right=True),
    Column("names", right=True, show=lambda names: f"{names:,}"),
    Column("how"),
    Column("seconds", right=True, show=lambda seconds: f"{seconds:.2f}"),
)
SHOWN_REASONS = 5
"""How many reasons for refusals are told; the file of rejects has them all."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), help="What FILE is, if unclear.")
@click.option("--as", "party", metavar="PARTY", help="Whose numbers these are; import, if nobody's.")
@click.option("--zone", "apex", metavar="APEX", help="The zone of every number in FILE.")
@click.option("--prefix", metavar="DIGITS", help="Digits a zone stands for that is new here.")
@click.option("--adopt", is_flag=True, help="Take SOA and NS from the file for a zone that exists.")
@click.option("--include", is_flag=True, help="Read the files a zone file includes.")
@click.option("--partial", is_flag=True, help="Take the good lines of a number that has bad ones.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where refused lines are listed; beside FILE, if not given.",
)
@click.pass_context
def import_(ctx: click.Context, /, file: Path, **asked: Any) -> None:
    """Take the numbers of FILE, a CSV or a BIND zone file.

    A CSV has the columns number,service,uri[,preference]. What FILE says of a number replaces its
    endpoints; numbers it does not name stay as they are. All of it is taken in one change. Lines
    that cannot be taken are listed with the reason, and the exit status is 8.
    """
    from enumd.registry.importing import import_file

    session: Session = ctx.obj
    with session.registry() as registry:
        with session.output.progress(f"reading {file.name}", file.stat().st_size) as advance:
            result = import_file(registry, file, _options(session, asked), lambda n, of: advance(n))
        with session.output.progress("publishing") as advance:
            published = session.publish(registry, progress=lambda apex, names: advance(names))
    session.output.record(_import_fields(result, published), *_import_lines(result, published))
    if result.rejected:
        session.output.note(_rejected(result))
        ctx.exit(PARTLY)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True))
@click.option("--format", "form", type=click.Choice(FORMATS), help="What FILE is to be, if unclear.")
@click.option("--zone", "apex", metavar="APEX", help="Which zone; needed where there are several.")
@click.pass_obj
def export(session: Session, file: str, form: str | None, apex: str | None) -> None:
    """Write a zone to FILE as a BIND zone file or CSV; - is standard output."""
    raise NotImplementedError
