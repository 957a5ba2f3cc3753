"""TAB completes commands, numbers, pools, parties and zones, and changes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def completed(home, *words):
    """Return what the shell offers for the last of *words*."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ENUMD_HOME": str(home),
        "_ENUMD_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["enumd", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "enumd.cli"], capture_output=True, text=True, timeout=60, env=environ
    )
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["num"], "number"),
        (["number", "cla"], "claim"),
        (["number", "show", "+4416329"], "+441632960017"),
        (["pool", "show", "d"], "demo"),
        (["number", "find", "--pool", "d"], "demo"),
        (["zone", "show", "enum"], "enum.example.org."),
        (["number", "claim", "--any", "--holder", "ada"], "ada@example.net"),
    ],
)
def test_a_word_is_completed(home, directory, enumd, words, offered):
    """What there is in the registry and begins so is offered."""
    enumd("number", "claim", "+441632960017", "--holder", "ada@example.net")

    assert completed(home, *words) == [offered]


def test_without_a_registry_nothing_is_offered(tmp_path):
    """A shell that asks is told nothing, and no registry is made."""
    assert completed(tmp_path / "none", "number", "show", "+44") == []
    assert completed(tmp_path / "none", "number", "show", "abc") == []
    assert not (tmp_path / "none").exists()
