"""Numbers in bulk: the keys of what comes back."""

from dataclasses import fields

from enumd.operations.bulk import FileImported, ZoneExported
from enumd.registry.exporting import ExportResult
from enumd.registry.imports.importing import ImportResult


def keys(kind):
    """Return the keys of a result as they are printed."""
    return tuple(each.name for each in fields(kind) if not each.metadata.get("unsaid"))


def test_the_keys_of_a_result_are_an_interface():
    """They are what the registry says of a file, in its order."""
    assert keys(FileImported) == (*keys(ImportResult), "rejected")
    assert keys(ZoneExported) == ("zone", *keys(ExportResult))
