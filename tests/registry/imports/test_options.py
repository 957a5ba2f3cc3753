"""What an import answers."""

from dataclasses import fields

from enumd.registry.imports.options import ImportResult


def result(**counts):
    """Return a result with these counts, and nothing else in it."""
    names = [each.name for each in fields(ImportResult) if each.type == "int"]
    return ImportResult(**{**dict.fromkeys(names, 0), **counts})


def test_what_was_refused_is_counted_together():
    """Whatever the reason, a line that was refused is one."""
    assert result(invalid=1, duplicates=2, conflicts=3, incomplete=4).rejected == 10


def test_all_is_rejected_only_where_something_was():
    """An empty file refuses nothing; a line that is in the registry already is not refused."""
    assert result(invalid=1).all_rejected
    assert not result().all_rejected
    assert not result(invalid=1, taken=1).all_rejected
    assert not result(invalid=1, unchanged=1).all_rejected
