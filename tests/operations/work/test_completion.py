"""Words completed from the registry."""

import pytest

from enumd.operations.completion import CompleteWord


@pytest.mark.parametrize(
    ("kind", "beginning", "words"),
    [
        ("number", "+4416", ("+441632960017",)),
        ("number", "4416", ("+441632960017",)),
        ("number", "", ("+441632960017",)),
        ("number", "+49", ()),
        ("number", "+44 1", ()),
        ("zone", "enum", ("enum.example.org.",)),
        ("pool", "d", ("demo",)),
        ("party", "ada", ("ada@example.net",)),
        ("party", "x", ()),
    ],
)
def test_what_begins_so_is_offered(done, claimed, kind, beginning, words):
    """A number is completed where it is one word of digits."""
    assert done(CompleteWord(kind, beginning)).words == words
