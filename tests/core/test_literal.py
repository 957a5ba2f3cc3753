"""The literal form of a substitution expression."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.literal import OPENING_PATTERN, URI_OCTETS, read_literal, write_literal
from enumd.core.substitution import Substitution

URIS = st.from_regex(r"[a-z]{1,9}:[!-~]{1,40}", fullmatch=True).filter(
    lambda uri: not {"!", "\\"} & set(uri)
)


@given(URIS)
def test_what_is_written_is_read_and_means_itself(uri):
    """It is the URI, for any number, as the general rules have it too."""
    octets = write_literal(uri).encode()

    assert read_literal(octets) == read_literal(octets + b"i") == uri
    assert Substitution.parse(octets).apply("+441632960017") == uri
    assert octets.startswith(b"!^.*$!")


@pytest.mark.parametrize(
    "regexp",
    [b"", b"!^.*$!!", b"!^.*$!sip:\\1@h!", b"!^(.*)$!sip:a@h!", b"/^.*$/sip:a@h/", b"!^.*$!a!b!"],
)
def test_other_forms_are_not_taken_for_it(regexp):
    """They are read by the general rules."""
    assert read_literal(regexp) is None


def test_the_longest_uri_fills_one_string():
    """RFC 1035 section 3.3."""
    assert len(write_literal("x" * URI_OCTETS)) == 255
    assert OPENING_PATTERN.replace(b"\\", b"") == b"!^.*$!"
