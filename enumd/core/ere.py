"""POSIX extended regular expressions: what every engine agrees on (IEEE 1003.1, chapter 9.4).

Records travel through BIND's validator and run in libc, PCRE, Boost and RE2, and each of those
gives a meaning of its own to what POSIX leaves undefined: `{,3}`, `()`, `a**`, `\\d`, `(?i)`,
`[[.x.]]`. Nothing of that kind is taken here. What is left means the same to all of them, but for
a backslash in a bracket expression, an ordinary character to POSIX, which RE2 wants doubled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from enumd.errors import BadSubstitution

MAX_REPEAT: Final = 255
"""The largest bound every system has (RE_DUP_MAX), and BIND's own limit."""

_CLASS: Final = (
    r"\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]"
)
# A "-" is itself only first or last and never right after a range (BIND refuses `[a-c-]`), and ends
# of ranges are neither "-" nor brackets: the rest of what POSIX allows is read in different ways.
_END: Final = r"[^\[\]\-]"
_BRACKET: Final = (
    rf"(?P<head>\[\^?+[\]\-]?+)(?:{_CLASS}|{_END}-{_END}(?!-)|{_END}|\[(?![.:=]))*-?\]"
)

_TOKEN: Final = re.compile(
    rf"""(?P<open>\()|(?P<close>\))|(?P<bar>\|)|(?P<anchor>[\^$])
    |(?P<repeat>[*+?]|\{{(?P<low>[0-9]{{1,3}})(?P<comma>,(?P<high>[0-9]{{1,3}})?)?\}})
    |(?P<bracket>{_BRACKET})
    |(?P<escape>\\[!-&(-/:;=?@\[-^{{-~])
    |(?P<plain>[^(){{\\|^$*+?\[])""",
    re.VERBOSE,
)
_RANGE: Final = re.compile(rf"{_CLASS}|({_END})-({_END})|.")


@dataclass(frozen=True, slots=True)
class Ere:
    """An expression that was read: what RE2 is to be given, and what there is to know about it."""

    pattern: str
    groups: int
    anchored: bool
    """Begins with `^` and ends with `$`, whatever alternatives there are."""
    ambiguous: bool
    """Has alternatives or a repeated group: engines agree on what the whole expression matches, but
    POSIX, Perl and RE2 each fill the groups in another way."""


@lru_cache(maxsize=256)
def read(text: str) -> Ere:
    """Return what the expression *text* is.

    Raises:
        BadSubstitution: some engine refuses it, or reads it in a way of its own.
    """
    reading = _Reading(text)
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise reading.fault(_why_no_token(text[place:]), place)
        reading.take(token)
        place = token.end()
    return reading.finish()


class _Reading:
    """The state between two tokens."""

    def __init__(self, text: str) -> None:
        """Begin with an empty branch outside every group."""
        self.text = text
        self.pattern: list[str] = []
        self.kinds: list[str] = []
        self.groups = 0
        self.depth = 0
        self.outer_bar = False

    def fault(self, why: str, start: int, end: int | None = None) -> BadSubstitution:
        """Return the error for the span *start*..*end*."""
        return BadSubstitution(why, self.text, start, start + 1 if end is None else end)

    def take(self, token: re.Match[str]) -> None:
        """Go on by one token, or refuse it where it stands."""
        kind = token.lastgroup or ""
        if token["repeat"]:
            kind = "repeat"
            self._check_repeat(token)
        elif kind in ("close", "bar"):
            self._check_branch(token.start())
        elif kind == "bracket":
            self._check_ranges(token)
        self._count(kind, token.start())
        self.kinds.append(kind)
        self.pattern.append(token[0].replace("\\", "\\\\") if kind == "bracket" else token[0])

    def finish(self) -> Ere:
        """Return the expression, or refuse it where something is open or empty at its end."""
        if self.depth:
            raise self.fault("a group is not closed", self.text.rindex("("))
        self._check_branch(len(self.text))
        anchored = self.kinds[0] == self.kinds[-1] == "anchor" and not self.outer_bar
        ends = self.text[0] == "^" and self.text[-1] == "$"
        pattern = "".join(self.pattern)
        ambiguous = "bar" in self.kinds or ("close", "repeat") in pairwise(self.kinds)
        return Ere(pattern, self.groups, anchored and ends, ambiguous)

    def _count(self, kind: str, place: int) -> None:
        """Keep count of the groups that are open."""
        if kind == "open":
            self.groups += 1
            self.depth += 1
        elif kind == "close":
            if not self.depth:
                raise self.fault("no group is open here", place)
            self.depth -= 1
        elif kind == "bar" and not self.depth:
            self.outer_bar = True

    def _check_branch(self, place: int) -> None:
        """Refuse an empty alternative or group, which POSIX leaves undefined."""
        if not self.kinds or self.kinds[-1] in ("open", "bar"):
            raise self.fault("there is nothing to match before this place", place)

    def _check_repeat(self, token: re.Match[str]) -> None:
        """Refuse to repeat nothing, an anchor or a repetition, and bounds out of order."""
        if not self.kinds or self.kinds[-1] not in ("close", "bracket", "escape", "plain"):
            literal = f"; a literal {token[0]} is written \\{token[0]}" if token[0] == "+" else ""
            why = f"there is nothing {token[0]} could repeat{literal}"
            raise self.fault(why, token.start(), token.end())
        low, high = int(token["low"] or 0), int(token["high"] or token["low"] or 0)
        if not low <= high <= MAX_REPEAT:
            why = f"a bound goes from low to high, up to {MAX_REPEAT}"
            raise self.fault(why, token.start(), token.end())

    def _check_ranges(self, token: re.Match[str]) -> None:
        """Refuse a range that runs backwards."""
        for found in _RANGE.finditer(token[0], len(token["head"])):
            if found[1] and found[1] > found[2]:
                start = token.start() + found.start()
                raise self.fault("a range that runs backwards", start, start + 3)


def _why_no_token(rest: str) -> str:
    """Return why nothing can be read at the beginning of *rest*."""
    if rest.startswith("["):
        return "a bracket expression that is not closed, or that engines read in different ways"
    if rest.startswith("{"):
        return "a bound is written {3}, {3,} or {3,5}; a literal { is written \\{"
    return "a backslash stands before punctuation only"
