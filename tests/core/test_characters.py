"""Characters nobody typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.characters import INVISIBLE, clean, name_character


class TestCleaned:
    """What is taken away, and said to be."""

    @pytest.mark.parametrize(
        ("text", "left", "said"),
        [
            ("+441632960041", "+441632960041", ""),
            ("\u202d+441632960041\u202c", "+441632960041", "U+202D"),
            ("+44\u200b1632\u2060960041\ufeff", "+441632960041", "U+2060 (WORD JOINER)"),
            ("\u200e+441632960041", "+441632960041", "U+200E"),
            ('="+441632960041"', "+441632960041", "spreadsheet"),
            ("=+441632960041", "+441632960041", "the = of"),
            ("'+441632960041", "+441632960041", "' in front"),
            ("\u2019+441632960041", "+441632960041", "in front"),
            ("\uff0b\uff14\uff14\uff11", "+441", "width"),
            ("", "", ""),
            ("=", "", "the = of"),
            ('="+44', '="+44', ""),
        ],
    )
    def test_what_nobody_typed_is_taken_away(self, text, left, said):
        """Unseen characters, marks of spreadsheets and wide forms go, and each is named."""
        found, gone = clean(text)

        assert found == left
        assert said in ", ".join(gone)
        assert bool(gone) == (found != text)

    @given(st.text())
    def test_nothing_unseen_is_left(self, text):
        """Whatever the text, it holds no character that cannot be seen afterwards."""
        assert not INVISIBLE.search(clean(text)[0])


@given(st.characters())
def test_a_character_is_named_in_characters_that_can_be_read(char):
    """A name is ASCII that can be printed, for any character there is."""
    assert name_character(char).isascii()
    assert name_character(char).isprintable()


def test_every_format_character_of_latin_text_is_unseen():
    """All that Unicode calls a format character below U+2070 is known, but marks of scripts."""
    formats = {chr(point) for point in range(0x2000, 0x2070)}
    formats = {char for char in formats if unicodedata.category(char) == "Cf"}

    assert all(INVISIBLE.match(char) for char in formats)
