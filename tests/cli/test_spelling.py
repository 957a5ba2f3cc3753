"""Numbers, times and counts are written as people write them."""

import time

import pytest

from enumd.cli import spelling


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("+441632960017", "+44 1632 960017"),
        ("+4930231250", "+49 30 231250"),
        ("+14155550123", "+1 415-555-0123"),
        ("+999123456", "+999123456"),
        ("+4", "+4"),
        ("+44" + "1" * 30, "+44" + "1" * 30),
    ],
)
def test_numbers_are_grouped_where_their_country_is_known(number, text):
    """A number is shown in groups, and as it is where nobody knows how to group it."""
    assert text == spelling.grouped(number)


@pytest.mark.parametrize(
    "number", ["+5491123456789", "+390612345678", "+8835100123456789", "+0123"]
)
def test_grouping_changes_no_digit(number):
    """Whatever a country's conventions are, the digits stay."""
    assert number == "+" + "".join(filter(str.isdigit, spelling.grouped(number)))


def test_a_number_with_changed_digits_is_left_alone(monkeypatch):
    """If formatting would change a digit, the plain number is shown."""
    import phonenumbers

    monkeypatch.setattr(phonenumbers, "format_number", lambda number, form: "+44 1632 96001")

    assert spelling.grouped("+441632960017") == "+441632960017"


def test_people_get_day_hour_and_zone(monkeypatch):
    """A time for people is that of their clock, and says which clock that is."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        assert spelling.local_time(1795256163) == "2026-11-21 10:16 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "less than a second"), (1, "1 s"), (90, "1 min"), (7200, "2 hours"), (86_400, "1 day")],
)
def test_a_duration_has_one_unit(seconds, text):
    """A duration is told in the largest unit that fits."""
    assert text == spelling.duration(seconds)


def test_plurals_are_english():
    """Counts agree with their noun."""
    assert spelling.counted(2, "entry") == "2 entries"
    assert spelling.counted(1, "entry") == "1 entry"
