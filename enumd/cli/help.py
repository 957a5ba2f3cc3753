"""`enumd help` and `enumd version`: what there is to read, and what is installed.

A topic is a command (`number claim`), or a page in `enumd/manual`: a Markdown file is a topic by
being there. Its third line says in one sentence what it is about.
"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import Final

import click

from enumd import __version__
from enumd.cli.session import Session
from enumd.errors import NotFound

PAGES: Final = Path(__file__).parents[1] / "manual"

_LINK: Final = re.compile(r"\[([^\]]+)\]\((\w+)\.md(?:#[\w-]*)?\)")
"""A link from one page to another."""
_SUMMARY_LINE: Final = 2


@click.command("help")
@click.argument("topic", nargs=-1, metavar="[TOPIC]")
@click.pass_context
def help_(ctx: click.Context, topic: tuple[str, ...]) -> None:
    """Explain a command or a topic; without one, list what there is to read."""
    session: Session = ctx.obj
    root = ctx.find_root()
    name = " ".join(topic)
    if not topic:
        session.output.text(f"{root.get_help()}\n\n{_contents(root)}")
    elif name in pages():
        session.output.page(_text_of(name), _LINK.sub(r"\1 (`enumd help \2`)", _text_of(name)))
    else:
        session.output.text(_command_help(root, topic))


@click.command()
@click.pass_obj
def version(session: Session) -> None:
    """Say which enumd this is, the Python it runs on and where it is installed."""
    fields = {
        "version": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "path": str(PAGES.parent),
    }
    session.output.record(
        fields, f"enumd {__version__}", f"Python {fields['python']}, {PAGES.parent}"
    )


def pages() -> list[str]:
    """Return the topics that are pages."""
    return sorted(path.stem for path in PAGES.glob("*.md"))


def _text_of(page: str) -> str:
    """Return a page as it is written."""
    return (PAGES / f"{page}.md").read_text("utf-8")


def _contents(root: click.Context) -> str:
    """Return the list of the pages, each with what it is about."""
    formatter = root.make_formatter()
    with formatter.section("Topics"):
        summaries = [_text_of(page).splitlines()[_SUMMARY_LINE] for page in pages()]
        formatter.write_dl(list(zip(pages(), summaries, strict=True)), col_max=12)
    return formatter.getvalue().rstrip("\n")


def _command_help(root: click.Context, topic: tuple[str, ...]) -> str:
    """Return what `--help` says of a command.

    Raises:
        NotFound: there is no such command and no such page.
    """
    context = root
    for word in topic:
        group = context.command
        found = group.get_command(context, word) if isinstance(group, click.Group) else None
        if found is None:
            known = group.list_commands(context) if isinstance(group, click.Group) else []
            others = [*known, *pages()] if group is root.command else known
            nothing = NotFound(f"there is nothing to read about {' '.join(topic)!r}")
            raise nothing.advise(_guess(word, others))
        context = click.Context(found, parent=context, info_name=found.name)
    return context.get_help()


def _guess(word: str, known: list[str]) -> str:
    """Return what may have been meant by *word*, or what there is to choose from."""
    if not known:
        return "Say the command alone."
    nearest = difflib.get_close_matches(word.lower(), known, 1, 0.6)
    return f"Did you mean {nearest[0]}?" if nearest else f"There are: {', '.join(known)}."
