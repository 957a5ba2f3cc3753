"""Records: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.record import RecordSet


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    assert keys(RecordSet) == ("zone", "owner", "type", "ttl_s", "rdatas")
