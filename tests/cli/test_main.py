"""The root command: global options, help, lazy loading, and words that do not exist."""

import subprocess
import sys

import click
import pytest

from enumd import __version__
from enumd.cli import main as main_module
from enumd.cli.commands import SECTIONS
from enumd.cli.main import main

HEAVY = ("sqlalchemy", "alembic", "twisted", "lmdb", "zstandard", "rich", "phonenumbers")


def loaded_modules(*words):
    """Return the top-level modules a command imports, in a process of its own."""
    program = (
        "import sys\n"
        "from enumd.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60
    )
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_is_printed(enumd):
    """`--version` says name and version and nothing else."""
    assert f"enumd {__version__}\n" == enumd("--version").stdout


def test_version_imports_nothing_heavy():
    """`enumd --version` loads click, our own errors and no library that takes time."""
    assert not loaded_modules("--version") & {*HEAVY, "dns", "re2"}


def count_modules(*words):
    """Return how many modules there are when a command has run, Python's own among them."""
    program = (
        "import sys\n"
        "from enumd.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(len(sys.modules), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return int(done.stderr.splitlines()[-1])


def test_start_up_imports_few_modules(home, directory):
    """What every command waits for stays small, and help waits for no command."""
    assert count_modules("--version") < 130
    assert count_modules("--help") < 190
    assert count_modules("--home", str(home), "number", "find") < 480


def test_lookup_imports_no_database_and_no_reactor(tmp_path):
    """`enumd lookup` starts without the database, Twisted, the index and rich."""
    words = ("lookup", "+441632960017", "--server", "127.0.0.1:9", "--suffix", "e164.test")

    assert not loaded_modules("--home", str(tmp_path), *words, "--timeout", "0.1") & set(HEAVY)


def test_help_shows_every_command_with_a_line(enumd):
    """The help names every command under its section with what it does."""
    text = enumd("--help").stdout

    for title, places in SECTIONS.items():
        assert f"\n{title}:\n" in text
        for name in places:
            line = next(line for line in text.splitlines() if line.startswith(f"  {name} "))
            assert len(line.split()) > 2


@pytest.mark.parametrize("words", [["number"], ["endpoint"], ["pool"], ["zone"], ["party"]])
def test_a_group_alone_shows_its_help(enumd, words):
    """A group without a command lists its commands."""
    result = enumd(*words)

    assert "Commands:" in result.output


def commands(group=main, path=()):
    """Yield the path of every command."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help_for_itself_and_its_options(enumd, path):
    """Every command says what it does, and every option of it has a sentence."""
    result = enumd(*path, "--help")
    command = main
    for name in path:
        command = command.get_command(click.Context(command), name)

    assert result.exit_code == 0
    assert command.help
    assert [
        option.name
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ] == []


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        (["nmber"], "Did you mean number?"),
        (["lokup", "+441632960017"], "Did you mean lookup?"),
        (["number", "clam"], "Did you mean claim?"),
        (["xyzzy"], "There are init, config,"),
        (["pool", "xyzzy"], "There are "),
    ],
)
def test_an_unknown_command_gets_the_nearest(enumd, words, guess):
    """A word that is no command is a usage error that names the one meant."""
    result = enumd(*words)

    assert result.exit_code == 2
    assert guess in result.stderr


def test_an_unknown_option_gets_the_nearest(enumd):
    """A misspelt option is a usage error that names the one meant."""
    result = enumd("lookup", "+441632960017", "--servr", "x")

    assert result.exit_code == 2
    assert "--server" in result.stderr


def test_global_options_may_follow_the_command(enumd):
    """`-o json` works behind the command, where people write it."""
    result = enumd("number", "show", "+44l632", "-o", "json")

    assert result.exit_code == 2
    assert result.stderr.startswith('{"error": {"code": "N103"')


def test_a_number_alone_is_looked_up(enumd):
    """`enumd +44 ...` is a look-up."""
    result = enumd("+44", "1632", "96oo17")

    assert "error[N103]" in result.stderr
    assert "+44 1632 96oo17\n" in result.stderr


def test_a_group_may_be_given_an_option_it_does_not_have(enumd):
    """An option in the place of a command is told as such, in the root and in a group."""
    assert "no such option" in enumd("--nme").stderr
    assert "no such option" in enumd("number", "--nme").stderr


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_colours_can_be_turned_off(enumd, monkeypatch, name):
    """NO_COLOR and a dumb terminal get plain text, even where colour is forced."""
    monkeypatch.setenv(name, "dumb")

    assert "\x1b" not in enumd("number", "show", "01632", color=True).stderr
    monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" in enumd("number", "show", "01632", color=True).stderr


def test_a_fault_of_ours_shows_no_traceback(enumd, monkeypatch):
    """An unexpected exception is one line and advice; `--debug` shows where."""

    def broken(*_):
        raise KeyError("surprise")

    monkeypatch.setattr(main_module, "join_numbers", lambda words: list(words))
    monkeypatch.setattr("enumd.cli.config.example", broken)

    result = enumd("config", "--example")
    assert result.exit_code == 1
    assert "error[E000]: a fault in enumd itself: KeyError: 'surprise'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in enumd("--debug", "config", "--example").stderr


def test_ctrl_c_says_so(enumd, monkeypatch):
    """An interrupted command exits like one that the shell ended."""

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("enumd.cli.config.example", interrupted)

    assert enumd("config", "--example").exit_code == 130


def test_ctrl_c_says_so_while_a_command_is_loaded(enumd, monkeypatch):
    """Also before there is a session, and as the global options want it said."""

    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module.importlib, "import_module", interrupted)

    result = enumd("-o", "json", "config", "--example")
    assert result.exit_code == 130
    assert '"text": "stopped before the end"' in result.stderr
