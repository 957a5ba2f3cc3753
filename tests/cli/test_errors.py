"""A failure says what, which value, where, why and what next."""

import ast
import errno
import json
import re
from pathlib import Path

import click
import pytest

from enumd.cli import errors
from enumd.cli.main import main
from enumd.cli.output import Form, Output
from enumd.errors import Conflict, ForeignCharacter, NotFound

SOURCES = Path(errors.__file__).parents[1]


def test_a_marked_error_has_carets_advice_and_code(capsys):
    """The wrong place stands over carets; code first, advice last."""
    error = ForeignCharacter("'l' at column 5 is no digit", "+44 l632", 4, 5)

    assert errors.report(error, Output(Form.TSV)) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error[N103]: 'l' at column 5 is no digit",
        "  +44 l632",
        "      ^",
        f"help: {error.advice}",
    ]


def test_what_a_command_noted_comes_before_the_general_advice(capsys):
    """A command that knows the next step says it with the error."""
    error = Conflict("+44 1632 960017 is taken")
    error.add_note("Free ones like it: +44 1632 960117.")

    assert errors.report(error, Output(Form.TSV)) == 4
    assert (
        "help: Free ones like it: +44 1632 960117. Nothing was changed" in capsys.readouterr().err
    )


def test_a_control_character_does_not_reach_the_terminal(capsys):
    """A pasted escape sequence is shown as a replacement character, carets stay in place."""
    errors.report(ForeignCharacter("no digit", "+44\x1b[2J1", 3, 4), Output(Form.TSV))

    assert "  +44\N{REPLACEMENT CHARACTER}[2J1\n     ^\n" in capsys.readouterr().err


def test_json_errors_are_one_object(capsys):
    """With `-o json` an error is an object on standard error with the same facts."""
    error = ForeignCharacter("no digit", "+44l", 3, 4)
    errors.report(error, Output(Form.JSON))

    written = capsys.readouterr()
    assert written.out == ""
    assert json.loads(written.err)["error"] == {
        "code": "N103",
        "text": "no digit",
        "advice": error.advice,
        "exit_status": 2,
        "value": "+44l",
        "start": 3,
        "end": 4,
    }


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (NotFound("no pool 'x'"), 3, "no pool 'x'"),
        (FileNotFoundError(2, "No such file or directory", "/x"), 1, "/x: No such file"),
        (OSError("odd"), 1, "odd"),
        (KeyboardInterrupt(), 130, "stopped"),
        (KeyError("x"), 1, "a fault in enumd itself: KeyError: 'x'"),
    ],
)
def test_every_failure_has_a_status(capsys, error, status, text):
    """Ours carry their own; the system's are 1; Ctrl-C is 130; a fault of ours says so."""
    assert status == errors.report(error, Output(Form.TSV))
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "E001", "Make room"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "E001", "read-only"),
        (OSError(errno.EMFILE, "Too many open files"), "E001", "ulimit -n"),
        (MemoryError(), "E003", "Free memory"),
        (ModuleNotFoundError("No module named 'lmdb'", name="lmdb"), "E003", "Install enumd again"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), "E002", "LC_ALL"),
        (__import__("locale").Error("unsupported locale setting"), "E003", "LC_ALL"),
    ],
)
def test_a_fault_of_the_machine_is_none_of_enumd(error, code, advice):
    """A full disk, memory, a module or a locale is named as such, with its own next step."""
    facts = errors.describe(error)

    assert facts["code"] == code
    assert advice in facts["advice"]
    assert "enumd itself" not in facts["text"]
    assert "init" not in facts["advice"]


def test_a_module_of_our_own_that_is_missing_is_our_fault():
    """An import of enumd that fails is no matter of the machine."""
    error = ModuleNotFoundError("No module named 'enumd.x'", name="enumd.x")

    assert errors.describe(error)["code"] == "E000"


