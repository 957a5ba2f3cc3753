"""Numbers, times and counts as people write them. For eyes only: programs get plain values.

A number is grouped by the conventions of its country where phonenumbers knows them, and that is
all phonenumbers is asked: what is a number is decided in `enumd.core.number`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

_UNITS_S: Final = (("day", 86_400), ("hour", 3_600), ("min", 60), ("s", 1))


def grouped(number: str) -> str:
    """Return *number* ("+" and digits) in the groups its country writes, or as it is.

    >>> grouped("+441632960017")
    '+44 1632 960017'
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    text: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    # Some countries' rules add or drop a digit (an old mobile 1, a trunk 0). Not here.
    return text if "+" + "".join(filter(str.isdigit, text)) == number else number


def local_time(at_s: int) -> str:
    """Return when *at_s* is on this machine's clock, with the date and the zone of that clock."""
    return datetime.fromtimestamp(at_s).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def duration(seconds: float) -> str:
    """Return a length of time in the largest unit that fits it at least once.

    >>> duration(1800), duration(7_776_000)
    ('30 min', '90 days')
    """
    for name, size_s in _UNITS_S:
        if seconds >= size_s:
            return counted(int(seconds // size_s), name)
    return "less than a second"


def counted(count: int, noun: str) -> str:
    """Return *count* and *noun*, in the plural where English wants it.

    >>> counted(1, "number"), counted(1200, "number"), counted(5, "min")
    ('1 number', '1,200 numbers', '5 min')
    >>> counted(2, "party"), counted(2, "day")
    ('2 parties', '2 days')
    """
    if count == 1 or noun in {"min", "s"}:
        return f"{count:,} {noun}"
    by_ies = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{count:,} {noun[:-1]}ies" if by_ies else f"{count:,} {noun}s"
