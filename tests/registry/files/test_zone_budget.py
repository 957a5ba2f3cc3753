"""What a file may have others do for it has an end."""

import pytest

from enumd.registry.files.rows import EntryError
from enumd.registry.files.zone_budget import (
    MOST_GENERATED,
    MOST_GENERATED_OCTETS,
    MOST_INCLUDED,
    Budget,
)


def test_inclusions_are_counted():
    """
    The same file included again counts again.
    """
    budget = Budget()
    for _ in range(MOST_INCLUDED):
        budget.include("a.zone")

    with pytest.raises(EntryError, match=r"a\.zone is one file more"):
        budget.include("a.zone")


def test_generated_records_are_counted_before_they_are_made():
    """
    A line that would be too much is refused as a whole, and a smaller one still fits.
    """
    budget = Budget()
    budget.generate(MOST_GENERATED - 1, 0)

    with pytest.raises(EntryError, match="at most"):
        budget.generate(2, 0)
    budget.generate(1, MOST_GENERATED_OCTETS)
    with pytest.raises(EntryError, match="at most"):
        budget.generate(0, 1)
