"""What numbers should look like."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.errors import ForeignCharacter, NumberError, NumberTooLong
from enumd.registry.pattern import Pattern


class TestParse:
    """Patterns as people type them."""

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [(None, "*"), ("*17", "*17"), ("+44 1632-96?.*", "44163296?*"), ("+*", "*")],
    )
    def test_decoration_is_taken_away(self, typed, kept):
        """
        A plus in front and separators mean nothing; no pattern fits everything.
        """
        assert kept == str(Pattern.parse(typed))

    @pytest.mark.parametrize(("typed", "place"), [("44x", 2), ("4+4", 1), ("٣", 0), ("[0-9]", 0)])
    def test_what_is_no_pattern_is_marked(self, typed, place):
        """
        Letters, foreign digits and regular expressions are refused at their place.
        """
        with pytest.raises(ForeignCharacter) as caught:
            Pattern.parse(typed)
        assert place == caught.value.start

    def test_nothing_is_no_pattern(self):
        """
        An empty pattern is a mistake, not everything.
        """
        with pytest.raises(NumberError, match="no digits"):
            Pattern.parse("+ ")

    def test_a_pattern_is_bounded(self):
        """
        More characters than a number could ask for are refused.
        """
        Pattern.parse("*?" * 32 + "*")
        with pytest.raises(NumberTooLong):
            Pattern.parse("*?" * 33)


class TestSearch:
    """Stepping from match to match."""

    @settings(max_examples=300)
    @given(st.text("0129?*", min_size=1, max_size=6), st.text("0189", min_size=1, max_size=4))
    def test_the_next_match_is_the_next_match(self, text, digits):
        """
        What a walk through all numbers finds first, the pattern names at once.
        """
        fits = re.compile(text.replace("?", "[0-9]").replace("*", "[0-9]*")).fullmatch
        numbers = (str(n).zfill(len(digits)) for n in range(int(digits), 10 ** len(digits)))
        assert next(filter(fits, numbers), None) == Pattern.parse(text).at_or_after(digits)

    def test_after_is_beyond(self):
        """
        The number itself is left out; past the last of its length there is none.
        """
        pattern = Pattern.parse("*9")
        assert pattern.after("09") == "19"
        assert pattern.after("99") is None

    @pytest.mark.parametrize(
        ("text", "fits"), [("*17", True), ("?1*7", True), ("44*17", False), ("1", False)]
    )
    def test_the_whole_number_is_matched(self, text, fits):
        """
        A pattern that fits a part does not fit.
        """
        assert fits is Pattern.parse(text).matches("41117")

    def test_sql_is_told_the_same(self):
        """
        `*` becomes `%` and `?` becomes `_`.
        """
        assert Pattern.parse("44*1?7").like == "44%1_7"
