"""`enumd demo`: the tour, and how it ends."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import dns.message
import dns.query
import pytest

from enumd.cli import demo, interrupt
from enumd.cli.demo import Scene, end, how_to_repeat, samples
from enumd.cli.interrupt import CtrlC
from enumd.cli.main import main
from enumd.cli.output import Form, Output
from enumd.cli.session import Session
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.serve import runfile
from enumd.serve.enum import lookup
from enumd.serve.runfile import RunFile
from enumd.serve.sip import call

ROOT = Path(__file__).parents[2]


def test_the_tour_shows_a_claim_that_answers(enumd):
    """Claim, endpoints and look-up are shown as commands with their output; all goes away."""
    result = enumd("demo", "--once")

    assert result.exit_code == 0
    assert "$ enumd number claim +441632960017 --holder ada@example.net\n" in result.stdout
    assert (
        len(re.findall(r"^live in \d+\.\d ms on 127.0.0.1:\d+, serial", result.stdout, re.M)) == 3
    )
    assert "10  sip       sip:ada@sip.example.net" in result.stdout
    assert "  SIP/2.0 302 Moved Temporarily\n  Contact: <sip:ada@sip.example.net>" in result.stdout
    assert result.stdout.count("  sip:ada@sip.example.net  (q=0.99)\n") == 1
    home = re.search(r"directory of numbers in (\S+);", result.stdout)[1]
    assert not Path(home).exists()


def test_it_stays_until_ctrl_c():
    """Without --once the server can be asked, as the text says, until Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "enumd.cli", "demo"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, as a terminal gives to what is run in it
    )
    text = ""
    while "Ctrl-C ends it" not in text:
        text += process.stdout.readline()
    host, port, owner = re.search(r"dig @(\S+) -p (\d+) (\S+) NAPTR", text).groups()
    reply = dns.query.udp(dns.message.make_query(owner, "NAPTR"), host, 5, int(port))

    os.killpg(process.pid, signal.SIGINT)
    rest = process.communicate(timeout=20)[0]

    assert sum(map(len, reply.answer)) == 2
    assert process.returncode == 0
    assert "Gone." in rest
    assert not Path(re.search(r"directory of numbers in (\S+);", text)[1]).exists()


def test_the_question_can_be_repeated():
    """The line for dig has server, port and owner name."""
    text = how_to_repeat(Address("127.0.0.1", 5300))

    assert "dig @127.0.0.1 -p 5300 7.1.0.0.6.9.2.3.6.1.4.4.enum.example.org. NAPTR" in text


def test_the_samples_are_installed():
    """The sample trees are found from the package itself, and are those of `zones/`."""
    assert (ROOT / "zones").resolve() == samples().resolve()


def test_missing_samples_are_told(monkeypatch, tmp_path):
    """An installation that lacks them says so."""
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "cli" / "demo.py"))

    with pytest.raises(ServiceError, match="no sample trees"):
        samples()


def test_a_server_that_does_not_start_says_why(tmp_path, monkeypatch):
    """If the server ends at once, its own words are shown."""
    home = tmp_path / "home"
    home.mkdir()

    stage = Scene(home, False, CtrlC())
    with pytest.raises(ServiceError, match=r"did not start: .*S401"), stage.server():
        pass


def test_a_failed_command_ends_the_tour(enumd, monkeypatch):
    """If a command of the tour fails, the demonstration fails with it."""
    monkeypatch.setattr(demo, "NUMBER", "+4930123456")

    result = enumd("demo", "--once")

    assert result.exit_code == 3
    assert "+4930123456 is in no pool of enum.example.org." in result.stderr


