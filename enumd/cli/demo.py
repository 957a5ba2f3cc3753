"""`enumd demo`: a whole directory of numbers at work, in a temporary home.

The demonstration runs the commands a person would type, and prints what they print.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from enumd.cli.interrupt import CtrlC
from enumd.cli.main import main
from enumd.cli.output import Form, Output
from enumd.cli.session import Session
from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve import runfile
from enumd.serve.enum import lookup
from enumd.serve.runfile import RunFile
from enumd.serve.sip import call as calling

APEX: Final = "enum.example.org"
NUMBER: Final = "+441632960017"
STARTS_WITHIN_S: Final = 20.0
"""How long the server of the demonstration may take to answer."""
ENDS_WITHIN_S: Final = 10.0
"""How long it may take to end before it is killed; it gives its own workers six seconds."""

_LOOK_AGAIN_S: Final = 0.02


@click.command()
@click.option("--once", is_flag=True, help="End after the tour instead of serving until Ctrl-C.")
@click.pass_obj
def demo(session: Session, once: bool) -> None:
    """Show everything at work: a registry, a server, a claim, the answer, a call."""
    with CtrlC() as ctrl_c, tempfile.TemporaryDirectory(prefix="enumd-demo-") as directory:
        stage = Scene(Path(directory) / "home", session.debug, ctrl_c)
        stage.say(f"A directory of numbers in {stage.home}; it is gone when this ends.")
        stage.fill()
        with stage.server() as running:
            stage.tour()
            stage.wire(running.addresses[0])
            stage.call(running.sip_addresses[0])
            stage.say(how_to_repeat(running.addresses[0]))
            if not once:
                stage.wait()


@dataclass(frozen=True, slots=True)
class Scene:
    """A home to show things in, and the voice that tells of them."""

    home: Path
    debug: bool
    ctrl_c: CtrlC
    """Heeded by what takes time; never where the server or the home could be left behind."""

    def say(self, text: str) -> None:
        """Print *text* between the commands."""
        Output(Form.TABLE).text(f"\n{text}\n")

    def show(self, *words: str) -> None:
        """Print a command as a person types it, and run it."""
        output = Output(Form.TABLE)
        output.text(click.style(f"$ {shlex.join(['enumd', *words])}", bold=True))
        options = ["--home", str(self.home), "-o", "table", "-q", *["--debug"] * self.debug]
        with self._interruptible():
            status = main.main([*options, *words], prog_name="enumd", standalone_mode=False)
        output.text("")
        if status:
            raise click.exceptions.Exit(status)

    def fill(self) -> None:
        """Make the directory, and import the sample numbers."""
        words = ("--apex", APEX, "--ns", "ns1.example.net")
        self.show("init", *words, "--pool", "demo:+441632960000-+441632960999")
        self.show("import", str(samples() / "demo.csv"))

    def tour(self) -> None:
        """Find a number, claim it, add ways to reach its holder, ask for it."""
        self.show("number", "find", "--like", "*17", "--limit", "3")
        self.show("number", "claim", NUMBER, "--holder", "ada@example.net")
        self.show("endpoint", "add", NUMBER, "sip:ada@sip.example.net")
        self.show("endpoint", "add", NUMBER, "matrix:@ada:example.net")
        self.show("lookup", NUMBER)

    def wire(self, server: Address) -> None:
        """Show the records of the claimed number as they go over the wire."""
        owner = Apex(parse_name(APEX)).owner_name(Number.parse(NUMBER))
        with self._interruptible():
            answered = lookup.ask(server, owner)
        rows = [row for rrset in answered.answer for row in rrset.to_text().splitlines()]
        text = "\n".join(f"  {row}" for row in rows)
        self.say(f"Over the wire, {server} answers the NAPTR question about it with:\n{text}")

    def call(self, server: Address) -> None:
        """Place a SIP call to the claimed number, and show where it is sent."""
        with self._interruptible():
            answered = calling.call(Number.parse(NUMBER), server)
        self.say(f"A call over SIP to the same number, by INVITE to {server}, gets:")
        rows = answered.response.strip().splitlines()
        shown = [rows[0], *(row for row in rows if row.startswith("Contact:"))]
        text = "\n".join(f"  {row}" for row in shown)
        Output(Form.TABLE).text(f"{text}\n\nIn their order, after the ACK, the caller would try:")
        for contact in answered.contacts:
            Output(Form.TABLE).text(f"  {contact.uri}  (q={contact.q})")

    @contextmanager
    def server(self) -> Iterator[RunFile]:
        """Run the server of this home, on a free port, for as long as the block lasts."""
        serve = ["serve", "--dns", "127.0.0.1:0", "--sip", "127.0.0.1:0"]
        words = ["--home", str(self.home), *serve]
        Output(Form.TABLE).text(click.style(f"$ enumd {' '.join(serve)} &", bold=True))
        log = self.home / "serve.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "enumd.cli", *words], stdout=stream, stderr=stream
            )
        try:
            with self._interruptible():
                running = self._await_start(process, log)
            dns, sip = ", ".join(running.listeners), ", ".join(running.sip)
            self.say(f"It answers DNS on {dns} and SIP on {sip}.")
            yield running
        finally:
            end(process)

    def _await_start(self, process: subprocess.Popen[bytes], log: Path) -> RunFile:
        """Return where the server answers, once it does.

        Raises:
            ServiceError: it ended, or did not answer in time.
        """
        deadline_s = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline_s and process.poll() is None:
            if (running := runfile.running(self.home)) is not None:
                return running
            time.sleep(_LOOK_AGAIN_S)
        said = log.read_text(errors="replace").strip()
        raise ServiceError(f"the server of the demonstration did not start: {said}").advise(
            "Nothing of yours was touched. What is quoted says why; run the demonstration again."
        )

    def wait(self) -> None:
        """Wait for Ctrl-C."""
        self.say("Ctrl-C ends it.")
        self.ctrl_c.wait()
        self.say("Gone.")

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let Ctrl-C end the block; click has a name of its own for that."""
        try:
            with self.ctrl_c.heeded():
                yield
        except click.Abort:
            raise KeyboardInterrupt from None


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server, by force if it does not end when told."""
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def samples() -> Path:
    """Return the directory of the sample trees, `zones/` of the source tree.

    Raises:
        ServiceError: this installation lacks them.
    """
    path = Path(__file__).parent.parent / "zones"
    if not path.is_dir():
        raise ServiceError(f"there are no sample trees at {path}; install enumd again").advise(
            "They come with the program; only the demonstration needs them."
        )
    return path


def how_to_repeat(address: Address) -> str:
    """Return the commands that ask the same question without enumd."""
    owner = Apex(parse_name(APEX)).owner_name(Number.parse(NUMBER))
    dig = f"dig @{address.host} -p {address.port} {owner} NAPTR +noall +answer"
    return f"Ask it yourself, while it runs:\n  {dig}"
