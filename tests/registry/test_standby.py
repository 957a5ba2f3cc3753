"""A hot standby of PostgreSQL: everything that reads works there, and nothing can be changed."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from enumd.cli.main import main
from enumd.serve import runfile

ROOT = Path(__file__).parents[2]
NUMBER, LATER = "+441632960017", "+441632960018"
CLAIM = ("number", "claim", "--holder", "ada@example.net")


def typed(home, url, *words):
    """Run a command in *home*, whose registry is at *url*."""
    environ = {"ENUMD_REGISTRY_URL": url, "ENUMD_ENUM_SERVERS": "127.0.0.1:9"}
    words = ["--home", str(home), "-o", "json", "--yes", *words]
    return CliRunner().invoke(main, words, env=environ)


@contextmanager
def serving(home, url):
    """Run the server of *home*, whose registry is at *url*."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(home), "serve", "--workers", "1"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "ENUMD_REGISTRY_URL": url}
    with subprocess.Popen([*command, "--dns", "127.0.0.1:0"], env=environ) as process:
        until_s = time.monotonic() + 60
        while runfile.running(home) is None and time.monotonic() < until_s:
            assert process.poll() is None
            time.sleep(0.02)
        try:
            yield
        finally:
            process.terminate()


@pytest.mark.peer
def test_reading_works_and_changes_are_refused(cluster, tmp_path, request):
    """
    Every command that reads does so at the standby, `publish` included, and what is committed at
    the primary arrives there; a change is refused with where to make it.
    """
    primary, there = cluster.new(), tmp_path / "primary"
    words = ("--apex", "enum.example.org", "--prefix", "44", "--ns", "ns1.example.net")
    made = typed(there, primary, "init", *words, "--pool", "drama:+441632960000-999")
    assert made.exit_code == 0, made.stderr
    for words in ((*CLAIM, NUMBER), ("endpoint", "add", NUMBER, "sip:ada@example.net")):
        assert typed(there, primary, *words).exit_code == 0
    url = primary.replace(str(cluster.home), str(request.getfixturevalue("standby").home))
    home = tmp_path / "home"
    home.mkdir(0o700)

    def read(*words):
        result = typed(home, url, *words)
        assert result.exit_code == 0, (words, result.stderr)
        return json.loads(result.stdout) if result.stdout else None

    assert read("number", "show", NUMBER)["endpoints"][0]["uri"] == "sip:ada@example.net"
    assert [row["number"] for row in read("number", "list")] == [NUMBER]
    assert NUMBER not in str(read("number", "find"))
    assert read("publish")[0]["names"] == 1
    read("export", str(home / "out.csv"))
    assert NUMBER in (home / "out.csv").read_text()
    assert {one["severity"] for one in read("zone", "check")} <= {"warning"}
    assert [one["text"] for one in read("doctor") if one["health"] == "ill"] == []
    with serving(home, url):
        assert read("lookup", NUMBER)["targets"][0]["uri"] == "sip:ada@example.net"

    assert typed(there, primary, *CLAIM, LATER).exit_code == 0
    until_s = time.monotonic() + 60
    while typed(home, url, "number", "show", LATER).exit_code and time.monotonic() < until_s:
        time.sleep(0.02)
    assert read("number", "show", LATER)["state"] == "claimed"

    for words in ((*CLAIM, "+441632960019"), ("pool", "remove", "drama")):
        refused = typed(home, url, *words)
        error = json.loads(refused.stderr.splitlines()[-1])["error"]
        assert (error["code"], refused.exit_code) == ("G505", 1)
        assert "read-only" in error["text"]
        assert "at the primary" in error["advice"]
    assert "init" not in error["advice"]
