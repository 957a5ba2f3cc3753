"""What every error of ours is: a code, an exit status, and the next step."""

from __future__ import annotations

import inspect
from typing import ClassVar, Self


class EnumdError(Exception):
    """Report this with the command you ran; `--debug` shows where it happened."""

    code: ClassVar[str] = "E000"
    exit_status: ClassVar[int] = 1

    _advice: str | None = None

    def advise(self, advice: str) -> Self:
        """Keep *advice*, the next step of this very case, and return the error, to be raised."""
        self._advice = advice
        return self

    @property
    def advice(self) -> str:
        """Return what the operator should do next, as one paragraph."""
        advice = self._advice or inspect.cleandoc(type(self).__doc__ or "")
        return " ".join(advice.split())


class MarkedError(EnumdError):
    """Correct the marked place and try again."""

    def __init__(self, why: str, text: str, start: int = 0, end: int | None = None) -> None:
        """Keep *why* *text* is refused and the half-open span *start*..*end* that is wrong."""
        super().__init__(why, text, start, end)
        self.why = why
        self.text = text
        self.start = start
        self.end = len(text) if end is None else end

    def __str__(self) -> str:
        """Return the reason, the text and a caret line under the wrong span."""
        carets = "^" * max(1, self.end - self.start)
        return f"{self.why}\n  {self.text}\n  {' ' * self.start}{carets}"
