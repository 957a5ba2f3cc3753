"""`$GENERATE`, BIND's loop in a zone file, with an end.

::

    $GENERATE start-stop[/step] lhs [ttl] [class] type rhs

`$` in *lhs* and *rhs* is the counter, `${offset,width,base}` a form of it, `$$` and `\\$` a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from enumd.registry.files.rows import EntryError
from enumd.registry.files.zone_budget import Budget

MOST: Final = 65536
"""Records of one line; BIND has no limit, and one line of 20 octets can ask for 4 billion."""

_RANGE: Final = re.compile(r"([0-9]{1,10})-([0-9]{1,10})(?:/([0-9]{1,10}))?", re.ASCII)
_FORM: Final = re.compile(
    r"\\(.)|\$(?:(\$)|\{([+-]?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?\})?", re.ASCII
)
_LONGEST_WIDTH: Final = 127
"""As in BIND, whose buffer for one substitution has 128 octets."""


def generate(words: list[str], budget: Budget) -> Iterator[str]:
    """Yield the entries that the words of a `$GENERATE` line stand for.

    Raises:
        EntryError: the line has another form, or stands for more records than *budget* has.
    """
    found = _RANGE.fullmatch(words[0]) if words else None
    if found is None or not 4 <= len(words) <= 6:
        raise EntryError("generate-invalid", "$GENERATE", _FORM_HINT)
    start, stop, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if not step or start > stop:
        raise EntryError(
            "generate-invalid", "$GENERATE", f"{words[0]} is no range from low to high"
        )
    if (stop - start) // step >= MOST:
        hint = f"{words[0]} is more than {MOST} records; write smaller ranges, or a wildcard"
        raise EntryError("generate-too-large", "$GENERATE", hint)
    lhs, rhs = words[1], words[-1]
    middle = " ".join(words[2:-1])
    if lhs.startswith(("$$", "\\$")):
        raise EntryError("generate-invalid", "$GENERATE", "an owner cannot begin with a dollar")
    longest = sum(map(len, words)) + _LONGEST_WIDTH * (lhs + rhs).count("$")
    count = (stop - start) // step + 1
    budget.generate(count, count * longest)
    for counter in range(start, stop + 1, step):
        yield f"{_substituted(lhs, counter)} {middle} {_substituted(rhs, counter)}"


_FORM_HINT: Final = (
    "the form is $GENERATE start-stop[/step] lhs [ttl] [class] type rhs, with quotes around an rhs "
    "of several words"
)


def _substituted(template: str, counter: int) -> str:
    """Return *template* with the counter in the places of its dollars."""
    return _FORM.sub(lambda found: _form(found, counter), template)


def _form(found: re.Match[str], counter: int) -> str:
    """Return what one dollar, or one escape, stands for."""
    escaped, dollar, offset, width, base = found.groups()
    if escaped is not None:
        return "$" if escaped == "$" else found[0]
    if dollar:
        return "$"
    value = counter + int(offset or 0)
    places = int(width or 0)
    if value < 0 or places > _LONGEST_WIDTH:
        raise EntryError(
            "generate-invalid", "$GENERATE", f"{found[0]} is below 0, or wider than 127"
        )
    if base in ("n", "N"):
        return _nibbles(value, places, base)
    return format(value, base or "d").zfill(places)


def _nibbles(value: int, width: int, base: str) -> str:
    """Return hexadecimal nibbles with dots between, least significant first, as BIND does."""
    # The width counts the dots, too.
    digits = format(value, "x" if base == "n" else "X").zfill((width + 1) // 2)
    return ".".join(reversed(digits))
