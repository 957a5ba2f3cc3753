"""What every error of ours is."""

import pickle

from enumd.errors import BadUri, EnumdError


class TestMarkedError:
    def test_carets_stand_under_the_span(self):
        """The text is shown with carets under what is wrong."""
        error = BadUri("why", "sip:a b", 5, 6)

        assert str(error) == "why\n  sip:a b\n       ^"

    def test_without_an_end_all_the_rest_is_marked(self):
        """A span without an end reaches to the end of the text."""
        assert str(BadUri("why", "abc", 1)).endswith("  abc\n   ^^")

    def test_an_empty_span_still_has_a_caret(self):
        """Something missing is marked where it is missing."""
        assert str(BadUri("why", "", 0)).endswith("\n  ^")

    def test_travels_between_processes(self):
        """An error survives pickling with its fields."""
        error = pickle.loads(pickle.dumps(BadUri("why", "text", 1, 2)))

        assert (error.why, error.text, error.start, error.end) == ("why", "text", 1, 2)


class TestAdvice:
    def test_of_the_case_goes_before_that_of_the_class(self):
        """A raise that brings advice is shown with it, in another process, too."""
        error = EnumdError("the disk is full").advise("Make room\n  and try again.")

        assert error.advice == "Make room and try again."
        assert pickle.loads(pickle.dumps(error)).advice == error.advice
        assert EnumdError("something else").advice != error.advice
