"""`enumd demo`: a whole directory of numbers at work, in a temporary home.

The demonstration runs the commands a person would type, and prints what they print.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from enumd.cli.session import Session

if TYPE_CHECKING:
    pass

NUMBER: Final = "+441632960017"
STARTS_WITHIN_S: Final = 20.0
"""How long the server of the demonstration may take to answer."""

_LOOK_AGAIN_S: Final = 0.02


@click.command()
@click.option("--once", is_flag=True, help="End after the tour instead of serving until Ctrl-C.")
@click.pass_obj
def demo(session: Session, once: bool) -> None:
    """Show everything at work: a registry, a server, a claim, the answer."""
    with tempfile.TemporaryDirectory(prefix="enumd-demo-") as directory:
        stage = Stage(Path(directory) / "home", session.debug)
        stage.say(f"A directory of numbers in {stage.home}; it is gone when this ends.")
        stage.fill()
        with stage.server() as running:
            stage.tour()
            stage.say(how_to_repeat(running.addresses[0]))
            if not once:
                stage.wait()
