"""Notes of an import."""

import pytest

from enumd.registry.files import notes as notes_module
from enumd.registry.files.gathering import groups
from enumd.registry.files.notes import Note, Notes
from enumd.registry.files.one_name import Rules
from enumd.registry.files.rows import ENDPOINT, noted


@pytest.fixture(autouse=True)
def odd(monkeypatch):
    """Let `odd` be a note."""
    monkeypatch.setattr(notes_module, "NOTES", frozenset({"odd"}))


class TestNotes:
    def test_are_counted_by_code(self):
        """A code is told once: how often it was met, and its first line."""
        notes = Notes()

        others = notes.take(
            [(4, "odd", "uri", "a"), (5, "syntax", "uri", "b"), (9, "odd", "uri", "c")]
        )

        assert notes.found == (Note("odd", 2, 4, "a"),)
        assert others == [(5, "syntax", "uri", "b")]

    @pytest.mark.parametrize("ordered", [False, True])
    def test_make_no_number_incomplete(self, ordered):
        """A number with a noted line is taken with all its endpoints."""
        rows = [
            ("441", 1, ENDPOINT, "sip", "sip:a@example.net", 10, 100, 60, 0),
            noted("441", 2, "odd", "type", "left out"),
        ]

        assert list(groups(rows, Rules(ordered=ordered))) == [
            (
                "441",
                ((10, "sip", "sip:a@example.net"),),
                (1,),
                (),
                ((2, "odd", "type", "left out"),),
                60,
            )
        ]

    def test_of_no_name_do_not_hold_up_others(self):
        """A note about no name stands alone, and so does one of a name without data."""
        rows = [noted("", 1, "odd", "line", "a"), noted("44", 2, "odd", "type", "b")]

        assert list(groups(rows, Rules())) == [
            ("", None, (), (), ((1, "odd", "line", "a"),), None),
            ("44", None, (), (), ((2, "odd", "type", "b"),), None),
        ]
