"""What the tests of the commands share: a home, and a way to run a command in it."""

import json

import pytest
from click.testing import CliRunner

from enumd.cli.main import main


@pytest.fixture
def home(tmp_path):
    """Return a directory for a home, in which there is nothing yet."""
    return tmp_path / "home"


@pytest.fixture
def enumd(home, monkeypatch):
    """Return a function that runs a command in `home` as the shell would, output as TSV."""
    monkeypatch.delenv("ENUMD_HOME", raising=False)

    def run(*words, **kwargs):
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, words)], **kwargs)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def enumd_json(enumd):
    """Return a function that runs a command that works and returns its JSON."""

    def run(*words):
        result = enumd("-o", "json", *words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return run


@pytest.fixture
def directory(enumd):
    """Return `enumd` in a home with a zone and the drama numbers as a pool."""
    words = ("--apex", "enum.example.org", "--prefix", "44", "--ns", "ns1.example.net")
    result = enumd("init", *words, "--pool", "demo:+441632960000-999")
    assert result.exit_code == 0, result.stderr
    return enumd
