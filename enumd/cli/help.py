"""`enumd help` and `enumd version`: what there is to read, and what is installed.

A topic is a command (`number claim`), or a page in `enumd/manual`: a text file is a topic by being
there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from enumd import __version__
from enumd.cli.session import Session
from enumd.errors import NotFound

PAGES: Final = Path(__file__).parents[1] / "manual"


@click.command("help")
@click.argument("topic", nargs=-1, metavar="[TOPIC]")
@click.pass_context
def help_(ctx: click.Context, topic: tuple[str, ...]) -> None:
    """Explain a command or a topic; without one, list what there is to read."""
    session: Session = ctx.obj
    root = ctx.find_root()
    if not topic:
        session.output.text(f"{root.get_help()}\n\nTopics: {', '.join(pages())}")
        return
    session.output.text(_page(" ".join(topic)) or _command_help(root, topic))


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
    return sorted(path.stem for path in PAGES.glob("*.txt"))


def _page(topic: str) -> str | None:
    """Return the text of a page, or None if there is none of that name."""
    return (PAGES / f"{topic}.txt").read_text("utf-8") if topic in pages() else None


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
            there = f"There are: {', '.join(others)}." if others else "Say the command alone."
            raise NotFound(f"there is nothing to read about {' '.join(topic)!r}").advise(there)
        context = click.Context(found, parent=context, info_name=found.name)
    return context.get_help()
