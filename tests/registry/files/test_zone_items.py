"""The items of a zone file."""

from enumd.registry.files.rows import Refusal
from enumd.registry.files.zone_items import Faulty, Include


def test_items_are_values():
    """
    Two items that say the same are the same.
    """
    fault = Refusal(1, "syntax", "line", "x")

    assert Faulty(None, fault) == Faulty(None, fault)
    assert Include(1, "a", None) != Include(2, "a", None)
