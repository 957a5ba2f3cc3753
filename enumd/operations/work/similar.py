"""Free numbers like one that is taken."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from enumd.core.number import Number
from enumd.errors import NotFound
from enumd.registry import numbers
from enumd.registry.database import Reading

SIMILAR: Final = 3
"""How many are offered in place of a taken one."""


def find_similar(session: Reading, number: Number, now_s: int) -> list[Number]:
    """Return free numbers that end as *number* does, in as many digits as any of them."""
    with suppress(NotFound):
        for digits in (3, 2, 1):
            like = "*" + number.digits[-digits:]
            free = numbers.find(session, None, like, SIMILAR + 1, now_s=now_s)
            if found := [one.number for one in free if one.number != number]:
                return found[:SIMILAR]
    return []
