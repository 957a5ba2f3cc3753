"""Errors in numbers and records."""

import pickle

from enumd.errors import BadNaptr


class TestBadNaptr:
    def test_says_every_reason(self):
        """All reasons are in the text and kept as they were."""
        error = BadNaptr(["one", "two"], "record")

        assert error.reasons == ("one", "two")
        assert str(error).startswith("one; two\n  record")

    def test_travels_between_processes(self):
        """It survives pickling with its reasons."""
        assert pickle.loads(pickle.dumps(BadNaptr(["one"], "record"))).reasons == ("one",)
