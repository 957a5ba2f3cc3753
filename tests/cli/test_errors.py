"""A failure says what, which value, where, why and what next."""

import json

import pytest

from enumd.cli import errors
from enumd.cli.output import Form, Output
from enumd.errors import Conflict, ForeignCharacter, NotFound


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
    assert "help: Free ones like it: +44 1632 960117. Choose another" in capsys.readouterr().err


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


def test_a_traceback_is_shown_only_on_request(capsys):
    """`--debug` shows where it happened; without it nobody sees a traceback."""
    try:
        raise KeyError("x")
    except KeyError as error:
        errors.report(error, Output(Form.TSV))
        assert "Traceback" not in capsys.readouterr().err
        errors.report(error, Output(Form.TSV), debug=True)
        assert "Traceback" in capsys.readouterr().err
