"""Commands that are killed while a server runs: what they said is done, is done.

Several processes claim numbers and give them endpoints at the same time, each change committed,
published and asked for; at a random moment all are killed. The registry is whole, one publish
brings the index up to it, and each number a command acknowledged is answered.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import dns.message
import dns.query
import pytest

PROCESSES = 3
ROUNDS = 3
IMPORTED = 8000

CLAIMER = """
import json, sys
from click.testing import CliRunner
from enumd.cli.main import main

def enumd(*words):
    result = CliRunner().invoke(main, ["--home", sys.argv[1], "-o", "json", *words])
    if result.exit_code:
        print("failed", words, result.output, flush=True)
    return json.loads(result.stdout)

while True:
    number = enumd("number", "claim", "--any", "--holder", "ada@example.net")["number"]
    live = enumd("endpoint", "add", number, f"sip:{number[1:]}@example.net")["live"]
    print("done", number[1:], live["ms"], flush=True)
"""


@pytest.fixture
def home(new_home):
    """Return a home with a pool of a thousand numbers."""
    return new_home()


def claims_until_killed(home, after_s):
    """Have processes claim, kill them a while after each did, and return the lines they wrote."""
    command = [sys.executable, "-c", CLAIMER, str(home.path)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    claimers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
        for _ in range(PROCESSES)
    ]
    try:
        first = [claimer.stdout.readline() for claimer in claimers]
        time.sleep(after_s)
    finally:
        for claimer in claimers:
            claimer.send_signal(signal.SIGKILL)
    said = [claimer.communicate(timeout=30)[0] for claimer in claimers]
    rest = [line for text in said for line in text.splitlines(keepends=True) if line[-1] == "\n"]
    return first + rest


def test_what_was_acknowledged_is_answered(home):
    """After kills at random moments nothing acknowledged is lost, and all agree again."""
    chance, lines = random.Random(3), []
    with home.serve() as server:
        for _ in range(ROUNDS):
            lines += claims_until_killed(home, chance.uniform(0.0, 0.6))
        home.enumd("publish")
        home.enumd("doctor", "--full")

        assert [line for line in lines if not line.startswith("done ")] == []
        told = [line.split()[1] for line in lines]
        assert len(told) >= ROUNDS * PROCESSES
        assert len(set(told)) == len(told)
        assert "None" not in "".join(lines)
        for number in told:
            assert f"sip:{number}@example.net" in answered(server, number)


def test_an_import_is_taken_whole_or_not_at_all(home, tmp_path):
    """Killed at any moment, it leaves every number of the file in the zone or none."""
    file, chance = tmp_path / "many.csv", random.Random(4)
    rows = [f"+4420{number:08},sip,sip:{number}@example.net\n" for number in range(IMPORTED)]
    file.write_text("number,service,uri\n" + "".join(rows))
    with home.serve() as server:
        for _ in range(ROUNDS):
            killed_import(home, file, chance.uniform(0.4, 1.4))
            home.enumd("publish")
            home.enumd("doctor", "--full")
            numbers = home.enumd("export", tmp_path / "exported.csv")["numbers"]
            assert numbers in (0, IMPORTED)
            for number in ("442000000000", f"4420{IMPORTED - 1:08}"):
                assert bool(numbers) is ("sip:" in answered(server, number))
        home.enumd("import", file)
        assert "sip:0@example.net" in answered(server, "442000000000")


def killed_import(home, file, after_s):
    """Import a file in a process that is killed a while after it was started."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(home.path), "import", str(file)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ) as process:
        time.sleep(after_s)
        process.kill()


def answered(server, number):
    """Return the text of the NAPTRs of a number."""
    name = ".".join(reversed(number.removeprefix("44"))) + ".enum.example.org."
    reply = dns.query.udp(dns.message.make_query(name, "NAPTR"), "127.0.0.1", 5, server.port)
    return str(reply.answer)
