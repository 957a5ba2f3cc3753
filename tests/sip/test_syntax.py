"""The grammar that header fields share."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.sip.syntax import PARAMETERS, first_element, parameters, split_list, unquote

ELEMENTS = st.one_of(
    st.from_regex(rb"[a-z0-9.:@]{1,8}", fullmatch=True),
    st.from_regex(rb'"(?:[a-z,<> ]|\\["\\])*"', fullmatch=True),
    st.from_regex(rb"<[a-z,; ]*>", fullmatch=True),
)


@given(st.lists(ELEMENTS, min_size=1, max_size=5))
def test_the_first_element_is_that_of_the_list(elements):
    """Whatever follows."""
    value = b" , ".join(elements)

    assert first_element(value) == split_list(value)[0]


class TestSplitList:
    """RFC 3261 section 7.3.1."""

    @pytest.mark.parametrize(
        ("value", "elements"),
        [
            (b"a", [b"a"]),
            (b"a, b ,c", [b"a", b"b", b"c"]),
            (b'"x, y" <sip:a,b@h>, <sip:c@h>', [b'"x, y" <sip:a,b@h>', b"<sip:c@h>"]),
            (b'"a\\", b", c', [b'"a\\", b"', b"c"]),
            (b'"never closed, b', [b'"never closed, b']),
            (b"<never closed, b", [b"<never closed, b"]),
            (b"<a<b,c>, d", [b"<a<b,c>", b"d"]),
            (b",", [b"", b""]),
            (b'"a",', [b'"a"', b""]),
        ],
    )
    def test_commas_separate_outside_of_quotes_and_brackets(self, value, elements):
        """What never closes takes the rest."""
        assert elements == split_list(value)

    @given(st.lists(ELEMENTS, min_size=1, max_size=6))
    def test_a_joined_list_splits_into_what_was_joined(self, elements):
        """Splitting undoes joining."""
        assert elements == split_list(b", ".join(elements))

    @given(st.binary(max_size=80))
    def test_any_octets_split_without_loss(self, value):
        """Whatever it is, only commas and white space around them are gone."""
        assert (
            value.replace(b",", b"").split()
            == b"".join(element + b" " for element in split_list(value)).replace(b",", b"").split()
            or b"," in value
        )

    def test_what_is_hostile_takes_no_longer(self):
        """A datagram of escaped quotes is split in milliseconds, not minutes."""
        began = time.perf_counter()
        for hostile in (b'\\"' * 32_000 + b",", b"<" * 65_000 + b",", b'"' * 65_001 + b","):
            split_list(hostile)

        assert time.perf_counter() - began < 2


class TestParameters:
    @pytest.mark.parametrize(
        ("text", "pairs"),
        [
            (b"", []),
            (b";lr", [(b"lr", None)]),
            (b';Tag=x ; b = "y;z\\""', [(b"tag", b"x"), (b"b", b'"y;z\\""')]),
            (b";received=2001:db8::9:255", [(b"received", b"2001:db8::9:255")]),
            (b";received=[2001:db8::9:255]", [(b"received", b"[2001:db8::9:255]")]),
            (b"\r\n ;\r\n\ttag\r\n =\r\n x", [(b"tag", b"x")]),
        ],
    )
    def test_names_are_lower_case_and_values_as_they_came(self, text, pairs):
        """White space and folding around the marks mean nothing."""
        assert re.fullmatch(PARAMETERS, text, re.DOTALL)
        assert pairs == list(parameters(text))

    @pytest.mark.parametrize("text", [b";", b";;a", b";a=;b", b";a=<x>", b';a="x', b"a=b"])
    def test_what_is_no_list_of_parameters_does_not_match(self, text):
        """Extraneous separators and open quotes are no parameters."""
        assert not re.fullmatch(PARAMETERS, text, re.DOTALL)


@pytest.mark.parametrize(
    ("value", "says"),
    [(b"token", b"token"), (b'""', b""), (b'"a b"', b"a b"), (b'"\\"\\\\\\\0"', b'"\\\0')],
)
def test_a_quoted_string_says_what_is_in_it(value, says):
    """Quotes go, and so does the backslash of each quoted pair."""
    assert says == unquote(value)
