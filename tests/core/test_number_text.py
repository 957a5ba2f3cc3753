"""The digits of one number, and the texts that are not one number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.number_text import read_digits
from enumd.errors import (
    DecimalNumber,
    ForeignCharacter,
    ImpossibleNumber,
    NotInternational,
    NotOneNumber,
    NumberError,
    NumberTooLong,
)

ONE = {
    "+49 30 1234-56": "4930123456",
    "+49 40/123457": "4940123457",
    "+49 40/12345-67": "49401234567",
    "+43 1/234567": "431234567",
    "+44.1632960043": "441632960043",
    "+1.2025550143": "12025550143",
    "+33.1.44.00.00.00": "33144000000",
    "+44 (1632) 960.043": "441632960043",
    "+39 (06) 8012345": "39068012345",
    "+44\u00a01632\u202f960043": "441632960043",
    "+44\u20131632\u2013960043": "441632960043",
    "+44 1632 900-999": "441632900999",
    "+441632-960043": "441632960043",
    "+883 5100 01234567": "883510001234567",
    "+0424 0001": "04240001",
    "+9999-213": "9999213",
    "+44 07700 900043": "4407700900043",
    "+4416329600430": "4416329600430",
    "+22586230643": "22586230643",
    "+1": "1",
    "+441632960043-": "441632960043",
    " tel:+44-1632-960043 ": "441632960043",
}

NOT_ONE = [
    ("+441632960043.0", DecimalNumber, ".0"),
    ("+441632960043.00", DecimalNumber, ".00"),
    ("+441632960043.5", DecimalNumber, ".5"),
    ("+44 1632 960043.0", DecimalNumber, ".0"),
    ("+44.1632.960043.0", DecimalNumber, ".0"),
    ("+441632960043,0", DecimalNumber, ",0"),
    ("+441632960400-499", NotOneNumber, "499"),
    ("+44 1632 960400-499", NotOneNumber, "499"),
    ("+44 1632 960400 \u2013 499", NotOneNumber, "499"),
    ("+44 1632 960043-9", NotOneNumber, "9"),
    ("+44 1632 960043-1", NotOneNumber, "1"),
    ("+441632960400-441632960499", NotOneNumber, "441632960499"),
    ("+44 1632 960400 - 44 1632 960499", NotOneNumber, "44 1632 960499"),
    ("+441632960400-+441632960499", NotOneNumber, "+441632960499"),
    ("+441632960043,441632960044", NotOneNumber, "441632960044"),
    ("+441632960043/44", NotOneNumber, "44"),
    ("+441632960043/441632960044", NotOneNumber, "441632960044"),
    ("+49 40/123457/8", NotOneNumber, "8"),
    ("+49 40/12", NotOneNumber, "12"),
    ("+49 30 123400-99", NotOneNumber, "99"),
    ("+49301234-56", NotOneNumber, "56"),
    ("+04240001-2", NotOneNumber, "2"),
    ("+1 202 555 0143 45", NotOneNumber, "45"),
    ("+44 1632 960043 12", NotOneNumber, "12"),
    ("+44 1632 960043 x12", ForeignCharacter, "x12"),
    ("+44 1632 960043 ext. 12", ForeignCharacter, "ext. 12"),
    ("+44 1632 960043#12", ForeignCharacter, "#12"),
    ("+44 (0) 1632 960043", ForeignCharacter, "(0)"),
    ("+44 (01632) 960043", ForeignCharacter, "(0"),
    ("\u202a+441632960043\u202c", ForeignCharacter, "\u202a"),
    ("+44\u200b1632960043", ForeignCharacter, "\u200b"),
    ("\uff0b441632960043", ForeignCharacter, "\uff0b"),
    ("+\uff14\uff141632960043", ForeignCharacter, "\uff14"),
    ("'+441632960043", ForeignCharacter, "'"),
    ('="+441632960043"', ForeignCharacter, "="),
    ("+44 163", ImpossibleNumber, "44 163"),
    ("+225 86230643", ImpossibleNumber, "225 86230643"),
]


@pytest.mark.parametrize("text", ONE)
def test_one_number_is_read(text):
    """Separators, an area code before a slash and a German extension are part of one number."""
    assert read_digits(text, 15) == ONE[text]


@pytest.mark.parametrize(("text", "error", "marked"), NOT_ONE)
def test_what_is_not_one_number_is_refused_with_what_to_write(text, error, marked):
    """The place is marked, and every number the advice tells people to write is taken."""
    with pytest.raises(error) as caught:
        read_digits(text, 15)

    assert text[caught.value.start : caught.value.end] == marked
    advised = re.findall(r"\+[0-9]+", caught.value.advice)
    assert advised
    for number in advised:
        assert "+" + read_digits(number, 15) == number


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NotInternational),
        ("01632 960043", NotInternational),
        ("'01632 960043", NotInternational),
        ("+", NumberError),
        ("+-.", NumberError),
        ("+ ext 5", ForeignCharacter),
        ("+,5", DecimalNumber),
        ("++44", NotOneNumber),
        ("+44 16E2 960043", ForeignCharacter),
        ("+44,x", ForeignCharacter),
        ("+\u0664\u06641632", ForeignCharacter),
        ("+44 1632 960043 000 000", NumberTooLong),
        ("+44 1632-960-0430-000000", NotOneNumber),
        ("+999-99-9999999999999", NumberTooLong),
        ("+49-3-0-123456789012345", NumberTooLong),
    ],
)
def test_what_is_no_number_is_refused(text, error):
    """What has no plus, no digits, or something else among them is no number."""
    with pytest.raises(NumberError) as caught:
        read_digits(text, 15)

    assert type(caught.value) is error
    assert caught.value.advice


def test_a_range_that_is_offered_as_a_pool_is_one():
    """For a range the advice names the pool with both of its ends."""
    with pytest.raises(NotOneNumber) as caught:
        read_digits("+441632960400-499", 15)

    assert "enumd pool add NAME +441632960400 +441632960499" in caught.value.advice


@given(st.text("+0123456789-./ ()\u200b,x", max_size=24).map("+4".__add__))
def test_no_digit_is_invented(text):
    """Whatever is taken has the digits of the text, in their order, and nothing is guessed."""
    try:
        digits = read_digits(text, 15)
    except NumberError as error:
        assert 0 <= error.start <= error.end <= len(text)
    else:
        assert digits == "".join(filter(str.isdigit, text))


@given(st.integers(10**9, 10**10 - 1), st.integers(0, 99))
def test_a_decimal_fraction_is_never_taken(national, cents):
    """No number written as a fraction is taken, whatever the plan of its country."""
    for code in ("44", "49", "1", "999"):
        with pytest.raises(NumberError):
            read_digits(f"+{code}{national}.{cents}", 15)
