"""National number plans."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core import number_plan
from enumd.core.number_plan import (
    country_code,
    is_assigned,
    is_whole,
    may_be_number,
    misfit,
    trunk_note,
    without_trunk,
)

DIGITS = st.text("0123456789", min_size=1, max_size=17)


def parsed(digits):
    """Return what phonenumbers reads, None where it refuses."""
    try:
        return phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None


@given(DIGITS)
def test_country_codes_are_those_of_the_library(digits):
    """Where phonenumbers finds a country code it is the one the table finds."""
    found = parsed(digits)

    if found is not None:
        assert country_code(digits) == str(found.country_code)


@given(st.sampled_from(("44", "49", "1", "39", "225", "883", "7")), DIGITS)
def test_what_the_library_calls_possible_is_possible(code, rest):
    """No number is refused that phonenumbers calls possible."""
    found = parsed(code + rest)

    if found is not None and phonenumbers.is_possible_number(found):
        assert may_be_number(code + rest)


@pytest.mark.parametrize(
    ("digits", "possible", "whole"),
    [
        ("441632960017", True, True),
        ("4416329600170", False, False),
        ("4407700900001", True, False),
        ("441632", True, False),
        ("44163", False, False),
        ("12025550123", True, True),
        ("04240001", True, True),
        ("0424", True, False),
        ("883510001234567", True, True),
        ("9999213", True, True),
        ("4", True, False),
    ],
)
def test_lengths_are_those_of_the_plan(digits, possible, whole):
    """A plan knows how long numbers are; where none is known any length may be right."""
    assert may_be_number(digits) is possible
    assert is_whole(digits) is whole


@pytest.mark.parametrize(
    ("digits", "assigned"),
    [("4930123400", True), ("441632900", False), ("04240001", True), ("4" * 20, False)],
)
def test_a_plan_gives_numbers_to_uses(digits, assigned):
    """A number may have the right length and still be nobody's."""
    assert is_assigned(digits) is assigned


@pytest.mark.parametrize(
    ("digits", "better"),
    [
        ("4407700900001", "447700900001"),
        ("39068012345", None),
        ("24106000000", None),
        ("2250705181123", None),
        ("441632960017", None),
        ("0440", None),
        ("44", None),
        ("440", None),
        ("1" + "0" * 18, None),
        ("9990123456", None),
    ],
)
def test_a_trunk_zero_is_no_part_of_a_number(digits, better):
    """The 0 that is dialled within a country is found, and the one that belongs there is not."""
    assert without_trunk(digits) == better


def test_what_is_said_of_it_names_both():
    """The note about such a 0 names the number with and without it; of others nothing is said."""
    assert "+4407700900041 has the 0" in trunk_note("4407700900041")
    assert trunk_note("4407700900041").endswith("is it +447700900041?")
    assert trunk_note("447700900041") is None


def test_a_misfit_is_told_in_numbers():
    """What is said of a number that fits no plan names the lengths there are."""
    assert misfit("44163") == "3 digits after +44, where numbers have 7, 9 or 10"
    assert misfit("12") == "1 digits after +1, where numbers have 10"
    assert "to" in misfit("49" + "1" * 30)


def test_plans_are_kept():
    """A plan is read from the library once."""
    number_plan._plan.cache_clear()
    for _ in range(3):
        may_be_number("441632960017")

    assert number_plan._plan.cache_info().misses == 1
