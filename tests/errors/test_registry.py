"""Errors of the system of record."""

import pickle

from enumd.errors import Conflict, UnreadableFile


def test_an_unreadable_file_is_named():
    """The text is the file and the reason; it survives pickling."""
    error = pickle.loads(pickle.dumps(UnreadableFile("plan.csv", "it is a spreadsheet")))

    assert str(error) == "plan.csv: it is a spreadsheet"
    assert (error.name, error.why) == ("plan.csv", "it is a spreadsheet")


def test_a_conflict_knows_no_similar_numbers_by_itself():
    """Numbers like the one that is taken are those somebody looked for."""
    error = Conflict("taken")

    error.similar = ["+441632960018"]

    assert list(Conflict("taken").similar) == []
