"""The words of a command line, tidied before anything else looks at them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

E164_DIGITS: Final = 15
"""As `core.number` has it, which is not loaded for words alone."""

_BEGINS_NUMBER: Final = re.compile(r"(?:tel:)?\+[0-9][0-9().-]*", re.IGNORECASE)
_WHOLE: Final = re.compile(r"[0-9]{10}")
# A wrong letter belongs to the number all the same, so that the message can mark it.
_GOES_ON: Final = re.compile(r"\(?[0-9][^:@/]*")
_GLOBAL_VALUES: Final = frozenset({"--home", "--remote", "--token-file", "--output", "-o"})
_GLOBAL_ASSIGNMENTS: Final = ("--home=", "--remote=", "--token-file=", "--output=")
_GLOBAL_FLAGS: Final = frozenset({"--yes", "-y", "--quiet", "-q", "--debug", "--plain-http"})


def join_numbers(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with unquoted numbers put together again.

    Nobody quotes `+44 1632 960017`, so a word that begins a number takes the words that begin with
    a digit and follow it, as long as E.164 leaves room. A word of ten digits in one is a number
    by itself: what follows `endpoint move +441632960017` is a place.

    >>> join_numbers(["number", "show", "+44", "1632", "960017", "--limit", "3"])
    ['number', 'show', '+44 1632 960017', '--limit', '3']
    """
    joined: list[str] = []
    open_number = False
    for word in words:
        if open_number and _GOES_ON.fullmatch(word) and _digits(joined[-1] + word) <= E164_DIGITS:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
            open_number = bool(_BEGINS_NUMBER.fullmatch(word)) and not _WHOLE.search(word)
    return joined


def global_options_first(words: Sequence[str]) -> list[str]:
    """Return the words with the global options in front, wherever people wrote them.

    >>> global_options_first(["number", "show", "+441632960017", "-o", "json"])
    ['-o', 'json', 'number', 'show', '+441632960017']
    """
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word in _GLOBAL_VALUES:
            first += [word, *itertools.islice(left, 1)]
        elif word in _GLOBAL_FLAGS or word.startswith(_GLOBAL_ASSIGNMENTS):
            first.append(word)
        else:
            rest.append(word)
    return first + rest


def form_among(words: Sequence[str]) -> str | None:
    """Return the form of output that *words*, global options first, ask for, the last one."""
    asked = None
    for word, after in itertools.pairwise([*words, ""]):
        if word in ("-o", "--output"):
            asked = after
        elif word.startswith("--output="):
            asked = word.partition("=")[2]
    return asked


def _digits(text: str) -> int:
    """Return how many digits there are in *text*."""
    return sum(map(str.isdigit, text))
