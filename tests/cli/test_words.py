"""Words of a command line are tidied before anything else looks at them."""

import pytest

from enumd.cli import words as words_module
from enumd.core.number import E164_DIGITS


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        (["+44", "1632", "960017"], ["+44 1632 960017"]),
        (["+44", "(1632)", "960-017"], ["+44 (1632) 960-017"]),
        (["tel:+44-1632", "960017"], ["tel:+44-1632 960017"]),
        (["show", "+44", "1632", "--limit", "3"], ["show", "+44 1632", "--limit", "3"]),
        (["+44", "1632", "sip:1@example.net"], ["+44 1632", "sip:1@example.net"]),
        (["+441632960017", "441632960017"], ["+441632960017", "441632960017"]),
        (["+44", "1632", "96oo17"], ["+44 1632 96oo17"]),
        (["+441632960000", "+441632960999"], ["+441632960000", "+441632960999"]),
        (["+", "44"], ["+", "44"]),
        ([], []),
    ],
)
def test_unquoted_numbers_are_joined(words, joined):
    """A number split by the shell at its spaces is one argument again, and nothing else is."""
    assert joined == words_module.join_numbers(words)


@pytest.mark.parametrize(
    ("words", "sorted_words"),
    [
        (["number", "show", "-o", "json"], ["-o", "json", "number", "show"]),
        (["publish", "--home=/x", "--yes"], ["--home=/x", "--yes", "publish"]),
        (["publish", "-q", "-y", "--debug"], ["-q", "-y", "--debug", "publish"]),
        (["number", "find", "--like", "*17"], ["number", "find", "--like", "*17"]),
        (["import", "--", "-o"], ["import", "--", "-o"]),
        (["number", "-o"], ["-o", "number"]),
    ],
)
def test_global_options_stand_anywhere(words, sorted_words):
    """Global options are taken wherever they stand, except after a double hyphen."""
    assert sorted_words == words_module.global_options_first(words)


def test_a_number_is_as_long_as_e164_has_it():
    """The words need no more of the numbers than their length, and that is the same."""
    assert words_module.E164_DIGITS == E164_DIGITS
