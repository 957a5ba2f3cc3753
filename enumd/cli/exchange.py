"""`enumd import`, `export` and `publish`: numbers in bulk, and the index."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import click

from enumd.cli.incoming import STDIN, incoming
from enumd.cli.layout import Column
from enumd.cli.session import Session, is_a_person
from enumd.cli.spelling import counted
from enumd.errors import NotFound, PartlyDone
from enumd.operations.bulk import (
    FORMATS,
    ExportZone,
    FileImported,
    ImportFile,
    PublishRegistry,
)
from enumd.operations.party import ShowParty
from enumd.operations.performed import PublishReport, Streams
from enumd.operations.request import plain

STDOUT: Final = "-"
LEFT_OUT: Final = "(suspended, past its end, or nothing a zone file can say)"
PUBLISHED: Final = (
    Column("zone"),
    Column("from_serial", "from", right=True),
    Column("to_serial", "to serial", right=True),
    Column("names", right=True, show=lambda names: f"{names:,}"),
    Column("how"),
    Column("seconds", right=True, show=lambda seconds: f"{seconds:.2f}"),
)
SHOWN_REASONS: Final = 5
"""How many reasons for refusals are told; the file of rejects has them all."""


@click.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option("--format", type=click.Choice(FORMATS), help="What FILE is, if unclear.")
@click.option("--as", "party", metavar="PARTY", help="Whose numbers these are; nobody's, if not.")
@click.option("--add-party", is_flag=True, help="Add PARTY, a registrar, if there is none.")
@click.option("--zone", metavar="APEX", help="The zone of every number in FILE.")
@click.option("--prefix", metavar="DIGITS", help="Digits a zone stands for that is new here.")
@click.option("--adopt", is_flag=True, help="Take SOA and NS from the file for a zone that exists.")
@click.option("--include", is_flag=True, help="Read the files a zone file includes.")
@click.option("--partial", is_flag=True, help="Take the good lines of a number that has bad ones.")
@click.option(
    "--rejects",
    "rejects_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where refused lines are listed; beside FILE, if not given.",
)
@click.pass_obj
def import_(session: Session, /, file: Path, **asked: Any) -> None:
    """Take the numbers of FILE, a CSV or a BIND zone file; - is standard input.

    A CSV has the columns number,service,uri[,preference[,ttl]]. What FILE says of a number
    replaces its endpoints; one that is to have none says `none` as its service; numbers FILE does
    not name stay as they are. All of it is taken in one change. Lines that cannot be taken are
    listed with the reason, and the exit status is 8.
    """
    if str(file) == STDIN and asked["include"]:
        raise click.UsageError("Give the file itself: what it includes is looked for beside it.")
    asked["add_party"] = asked["add_party"] or _is_to_be_added(session, asked["party"])
    with incoming(file, asked.pop("rejects_path")) as source:
        rejects = str(source.rejects_path) if source.rejects_path else None
        request = ImportFile(str(source.path), rejects_path=rejects, **asked)
        done = session.perform(request, Streams(session.output.progress))
    fields = {**plain(done.result), "published": plain(done.published)}
    session.output.record(fields, *_import_lines(done.result, done.published))
    if done.result.rejected:
        raise _partly(done.result)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--format", "form", type=click.Choice(FORMATS), help="What to write; by FILE's name.")
@click.option("--zone", "apex", metavar="APEX", help="Which zone; needed where there are several.")
@click.pass_obj
def export(session: Session, file: str, form: str | None, apex: str | None) -> None:
    """Write a zone to FILE, as a BIND zone file or as CSV; - is standard output.

    The file is there whole or not at all: it takes the place of an older one at the end.
    """
    request = ExportZone(_format(file, form), apex)
    with _open_to_write(file) as stream:
        meter = session.output.progress
        streams = Streams(lambda what, total: meter(f"writing {file}, numbers", total), stream)
        done = session.perform(request, streams).result
    line = (
        f"exported  {counted(done.numbers, 'number')} with "
        f"{counted(done.endpoints, 'endpoint')} and {counted(done.records, 'other record')}"
    )
    left_out = f"left out  {counted(done.left_out, 'number')} {LEFT_OUT}"
    if file == STDOUT:
        session.output.note(line)
    else:
        fields = {"file": file, **plain(done)}
        session.output.record(fields, line, *[left_out] * bool(done.left_out))


@click.command()
@click.option("--rebuild", is_flag=True, help="Make the index from nothing, whatever is there.")
@click.pass_obj
def publish(session: Session, rebuild: bool) -> None:
    """Bring the index up to the registry.

    Every command that changes something does this by itself. It is needed after a crash between
    the two, when the index was deleted, and after a restore of the registry. An index that is
    damaged is made again with --rebuild; servers go over to the new one by themselves. Files that
    are not this registry's index are moved aside then, never deleted.
    """
    streams = Streams(session.output.progress)
    done = session.perform(PublishRegistry(rebuild), streams).result
    rows = plain(done.zones)
    session.output.listing(rows, PUBLISHED, "nothing to do: what is published is up to date")


def _is_to_be_added(session: Session, party: str | None) -> bool:
    """Ask a person whether to add the party that nobody is called yet; False where there is one.

    Raises:
        NotFound: there is none of that name, and nobody to be asked.
    """
    if party is None:
        return False
    try:
        session.perform(ShowParty(party))
    except NotFound as unknown:
        unknown.add_note("With --add-party the import adds it.")
        if not is_a_person():
            raise
        session.output.note(f"{unknown}. {unknown.advice}")
        if not click.confirm(f"Add {party} and import the file as its numbers?", err=True):
            raise
        return True
    return False


def _import_lines(result: FileImported, published: Sequence[PublishReport]) -> list[str]:
    """Return what became of a file as a person reads it."""
    lines = [
        f"imported  {counted(result.taken, 'line')}; {result.unchanged:,} said nothing new",
        f"numbers   {result.numbers_created:,} new, {result.numbers_changed:,} changed, "
        f"{result.numbers_unchanged:,} as they were",
    ]
    if result.numbers_silenced:
        lines.append(f"silenced  {counted(result.numbers_silenced, 'number')} had endpoints before")
    if result.rrsets_changed:
        lines.append(f"records   {result.rrsets_changed:,} changed")
    lines += [
        f"note      {note.code}, {counted(note.count, 'line')}; line {note.line}: {note.hint}"
        for note in result.notes
    ]
    lines += [
        f"published {one.zone} serial {one.to_serial}, {counted(one.names, 'name')} "
        f"in {one.seconds:.2f} s"
        for one in published
    ]
    return lines


def _partly(result: FileImported) -> PartlyDone:
    """Return the error that says how much was refused, and why."""
    error = PartlyDone(
        f"{counted(result.rejected, 'line')} refused, listed in {result.rejects_path}"
    )
    reasons = [f"{code} {count:,}" for code, count in result.reasons.items()][:SHOWN_REASONS]
    error.add_note(f"Reasons: {', '.join(reasons)}.")
    return error


def _format(file: str, form: str | None) -> str:
    """Return the format to write: as asked, else by the name of the file."""
    suffix = Path(file).suffix.lower()
    if form is None and suffix in _NO_FORMATS:
        raise click.UsageError(
            f"{suffix} is no format of export: there are {' and '.join(FORMATS)}. "
            "Give FILE another name, or say with --format what it is to be."
        )
    return form or ("csv" if suffix in {".csv", ".tsv"} else "zone")


_NO_FORMATS: Final = frozenset({".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".xml", ".xlsx"})
"""What a file may be called that people expect another format in."""


@contextmanager
def _open_to_write(file: str) -> Iterator[TextIO]:
    """Open *file* for writing, so that it is replaced only when all of it is written."""
    path = Path(file)
    if file == STDOUT:
        yield sys.stdout
    elif path.exists() and not path.is_file():  # a pipe, or /dev/stdout
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        draft = path.with_name(f".{path.name}.new")
        try:
            with draft.open("w", encoding="utf-8", newline="") as stream:
                yield stream
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
