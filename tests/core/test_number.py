"""Numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.number import E164_DIGITS, LONGEST, Number
from enumd.errors import (
    ForeignCharacter,
    NotInternational,
    NotOneNumber,
    NumberError,
    NumberTooLong,
)

DIGITS = st.text("0123456789", min_size=1, max_size=LONGEST)
SEPARATORS = st.text(
    "-.() \t\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013", min_size=1, max_size=3
)


class TestNumber:
    """RFC 6116 section 3.1: the AUS is "+" and digits."""

    @given(DIGITS)
    def test_the_aus_reads_back(self, digits):
        """Whatever digits there are, the AUS is read as the same number."""
        number = Number(digits)

        assert Number.parse(str(number), LONGEST) == number

    @given(st.lists(SEPARATORS, min_size=4, max_size=4), st.sets(st.integers(1, 9), max_size=3))
    def test_separators_are_decoration(self, separators, places):
        """Wherever one number is divided, and whatever divides it, it is the same number."""
        written = "1632960017"
        for separator, place in zip(separators, sorted(places, reverse=True), strict=False):
            written = written[:place] + separator + written[place:]
        text = f"+44{separators[-1]}{written}"
        if "(0)" in text or "(0" in text:
            return

        assert Number.parse(text).digits == "441632960017"

    @pytest.mark.parametrize(
        "text",
        ["+441632960017", "tel:+44-1632-960017", " TEL:+44 1632 960017 ", "+44 (1632) 960.017"],
    )
    def test_common_spellings(self, text):
        """tel:, blanks around it and brackets are accepted."""
        assert Number.parse(text) == Number("441632960017")

    @pytest.mark.parametrize(
        ("text", "error", "start"),
        [
            ("0044 1632", NotInternational, 0),
            ("", NotInternational, 0),
            ("tel:01632", NotInternational, 4),
            ("+", NumberError, 0),
            ("+-.", NumberError, 0),
            ("+44 (0) 1632", ForeignCharacter, 4),
            ("+1-800-FLOWERS", ForeignCharacter, 7),
            ("+44 1632 960017;ext=12", ForeignCharacter, 15),
            ("+٤٤1632", ForeignCharacter, 1),
            ("+44²", ForeignCharacter, 3),
            ("+441632960100-199", NotOneNumber, 14),
            ("+44 1632 960017 000 000", NumberTooLong, 20),
        ],
    )
    def test_refuses_with_the_place_marked(self, text, error, start):
        """What is no number is refused, and the first wrong place is marked."""
        with pytest.raises(error) as caught:
            Number.parse(text)

        assert caught.value.start == start

    def test_another_script_is_named(self):
        """A digit that `str.isdigit` takes is not taken here, and said to be foreign."""
        with pytest.raises(ForeignCharacter, match="another script"):
            Number.parse("+٤٤")

    def test_a_limit_is_a_limit(self):
        """Fifteen digits are the default, more are a matter of configuration up to 32."""
        assert len(Number.parse("+" + "1" * 16, max_digits=16).digits) == 16
        with pytest.raises(NumberTooLong):
            Number.parse("+" + "1" * (E164_DIGITS + 1))
        with pytest.raises(NumberTooLong):
            Number.parse("+" + "1" * (LONGEST + 1), max_digits=LONGEST + 5)

    @pytest.mark.parametrize("digits", ["", "+44", "4 4", "٤٤", "44\n"])
    def test_the_constructor_takes_digits_only(self, digits):
        """A number cannot exist with anything but ASCII digits in it."""
        with pytest.raises(ForeignCharacter):
            Number(digits)

    @given(st.lists(DIGITS, min_size=2, max_size=2))
    def test_order_is_that_of_the_digits(self, pair):
        """Numbers sort as their digits do, which is the order of the index."""
        assert (Number(pair[0]) < Number(pair[1])) is (pair[0] < pair[1])
