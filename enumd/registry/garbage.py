"""Python's collector of garbage, held back while there is none to find."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def few_collections() -> Iterator[None]:
    """Let Python look for garbage in cycles less often while rows pass by in millions.

    Rows are tuples of strings and numbers and never part of a cycle; looking for some among them
    takes a fifth of the time of an import.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
