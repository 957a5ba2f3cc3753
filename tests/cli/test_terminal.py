"""What may go to a terminal, and standard streams that are closed, full, or not read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.cli.terminal import exact, visible

ROOT = Path(__file__).parents[2]
PROGRAM = f"{sys.executable} -m enumd.cli --home $HOME_OF_TEST"


@given(st.text())
def test_visible_text_is_harmless_and_plain_text_stays(text):
    """What is left has no control in it, and what had none is as it was."""
    shown = visible(text)

    assert shown == visible(shown)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert text != shown or all(char == " " or char not in "\x1b\x9b\u202e" for char in text)


@given(st.text(st.characters()))
def test_json_keeps_its_value(text):
    """The escapes of JSON change no value."""
    assert json.loads(exact(json.dumps([text], ensure_ascii=False, indent=2))) == [text]


def shell(line, home):
    """Return the exit status of `enumd` in *line* (`%`) and what was on standard error."""
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME_OF_TEST": str(home)}
    command = ["bash", "-c", line.replace("%", PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ)
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", ["config", "--help", "--version", "help exit", "-o json config"])
@pytest.mark.parametrize(
    ("where", "why"),
    [
        (">/dev/full", "No space left on device"),
        (">&-", "it is closed"),
        ("| : ; exit ${PIPESTATUS[0]}", "whoever read it has closed it"),
    ],
)
def test_an_output_that_takes_nothing_is_one_clear_line(tmp_path, words, where, why):
    """No traceback and no complaint of Python at its end: the error, and status 1."""
    pause = "sleep 0.2; " if where.startswith("|") else ""
    status, said = shell(f"{{ {pause}% {words}; }} {where}", tmp_path)

    assert status == 1
    assert f"standard output: {why}" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_claim_into_a_full_file_still_shows_the_recovery_code(tmp_path, directory, home):
    """What is committed is reported, wherever there is still room for it."""
    status, said = shell("% number claim +441632960017 --holder a@b.example >/dev/full", home)

    assert status == 1
    assert "recovery_code\t" in said


def test_no_stream_at_all_is_survived(tmp_path):
    """With everything closed nothing is said, and no file takes the place of a stream."""
    assert shell("% number list <&- >&- 2>&-", tmp_path)[0] == 1
