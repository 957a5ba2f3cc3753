"""One invocation opens its home when it needs to, and changes it in one way."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from enumd.cli.output import Form, Output
from enumd.cli.session import Session
from enumd.errors import IndexForeign
from enumd.operations.actor import Doer, Role

ROOT = Path(__file__).parents[2]


def test_the_home_is_where_the_platform_keeps_user_data(monkeypatch, tmp_path):
    """Without --home or ENUMD_HOME the home is the platform's directory for user data."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert tmp_path / "enumd" == Session(None, Output(Form.TSV)).home


def test_a_tilde_is_somebodys_home(monkeypatch, tmp_path):
    """A home may be written with a tilde, and is absolute."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert tmp_path / "numbers" == Session(Path("~/numbers"), Output(Form.TSV)).home
    assert Session(Path("numbers"), Output(Form.TSV)).home.is_absolute()


def test_the_environment_names_the_home(enumd, home, directory, monkeypatch):
    """ENUMD_HOME is taken where --home is not given."""
    from click.testing import CliRunner

    from enumd.cli.main import main

    monkeypatch.setenv("ENUMD_HOME", str(home))

    assert "enum.example.org." in CliRunner().invoke(main, ["zone", "list"]).stdout


def test_without_a_registry_the_way_to_one_is_told(refused):
    """A home without a registry is status 1, and `enumd init` the advice."""
    error = refused("number", "find")

    assert (error["code"], error["exit_status"]) == ("G505", 1)
    assert "there is no registry at" in error["text"]
    assert "enumd init" in error["advice"]


def test_a_failed_publish_says_that_the_change_is_safe(enumd, refused, home, directory):
    """Committed is committed: what could not be published is published the next time."""
    index, aside = home / "index", home / "aside"
    index.rename(aside)
    index.write_text("not a directory")

    error = refused("number", "claim", "+441632960017", "--holder", "ada@example.net")
    assert error["advice"].startswith("The change itself is safe in the registry.")

    index.unlink()
    aside.rename(index)
    assert enumd("publish").exit_code == 0
    assert "claimed" in enumd("number", "show", "+441632960017").stdout
    assert enumd("doctor", "--full").exit_code == 0


def test_the_result_comes_before_the_trouble(enumd, home, directory):
    """A claim that cannot be published shows its recovery code, then why, with status 1."""
    (home / "index" / "data.mdb").write_bytes(b"no index at all" * 1000)

    result = enumd("-o", "json", "number", "claim", "+441632960017", "--holder", "a@b.example")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["recovery_code"]
    error = json.loads(result.stderr.splitlines()[-1])["error"]
    assert error["code"] == IndexForeign.code
    assert "Do not repeat it" in error["advice"]


@pytest.mark.parametrize(
    "words",
    [
        ("pool", "add", "other", "+441632961000", "+441632961099"),
        ("party", "add", "ada", "--contact", "ada@example.net"),
        ("number", "hold", "+441632960017"),
        ("zone", "add", "more.example", "--prefix", "49"),
    ],
)
def test_every_change_is_told_though_it_is_not_published(enumd, home, directory, words):
    """Whatever changes something prints its result before the trouble with the index."""
    (home / "index" / "data.mdb").write_bytes(b"no index at all" * 1000)

    result = enumd(*words)
    assert (result.exit_code, "error[S402]" in result.stderr) == (1, True)
    assert result.stdout.strip()


def test_an_import_is_told_though_it_is_not_published(enumd, home, directory, tmp_path):
    """Lines that were refused are told as well; the status is that of the trouble."""
    (home / "index" / "data.mdb").write_bytes(b"no index at all" * 1000)
    (tmp_path / "n.csv").write_text("+441632960017,sip,sip:a@example.net\nnonsense,sip,sip:b\n")

    result = enumd("-o", "json", "import", tmp_path / "n.csv")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["numbers_created"] == 1
    codes = [
        json.loads(line)["error"]["code"] for line in result.stderr.splitlines() if "{" in line
    ]
    assert codes == ["G507", "S402"]


def test_a_fault_after_the_commit_is_told_after_the_result(enumd, directory, monkeypatch):
    """Not only errors of ours leave the result standing; Ctrl-C does, too."""

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("enumd.operations.publishing.publish", stopped)
    result = enumd("number", "claim", "+441632960017", "--holder", "a@b.example")
    assert result.exit_code == 130
    assert "help: The change itself is safe in the registry." in result.stderr
    assert "recovery_code\t" in result.stdout


@pytest.mark.parametrize("target", ["full", "closed", "broken"])
def test_a_result_that_cannot_be_printed_goes_to_standard_error(home, directory, target):
    """A recovery code is shown even where standard output is full, closed or a broken pipe."""
    command = [sys.executable, "-m", "enumd.cli", "--home", str(home), "-q"]
    command += ["number", "claim", "+441632960017", "--holder", "a@b.example"]
    pipe = 'mkfifo "$0"; true <"$0" & exec 4>"$0"; wait $!; exec "$@" >&4 4>&-'
    shell = {"full": '"$@" >/dev/full', "closed": '"$@" >&-', "broken": pipe}[target]
    ran = subprocess.run(
        ["bash", "-c", shell, str(home.parent / "pipe"), *command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert ran.returncode == 1, ran.stderr
    assert "recovery_code\t" in ran.stderr
    assert "error[E004]: standard output: " in ran.stderr
    assert "Traceback" not in ran.stderr and "Exception ignored" not in ran.stderr


def test_an_index_of_another_registry_is_not_written_to(enumd, refused, home, directory, tmp_path):
    """Two registries never publish into one index."""
    other = tmp_path / "other"
    enumd("--home", other, "init", "--apex", "other.example")
    for path in (home / "index").iterdir():
        path.write_bytes((other / "index" / path.name).read_bytes())

    assert IndexForeign.code == refused("publish")["code"]


@pytest.mark.parametrize("terminal", [True, False])
def test_scripts_are_not_asked(monkeypatch, terminal):
    """A person at a terminal is asked; where nobody can answer, the command is the answer."""
    asked = []
    monkeypatch.setattr("enumd.cli.session.is_a_person", lambda: terminal)
    monkeypatch.setattr("click.confirm", lambda question, err: asked.append(question) or True)
    session = Session(None, Output(Form.TSV))

    session.confirm("Really?")
    Session(None, Output(Form.TSV), assume_yes=True).confirm("Really?")

    assert (["Really?"] if terminal else []) == asked


def test_the_change_log_names_who_acts(monkeypatch):
    """The actor is the user of this machine."""
    monkeypatch.setattr("getpass.getuser", lambda: "ada")

    assert Session(None, Output(Form.TSV)).doer == Doer("ada", "cli", Role.OPERATOR)


def test_a_user_without_an_account_is_named_by_number(monkeypatch):
    """In a container there may be no account; the log names the user's id."""
    monkeypatch.setattr(getpass, "getuser", _no_account)

    assert Session(None, Output()).doer.party == str(os.getuid())


def _no_account():
    """Fail as `getpass` does without an account."""
    raise KeyError("getpwuid(): uid not found")
