"""`enumd upgrade`."""

from enumd.registry.migrations import HEAD


def test_a_registry_of_today_needs_nothing(done, seen, directory):
    """The schema there is, is named; nothing is copied."""
    assert done("upgrade") == {"from": HEAD, "to": HEAD, "copy": None}
    assert "nothing to do" in seen("upgrade")