def test_a_server_that_does_not_end_is_killed(monkeypatch):
    """Nobody waits for ever for one that does not do as it is told."""
    monkeypatch.setattr(demo, "ENDS_WITHIN_S", 0.01)
    words = ["sh", "-c", "trap '' TERM; echo; exec sleep 60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        end(process)

    assert process.returncode == -signal.SIGKILL


def test_ctrl_c_in_a_command_has_one_name(monkeypatch, tmp_path):
    """What click makes of it ends the demonstration as it does elsewhere."""

    def aborted(words, **more):
        raise click.Abort

    monkeypatch.setattr(main, "main", aborted)

    with pytest.raises(KeyboardInterrupt):
        Scene(tmp_path, False, CtrlC()).show("doctor")


class Rehearsal:
    """The demonstration with a server that only sleeps, and a question and a call that do nothing.

    Ctrl-C is pressed when the line of that *moment* is about to be run, counted over the files of
    `WATCHED`: no moment of them is left to luck.
    """

    WATCHED = (demo.__file__, interrupt.__file__, tempfile.__file__, contextlib.__file__)

    def __init__(self, monkeypatch, directory) -> None:
        """Have it take place in *directory*."""
        self.lines = 0
        self.moment = None
        self.servers: list[subprocess.Popen] = []
        self._popen = subprocess.Popen
        self._sigwait = signal.sigwait
        running = RunFile(1, 0, 1, ("127.0.0.1:5300",), sip=("127.0.0.1:5060",))
        answered = call.Answered(302, "", (), "", "SIP/2.0 302 Moved Temporarily")
        monkeypatch.setattr(tempfile, "tempdir", str(directory))
        monkeypatch.setattr(main, "main", lambda words, **_: Path(words[1]).mkdir(exist_ok=True))
        monkeypatch.setattr(call, "call", lambda number, server: answered)
        monkeypatch.setattr(lookup, "ask", lambda server, owner: dns.message.Message())
        monkeypatch.setattr(runfile, "running", lambda home: running)
        monkeypatch.setattr(subprocess, "Popen", self.start)
        monkeypatch.setattr(signal, "sigwait", self.sigwait)

    def start(self, words, **more):
        """Start something in place of the server."""
        self.servers.append(self._popen(["sleep", "60"], **more))
        return self.servers[-1]

    def sigwait(self, numbers):
        """Have an audience that leaves at once, unless Ctrl-C is what it left by."""
        if self.pressed:
            assert signal.sigpending() & numbers, "Ctrl-C was missed"
            self._sigwait(numbers)

    @property
    def pressed(self) -> bool:
        """Tell whether Ctrl-C was pressed."""
        return self.moment is not None and self.lines > self.moment

    def run(self, moment=None) -> bool:
        """Run it, with Ctrl-C at that *moment*; tell whether the tour was seen to its end."""
        self.lines, self.moment = 0, moment
        session, before = Session(None, Output(Form.TABLE)), sys.gettrace()
        sys.settrace(self._trace)
        try:
            demo.demo.callback.__wrapped__(session, once=False)
        except KeyboardInterrupt:
            return False
        finally:
            sys.settrace(before)
        return True

    def _trace(self, frame, event, argument):
        """Press Ctrl-C when it is time."""
        if frame.f_code.co_filename not in self.WATCHED:
            return None
        if event == "line":
            self.lines += 1
            if self.lines - 1 == self.moment:
                signal.raise_signal(signal.SIGINT)
        return self._trace


@pytest.fixture
def rehearsal(monkeypatch, tmp_path):
    """A rehearsal; no server of it outlives the test.

    A shell has what it starts in the background ignore Ctrl-C, tests included: here it is heard.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    rehearsal = Rehearsal(monkeypatch, tmp_path)
    yield rehearsal
    for server in rehearsal.servers:
        if server.poll() is None:
            server.kill()
            server.wait()
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_it_at_any_moment(rehearsal, tmp_path):
    """The server is gone and so is the home, whichever line it comes before."""
    assert rehearsal.run()
    ends = []
    for moment in range(rehearsal.lines):
        ends.append(rehearsal.run(moment))
        assert [one.returncode for one in rehearsal.servers if one.returncode is None] == []
        assert [*tmp_path.iterdir()] == []

    assert set(ends) == {False, True}
