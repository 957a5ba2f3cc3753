"""How a failure looks, and what the process exits with.

::

    error[N103]: 'l' at column 5 is no digit
      +44 l632
          ^
    help: Use the digits 0 to 9 only; spaces, dots, hyphens and brackets may separate them.

With `-o json` the same is one JSON object on standard error. An error of ours knows its exit
status; a mistake in the command line is status 2, its place marked in the line itself; what the
machine refuses (a file, memory, a module, a locale) is status 1 and nobody's fault here; only
what is left is a fault of this program, and says so.
"""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import click

from enumd.cli.output import Form, Output
from enumd.cli.terminal import exact, visible
from enumd.errors import EnumdError, MarkedError

OPERATIONAL: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
"""What a shell reports for a command that Ctrl-C ended: 128 and the number of SIGINT."""

_SYSTEM_ADVICE: Final = {
    errno.ENOSPC: "Make room on that disk, then run it again.",
    errno.EDQUOT: "Make room within this user's quota, then run it again.",
    errno.EROFS: "That file system is mounted read-only: choose another place, or mount it anew.",
    errno.EMFILE: "Raise the limit of open files (`ulimit -n`), then run it again.",
    errno.ENFILE: "The whole machine has too many files open: close some, then run it again.",
    errno.ENOMEM: "Free memory, or raise this process's limit (`ulimit -v`), then run it again.",
    errno.EIO: "The disk or what carries it fails: look at the kernel's log before anything else.",
}
"""The next step for what an operating system refuses; the files are named in the text."""
_LAID_OUT: Final = "\n"
_NAMES: Final = re.compile(r"'([^']+)'|\(([^()]+)\)")
"""How a message of click names what was typed."""


def report(
    error: BaseException, output: Output, *, debug: bool = False, words: Sequence[str] = ()
) -> int:
    """Print *error* of the command line *words*, and return the exit status it asks for."""
    if debug:
        output.complaint("".join(traceback.format_exception(error)).rstrip())
    facts = describe(error, words)
    if output.form is Form.JSON:
        output.complaint(_as_json(facts))
    else:
        output.complaint(_as_text(facts))
    status: int = facts["exit_status"]
    return status


def conclude(output: Output, text: str, advice: str, exit_status: int) -> NoReturn:
    """End a command whose result was shown and says no: nobody there, something ill.

    A person has read that in the result, so this is no error to them; a program gets it as it gets
    every error, so that one rule holds: an exit status that is not 0 comes with an object.
    """
    if output.form is Form.JSON:
        output.complaint(_as_json(_facts("E006", text, advice, exit_status)))
    raise click.exceptions.Exit(exit_status)


def describe(error: BaseException, words: Sequence[str] = ()) -> dict[str, Any]:
    """Return what there is to say about *error*: code, text, advice, exit status, the span."""
    if isinstance(error, click.exceptions.Abort):
        # What click makes of Ctrl-C, and of the end of the input.
        error = error.__cause__ or error.__context__ or KeyboardInterrupt()
    facts = _describe_error(error, words)
    # A command noted what is so of this very case, of a fault of the machine as well.
    notes = getattr(error, "__notes__", ())
    if notes and not isinstance(error, click.ClickException):
        facts["advice"] = " ".join(filter(None, [*notes, facts["advice"]]))
    return facts


def _describe_error(error: BaseException, words: Sequence[str]) -> dict[str, Any]:
    """Return what there is to say about *error* but for what a command noted with it."""
    if isinstance(error, EnumdError):
        facts = _facts(error.code, str(error), error.advice, error.exit_status)
        if isinstance(error, MarkedError):
            span = {"value": error.text, "start": error.start, "end": error.end}
            facts |= {"text": error.why} | span
        return facts
    if isinstance(error, KeyboardInterrupt):
        return _facts("E130", "stopped before the end", "", INTERRUPTED)
    if isinstance(error, click.ClickException):
        return _mistake(error, words)
    if isinstance(error, EOFError):
        advice = "Answer it, or give --yes."
        return _facts("E005", "the input ended at a question", advice, OPERATIONAL)
    return _of_machine(error) or _facts(
        EnumdError.code,
        f"a fault in enumd itself: {type(error).__name__}: {error}",
        EnumdError().advice,
        OPERATIONAL,
    )


