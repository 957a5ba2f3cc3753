"""How long what is published holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.validity import is_valid

SECONDS = st.integers(1, (1 << 32) - 1)


@pytest.mark.parametrize("no_end", [None, 0])
@given(now_s=SECONDS)
def test_what_has_no_end_always_holds(no_end, now_s):
    """None, as the registry has it, and 0, as the index writes it, mean the same."""
    assert is_valid(no_end, now_s)


@given(SECONDS)
def test_not_after_is_the_first_second_without_it(not_after_s):
    """The second before still counts whole, up to its very end."""
    assert is_valid(not_after_s, not_after_s - 1)
    assert is_valid(not_after_s, not_after_s - 0.001)
    assert not is_valid(not_after_s, not_after_s)
    assert not is_valid(not_after_s, not_after_s + 1)
