"""Errors of the published directory."""

import pickle
from pathlib import Path

from enumd.errors import IndexDamaged


def test_says_where_and_what():
    """The text is the path and what was found there; it survives pickling."""
    error = pickle.loads(pickle.dumps(IndexDamaged(Path("/srv/index"), "a torn page")))

    assert str(error) == "/srv/index: a torn page"
    assert (error.path, error.found) == (Path("/srv/index"), "a torn page")
