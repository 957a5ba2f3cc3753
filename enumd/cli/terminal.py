"""What may go to a terminal, and what becomes of the standard streams when they cannot be written.

Stored text is other people's: a contact, a reason or a TXT record may hold an escape sequence that
clears the screen, or a bidi control that makes one URI look like another. Such characters are
written visibly wherever a person reads; JSON says exactly the same value with its own escapes.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

import click

from enumd.errors import EnumdError

_UNSAFE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""C0, DEL, C1, bidi controls, line separators, and octets that were no text (surrogates)."""


class OutputRefused(EnumdError):
    """What the command did stands: look before you run it again, with room or a reader there."""

    code = "E004"

    def __init__(self, error: OSError) -> None:
        """Keep why the operating system took no more."""
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        """Return the reason."""
        if self.error.errno == errno.EPIPE:
            return "standard output: whoever read it has closed it"
        return f"standard output: {self.error.strerror or self.error}"


class _Closed(io.TextIOBase):
    """Standard output of a command that was started without one (`>&-`)."""

    def write(self, text: str, /) -> int:
        raise OSError(errno.EBADF, "it is closed")


def visible(text: str, keep: str = "") -> str:
    r"""Return *text* with every character that could act on a terminal written out.

    >>> visible("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else _name(found[0]), text)


def exact(document: str) -> str:
    """Return a JSON document with the same characters as JSON escapes: the same value, and safe."""
    return _UNSAFE.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document
    )


def _name(char: str) -> str:
    """Return the escape a programmer would write for *char*."""
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def prepare_streams() -> None:
    """Make the three standard streams safe to write to, whatever the caller left us.

    A descriptor below 3 that is closed would be taken by the next file opened, and what is printed
    would end up in it. A character the locale lacks is written as an escape, not refused.
    """
    while (lowest := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(lowest)
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def printing_by_click() -> Iterator[None]:
    """Tell of a help or a version that click could not print, as of all that is printed.

    Raises:
        OutputRefused: standard output is closed or full.
    """
    try:
        yield
    except OSError as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code is not click.echo.__code__:
            trace = trace.tb_next
        if trace is None:
            raise
        give_up(sys.stdout)
        raise OutputRefused(error) from None


def give_up(stream: TextIO) -> None:
    """Send what *stream* still holds nowhere, so that Python does not try again at its end."""
    with suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
