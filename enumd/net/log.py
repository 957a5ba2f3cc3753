"""The server's log: one event, one line, `event key=value …`, on standard error.

Modules log through `logging.getLogger("enumd.…")` and never configure it; the program that serves
does, here, once. Phone numbers are masked in every line, whoever wrote it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Mapping
from typing import Final, TextIO, cast

_ROOT: Final = "enumd"
_TWISTED: Final = "enumd.twisted"

# A number as people write it, and as an owner name has it: the subscriber's digits come last in
# the one and first in the other.
_NUMBER: Final = re.compile(r"(?<=\+)(\d{3,}?)(\d{1,4})(?!\d)")
_OWNER: Final = re.compile(r"\b(\d(?:\.\d){0,3})((?:\.\d){3,}\.)")

_bridged = False


def event(word: str, /, **fields: object) -> str:
    """Return the line of an event: a stable word and its fields, quoted where they need it.

    >>> event("listening", address="[::1]:5300", why="it was asked to")
    'listening address=[::1]:5300 why="it was asked to"'
    """
    return " ".join([word, *(f"{key}={_quoted(str(value))}" for key, value in fields.items())])


def mask(text: str) -> str:
    """Return *text* with the last four digits of every phone number made unreadable.

    >>> mask("+441632960017 is 7.1.0.0.6.9.2.3.6.1.4.4.e164.arpa.")
    '+44163296xxxx is x.x.x.x.6.9.2.3.6.1.4.4.e164.arpa.'
    """
    text = _NUMBER.sub(lambda match: match[1] + "x" * len(match[2]), text)
    return _OWNER.sub(lambda match: re.sub(r"\d", "x", match[1]) + match[2], text)


class LineFormatter(logging.Formatter):
    """Formats a record as one line of UTC time, level, logger and event, numbers masked."""

    def __init__(self, *, with_time: bool) -> None:
        """Leave the time out where the one who keeps the log notes it anyway."""
        stamp = "%(asctime)s " if with_time else ""
        super().__init__(f"{stamp}%(levelname)-7s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the moment of the record in UTC, to the millisecond (RFC 3339)."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{seconds}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows its event on the same line."""
        return mask(" | ".join(filter(None, map(str.strip, super().format(record).splitlines()))))


def configure(
    level: str, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ
) -> None:
    """Send what our loggers say to *stream* (standard error), from *level* on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(with_time="JOURNAL_STREAM" not in environ))
    logger = logging.getLogger(_ROOT)
    logger.handlers[:] = [handler]
    logger.propagate = False
    set_level(level)


def set_level(level: str) -> None:
    """Write from *level* on: debug, info, warning or error."""
    logger, twisted = logging.getLogger(_ROOT), logging.getLogger(_TWISTED)
    logger.setLevel(level.upper())
    # Twisted's INFO tells of every port and factory, which our own events say better.
    quiet = logger.level > logging.DEBUG
    twisted.setLevel(max(logger.level, logging.WARNING) if quiet else logging.DEBUG)


def bridge_twisted() -> None:
    """Have Twisted's own events logged under `enumd.twisted`; a second call changes nothing."""
    from twisted.logger import ILogObserver, STDLibLogObserver, globalLogBeginner

    global _bridged
    if not _bridged:
        observer = cast(ILogObserver, STDLibLogObserver(_TWISTED))
        globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)
        _bridged = True


def _quoted(text: str) -> str:
    """Return a field's value, in quotes when it is empty or has blanks or quotes in it."""
    plain = text.isprintable() and text and not set(text) & set(' "=')
    if plain:
        return text
    return json.dumps(text)