def test_an_end_of_input_at_a_question_is_no_ctrl_c():
    """Ctrl-C at a question exits 130, the end of the input 1."""
    stopped, ended = click.exceptions.Abort(), click.exceptions.Abort()
    stopped.__context__, ended.__context__ = KeyboardInterrupt(), EOFError()

    assert errors.describe(stopped)["exit_status"] == 130
    assert errors.describe(ended)["exit_status"] == 1


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        (["number", "clam"], "clam"),
        (["number", "claim", "+441632960017", "FLOWER", "--holder", "a@b.example"], "FLOWER"),
        (["number", "find", "--limt", "3"], "--limt"),
        (["number", "find", "--limit", "few"], "few"),
        (["-o", "xml", "config"], "xml"),
        (["number", "claim", "+441632960017"], ""),
    ],
)
def test_a_mistake_in_the_command_line_is_marked_in_it(enumd, refused, words, marked):
    """Usage errors are printed as all others are, with the wrong word marked, in JSON too."""
    facts = refused(*words) if "-o" not in words else None
    lines = enumd(*words).stderr.splitlines()

    assert lines[0].startswith("error[E002]: ")
    place = slice(lines[2].index("^"), lines[2].rindex("^") + 1)
    assert lines[1][place] == marked
    assert lines[-1].startswith("help: ")
    assert facts is None or facts["value"][facts["start"] : facts["end"]] == marked


@pytest.mark.parametrize("char", ["\x1b", "\x9b", "\x7f", "\u202e", "\r"])
def test_a_control_of_a_file_name_does_not_reach_the_terminal(capsys, char):
    """Text and advice of an error are made visible; JSON has the very value."""
    error = NotFound(f"no {char}x").advise(f"Look at {char}x.")

    errors.report(error, Output(Form.TSV))
    assert char not in capsys.readouterr().err
    errors.report(error, Output(Form.JSON))
    written = capsys.readouterr().err
    assert char not in written
    assert json.loads(written)["error"]["text"] == f"no {char}x"


def test_a_traceback_is_shown_only_on_request(capsys):
    """`--debug` shows where it happened; without it nobody sees a traceback."""
    try:
        raise KeyError("x")
    except KeyError as error:
        errors.report(error, Output(Form.TSV))
        assert "Traceback" not in capsys.readouterr().err
        errors.report(error, Output(Form.TSV), debug=True)
        assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("trace", "+441632960018"), 3, "SIP 404"),
        (("trace", "--source", "192.0.2.1"), 3, "SIP 403"),
        (("zone", "check"), 1, "1 error in 2 zones"),
        (("doctor",), 1, "ill, of "),
    ],
)
def test_a_result_that_says_no_is_an_error_for_programs(
    enumd, home, directory, words, status, text
):
    """With JSON the result is whole, and the status comes with an object as any failure's does."""
    enumd("zone", "add", "bad.example")
    (home / "registry.db").chmod(0o644)

    result = enumd("-o", "json", *words)

    assert json.loads(result.stdout)
    error = json.loads(result.stderr)["error"]
    assert (error["code"], error["exit_status"], result.exit_code) == ("E006", status, status)
    assert text in error["text"]
    assert error["advice"]
    assert "E006" not in enumd(*words).stderr


def options_of(command, ctx):
    """Return every option of a command and of those below it."""
    found = {one for param in command.params for one in (*param.opts, *param.secondary_opts)}
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            found |= options_of(below, click.Context(below, parent=ctx))
    return found


def test_every_option_that_is_spoken_of_exists():
    """No message, no advice and no help tells people to write an option that nobody takes."""
    known = options_of(main, click.Context(main)) | {"--help"}
    spoken = {
        (path.name, option)
        for path in sorted(SOURCES.rglob("*.py"))
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*\b", each.value)
    }

    assert ("numbers.py", "--why") in spoken
    assert sorted((path, option) for path, option in spoken if option not in known) == [
        ("driver.py", "--octets")  # an arrow in a drawing
    ]
