"""Pools: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.pool import PoolCard, PoolFacts, PoolGone, PoolSize


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    facts = ("pool", "zone", "first", "last")
    states = ("free", "held", "claimed", "suspended", "quarantined")

    assert keys(PoolFacts) == facts
    assert keys(PoolSize) == (*facts, "size")
    assert keys(PoolCard) == (*facts, "size", *states)
    assert keys(PoolGone) == ("pool", "zone")
