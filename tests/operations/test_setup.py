"""A home made and upgraded: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.request import plain
from enumd.operations.setup import HomeMade, SchemaUpgraded


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    assert keys(HomeMade) == ("home", "zone", "prefix", "serial", "pools")
    assert plain(SchemaUpgraded("0001", "0002", None)) == {
        "from": "0001",
        "to": "0002",
        "copy": None,
    }


def test_the_same_schema_is_no_upgrade():
    """Whether there was anything to do is told."""
    assert SchemaUpgraded("0001", "0002", None).changed
    assert not SchemaUpgraded("0002", "0002", None).changed
