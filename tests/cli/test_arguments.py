"""Words of a command line become values, or say what is wrong with them."""

import click
import pytest

from enumd.cli import arguments
from enumd.cli.arguments import PoolRange
from enumd.core.number import Number
from enumd.errors import ForeignCharacter, NotInternational, NumberTooLong


@pytest.mark.parametrize(
    "numbers",
    [
        "+441632960000-+441632960999",
        "+441632960000-999",
        "+44-1632-960000-999",
        "+44 1632 960000-+44 1632 960999",
        "+44-1632-960000-+44-1632-960999",
    ],
)
def test_a_pool_is_written_in_several_ways(numbers):
    """Both ends in full, or only the last digits of the second; hyphens may separate digits."""
    first, last = Number("441632960000"), Number("441632960999")

    assert PoolRange("demo", first, last) == arguments.pool_range(f"demo:{numbers}")


@pytest.mark.parametrize("text", ["demo", "demo:", ":+441-+442", "demo:+441632960000", "demo:-5"])
def test_an_incomplete_pool_is_refused_with_an_example(text):
    """A pool that lacks its name or an end is a usage error that shows the form."""
    with pytest.raises(click.BadParameter, match="NAME:FIRST-LAST"):
        arguments.pool_range(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("demo:01632960000-01632960999", NotInternational),
        ("demo:+4416329600oo-999", ForeignCharacter),
        ("demo:+441632960000-01632960999999", NotInternational),
    ],
)
def test_a_pool_of_what_is_no_number_marks_the_place(text, error):
    """The ends of a pool are numbers like any other."""
    with pytest.raises(error):
        arguments.pool_range(text)


def test_a_number_is_limited_by_e164_where_no_home_says_otherwise():
    """Outside a command the limit is 15 digits; a look-up in a foreign tree takes what ENUM can."""
    assert Number("441632960017") == arguments.number("tel:+44-1632-960017")
    assert Number("4" * 32) == arguments.any_number("+" + "4" * 32)

    with pytest.raises(NumberTooLong):
        arguments.number("+" + "4" * 16)
