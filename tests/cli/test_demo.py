"""`enumd demo`: the tour, and how it ends."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import dns.message
import dns.query
import pytest

from enumd.cli import demo
from enumd.cli.demo import Stage, how_to_repeat, samples
from enumd.errors import ServiceError
from enumd.serve.listeners import Address

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

    with pytest.raises(ServiceError, match=r"did not start: .*S401"), Stage(home, False).server():
        pass


def test_a_failed_command_ends_the_tour(enumd, monkeypatch):
    """If a command of the tour fails, the demonstration fails with it."""
    monkeypatch.setattr(demo, "NUMBER", "+4930123456")

    result = enumd("demo", "--once")

    assert result.exit_code == 3
    assert "+4930123456 is in no pool of enum.example.org." in result.stderr