def _facts(code: str, text: str, advice: str, exit_status: int) -> dict[str, Any]:
    """Return the keys every error has."""
    return {"code": code, "text": text, "advice": advice, "exit_status": exit_status}


def _of_machine(error: BaseException) -> dict[str, Any] | None:
    """Return what there is to say of a fault in the surroundings of this program, if it is one."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        usual = "Check that it exists and that this user may use it; `enumd doctor` looks further."
        advice = _SYSTEM_ADVICE.get(error.errno or 0, usual)
        return _facts("E001", f"{where}{error.strerror or error}", advice, OPERATIONAL)
    if isinstance(error, MemoryError):
        return _facts("E003", "no memory is left", _SYSTEM_ADVICE[errno.ENOMEM], OPERATIONAL)
    if isinstance(error, ImportError) and not (error.name or "").startswith("enumd"):
        text = f"a library of enumd cannot be loaded: {error}"
        advice = "Install enumd again, with its dependencies, for the Python that runs it."
        return _facts("E003", text, advice, OPERATIONAL)
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        advice = "Write it in UTF-8, and have the locale say so: LC_ALL=C.UTF-8."
        return _facts("E002", "a word of the command line is no text", advice, USAGE)
    if type(error).__module__ == "locale":
        return _facts("E003", f"the locale: {error}", "Set LC_ALL=C.UTF-8.", OPERATIONAL)
    return None


def _mistake(error: click.ClickException, words: Sequence[str]) -> dict[str, Any]:
    """Return what there is to say of a mistake in the command line, its place marked."""
    message = error.format_message()
    notes = list(getattr(error, "__notes__", ()))
    if isinstance(error, click.NoSuchOption):
        message = f"no such option: {error.option_name}"
        if error.possibilities:
            notes.append(f"Did you mean {' or '.join(sorted(error.possibilities))}?")
    elif isinstance(error, click.MissingParameter) and error.ctx and error.param:
        hint = error.param.get_error_hint(error.ctx).strip("'\"")
        message = f"missing {error.param.param_type_name} {hint}"
        notes.append((getattr(error.param, "help", None) or "").split("  [env", 1)[0])
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "enumd"
    advice = " ".join(filter(None, [*notes, f"`{path} --help` shows how it is written."]))
    text = message[:1].lower() + message[1:].removesuffix(".")
    facts = _facts("E002", text, advice, error.exit_code)
    if words:
        facts |= _place(error, message, words)
    return facts


def _place(error: click.ClickException, message: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the command line and the span of the word *message* is about, its end if none is."""
    line = " ".join(["enumd", *words])
    named = [one for pair in _NAMES.findall(message) for one in pair if one]
    named += [error.option_name] if isinstance(error, click.NoSuchOption) else []
    for word in reversed(named):
        found = re.search(rf"(?<!\S){re.escape(word)}(?![^\s=])", line)
        if found and not isinstance(error, click.MissingParameter):
            return {"value": line, "start": found.start(), "end": found.end()}
    return {"value": line, "start": len(line), "end": len(line) + 1}


def _as_json(facts: dict[str, Any]) -> str:
    """Return the line a program reads."""
    import json

    return exact(json.dumps({"error": facts}, ensure_ascii=False))


def _as_text(facts: dict[str, Any]) -> str:
    """Return the lines a person reads."""
    head = click.style(f"error[{facts['code']}]", fg="red", bold=True)
    lines = [f"{head}: {visible(facts['text'], _LAID_OUT)}"]
    if "value" in facts:
        lines += _mark(facts["value"], facts["start"], facts["end"])
    if facts["advice"]:
        lines.append(f"{click.style('help', bold=True)}: {visible(facts['advice'])}")
    return "\n".join(lines)


def _mark(value: str, start: int, end: int) -> list[str]:
    """Return *value* and under it carets at *start*..*end*."""
    # What a person pasted may hold anything; a control character would move the carets, or worse.
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)
    return [f"  {shown}", "  " + " " * start + click.style("^" * max(1, end - start), fg="red")]
