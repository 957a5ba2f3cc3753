"""Free numbers: found, and offered in place of one that is taken."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from enumd.core.number import Number
from enumd.errors import NotFound
from enumd.operations.desk import Look
from enumd.operations.number import FindNumbers, FreeNumber, FreeNumbers
from enumd.registry import free

SIMILAR: Final = 3
"""How many are offered in place of a taken one."""


def find(look: Look, request: FindNumbers) -> FreeNumbers:
    """Find free numbers."""
    found = free.find(look.session, request.pool, request.like, request.limit, now_s=look.now_s)
    return FreeNumbers(tuple(FreeNumber(str(one.number), one.pool, one.recycled) for one in found))


def find_similar(look: Look, text: str) -> tuple[str, ...]:
    """Return free numbers that end as that written *text*, in as many digits as any of them."""
    number = Number.parse(text, look.home.config.numbers.max_digits)
    with suppress(NotFound):
        for digits in (3, 2, 1):
            like = "*" + number.digits[-digits:]
            found = free.find(look.session, None, like, SIMILAR + 1, now_s=look.now_s)
            if others := [str(one.number) for one in found if one.number != number]:
                return tuple(others[:SIMILAR])
    return ()
