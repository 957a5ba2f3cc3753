"""How a failure looks, and what the process exits with.

::

    error[N103]: 'l' at column 5 is no digit
      +44 l632
          ^
    help: Use the digits 0 to 9 only; spaces, dots, hyphens and brackets may separate them.

With `-o json` the same is one JSON object on standard error. An error of ours knows its exit
status; everything the operating system refuses is status 1; a mistake in the command line is
click's, status 2; anything else is a fault of this program and says so.
"""

from __future__ import annotations

import json
import traceback
from typing import Any, Final

import click

from enumd.cli.output import Form, Output
from enumd.errors import EnumdError, MarkedError

OPERATIONAL: Final = 1
INTERRUPTED: Final = 130
"""What a shell reports for a command that Ctrl-C ended: 128 and the number of SIGINT."""


def report(error: BaseException, output: Output, *, debug: bool = False) -> int:
    """Print *error* and return the exit status it asks for."""
    if debug:
        output.complaint("".join(traceback.format_exception(error)).rstrip())
    facts = describe(error)
    if output.form is Form.JSON:
        output.complaint(json.dumps({"error": facts}, ensure_ascii=False))
    else:
        output.complaint(_as_text(facts))
    status: int = facts["exit_status"]
    return status


def describe(error: BaseException) -> dict[str, Any]:
    """Return what there is to say about *error*: code, text, advice, exit status, the span."""
    if isinstance(error, KeyboardInterrupt):
        return _facts("E130", "stopped before the end", _advised(error), INTERRUPTED)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = "Check that it exists and that this user may use it; `enumd doctor` looks further."
        return _facts(
            "E001", f"{where}{error.strerror or error}", _advised(error, advice), OPERATIONAL
        )
    if not isinstance(error, EnumdError):
        text = f"a fault in enumd itself: {type(error).__name__}: {error}"
        return _facts(EnumdError.code, text, _advised(error, EnumdError().advice), OPERATIONAL)
    facts = _facts(error.code, str(error), _advised(error, error.advice), error.exit_status)
    if isinstance(error, MarkedError):
        facts |= {"text": error.why, "value": error.text, "start": error.start, "end": error.end}
    return facts


def _facts(code: str, text: str, advice: str, exit_status: int) -> dict[str, Any]:
    """Return the keys every error has."""
    return {"code": code, "text": text, "advice": advice, "exit_status": exit_status}


def _advised(error: BaseException, advice: str = "") -> str:
    """Return *advice*, and before it what a command noted about this very case."""
    return " ".join(filter(None, [*getattr(error, "__notes__", ()), advice]))


def _as_text(facts: dict[str, Any]) -> str:
    """Return the lines a person reads."""
    head = click.style(f"error[{facts['code']}]", fg="red", bold=True)
    lines = [f"{head}: {facts['text']}"]
    if "value" in facts:
        lines += _marked(facts["value"], facts["start"], facts["end"])
    if facts["advice"]:
        lines.append(f"{click.style('help', bold=True)}: {facts['advice']}")
    return "\n".join(lines)


def _marked(value: str, start: int, end: int) -> list[str]:
    """Return *value* and under it carets at *start*..*end*."""
    # What a person pasted may hold anything; a control character would move the carets, or worse.
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)
    return [f"  {shown}", "  " + " " * start + click.style("^" * max(1, end - start), fg="red")]
