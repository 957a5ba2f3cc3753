"""An error as it is told at every door, and made an error again at the other end of a wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from enumd.errors import Conflict, EnumdError, MarkedError

FAULT: Final = "E000"


def facts_of(error: EnumdError) -> dict[str, Any]:
    """Return what there is to say of *error*: code, text, advice, exit status, the wrong span."""
    facts: dict[str, Any] = {
        "code": error.code,
        "text": str(error),
        "advice": error.advice,
        "exit_status": error.exit_status,
    }
    if isinstance(error, MarkedError):
        span = {"value": error.text, "start": error.start, "end": error.end}
        facts |= {"text": error.why} | span
    return facts


def problem_of(error: BaseException) -> dict[str, Any]:
    """Return what may be told of *error* to somebody elsewhere.

    A fault of this program is named and not shown: its text may say what is nobody's business.
    """
    if isinstance(error, EnumdError):
        facts = facts_of(error)
        if isinstance(error, Conflict) and error.similar:
            facts["similar"] = list(error.similar)
    else:
        text = f"a fault of the server: {type(error).__name__}"
        facts = {"code": FAULT, "text": text, "advice": _TO_OPERATOR, "exit_status": 1}
    notes = [*getattr(error, "__notes__", ()), facts["advice"]]
    return {**facts, "advice": " ".join(filter(None, notes))}


def error_of(problem: Mapping[str, Any]) -> EnumdError:
    """Return the error that *problem* tells of, of the class that has its code here.

    Raises:
        KeyError, TypeError: it tells of none.
    """
    kind = _BY_CODE.get(problem["code"], EnumdError)
    error = _told(kind, str(problem["code"]), int(problem["exit_status"]), str(problem["text"]))
    if isinstance(error, MarkedError):
        error.why, error.text = str(problem["text"]), str(problem["value"])
        error.start, error.end = int(problem["start"]), int(problem["end"])
    if isinstance(error, Conflict):
        error.similar = tuple(map(str, problem.get("similar", ())))
    return error.advise(str(problem["advice"]))


_TO_OPERATOR: Final = "Tell its operator when it happened; the log there has the rest."


def _told(kind: type[EnumdError], code_: str, status: int, text: str) -> EnumdError:
    """Return an error of *kind* that says *text*, whatever its own constructor wants to know."""

    class Told(kind):  # type: ignore[valid-type, misc]
        code: ClassVar[str] = code_
        exit_status: ClassVar[int] = status

        def __str__(self) -> str:
            """Return what was told; a marked error still marks its place."""
            return super().__str__() if isinstance(self, MarkedError) else text

    Told.__name__ = Told.__qualname__ = kind.__name__
    error: EnumdError = Told.__new__(Told)
    error.args = (text,)
    return error


def _below(kind: type[EnumdError]) -> Iterator[type[EnumdError]]:
    """Yield *kind* and all that is below it in the tree."""
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


_BY_CODE: Final = {kind.code: kind for kind in _below(EnumdError) if "code" in vars(kind)}
