"""What the tests of the commands share: a home, a way to run a command in it, a running server."""

import json
import os
import shutil
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


@pytest.fixture
def home(tmp_path):
    """Return a directory for a home, in which there is nothing yet."""
    return tmp_path / "home"


@pytest.fixture
def enumd(home, monkeypatch):
    """Return a function that runs a command in `home` as the shell would, output as TSV."""
    for name in ("ENUMD_HOME", "ENUMD_OUTPUT", "ENUMD_REMOTE", "ENUMD_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, **kwargs):
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, words)], **kwargs)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def done(enumd):
    """Return a function that runs a command that works and returns its JSON."""

    def run(*words):
        result = enumd("-o", "json", *words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.fixture
def seen(enumd):
    """Return a function that runs a command that works and returns what a person sees."""

    def run(*words):
        result = enumd("-o", "table", *words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return run


@pytest.fixture
def refused(enumd):
    """Return a function that runs a command that fails and returns its error as JSON has it."""

    def run(*words):
        result = enumd("-o", "json", *words)
        assert result.exit_code != 0
        assert "Traceback" not in result.stderr
        error = json.loads(result.stderr.splitlines()[-1])["error"]
        assert error["exit_status"] == result.exit_code
        return error

    return run


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """Make a directory once: a zone for 44, and the drama numbers as the pool `demo`."""
    path = tmp_path_factory.mktemp("template") / "home"
    words = ("--apex", "enum.example.org", "--prefix", "44", "--ns", "ns1.example.net")
    pool = ("--pool", "demo:+441632960000-999")
    result = CliRunner().invoke(main, ["--home", str(path), "init", *words, *pool])
    assert result.exit_code == 0, result.stderr
    return path


@pytest.fixture
def directory(template, home):
    """Make the home a copy of the template."""
    shutil.copytree(template, home)


@pytest.fixture
def findings(enumd, home, monkeypatch):
    """Return a function that runs the doctor and returns its rows and the exit status.

    The resolver that it asks is the server of the home itself, and nobody where none runs.
    """

    def run(*words):
        there = runfile.running(home)
        address = there.addresses[0] if there and there.addresses else "127.0.0.1:9"
        monkeypatch.setenv("ENUMD_ENUM_SERVERS", str(address))
        result = enumd("doctor", *words)
        rows = [line.split("\t") for line in result.stdout.splitlines()]
        return [tuple(row) for row in rows], result.exit_code

    return run


@contextmanager
def _serving(home):
    """Give a function that runs the server of *home* in a process of its own."""
    processes = []

    def run(*words):
        command = [sys.executable, "-m", "enumd.cli", "--home", str(home), "serve", *words]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        processes.append(process)
        deadline = time.monotonic() + 20
        while (running := runfile.running(home)) is None:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return running

    yield run
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def serving(home):
    """Return a function that runs the server of the home in a process of its own."""
    with _serving(home) as run:
        yield run


@pytest.fixture(scope="module")
def shared_home(template, tmp_path_factory):
    """Return a copy of the template that the tests of a module share, with its server running.

    The number 017 of it has two endpoints, by SIP and by mail.
    """
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(template, home)
    claim = ("number", "claim", "+441632960017", "--holder", "ada@example.net")
    uris = ("sip:ada@example.net", "mailto:ada@example.net")
    for words in (claim, *(("endpoint", "add", "+441632960017", uri) for uri in uris)):
        assert CliRunner().invoke(main, ["--home", str(home), *words]).exit_code == 0
    with _serving(home) as run:
        run("--dns", "127.0.0.1:0")
        yield home


@pytest.fixture
def server(serving, directory):
    """Run the server of the directory; return its first address."""
    return serving("--dns", "127.0.0.1:0").addresses[0]
