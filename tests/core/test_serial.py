"""Serials (RFC 1982)."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.serial import Serial

VALUES = st.integers(0, (1 << 32) - 1) | st.sampled_from(
    [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1]
)
SERIALS = VALUES.map(Serial)


class TestSerial:
    """RFC 1982 section 3, SERIAL_BITS = 32."""

    @given(SERIALS, SERIALS)
    def test_order_is_antisymmetric(self, one, other):
        """Of two serials at most one is newer; neither is when they are equal or 2**31 apart."""
        neither = (one.value - other.value) % (1 << 32) in (0, 1 << 31)

        assert one.newer_than(other) + other.newer_than(one) == (0 if neither else 1)

    @given(SERIALS, st.integers(1, (1 << 31) - 1))
    def test_adding_makes_it_newer(self, serial, steps):
        """Any addition the RFC defines, up to 2**31 - 1, gives a newer serial."""
        assert Serial((serial.value + steps) % (1 << 32)).newer_than(serial)

    @given(SERIALS)
    def test_the_next_is_newer_and_never_zero(self, serial):
        """The serial after one is newer; 0 is passed over."""
        assert serial.next().newer_than(serial)
        assert serial.next().value != 0

    def test_wraps_around(self):
        """After 2**32 - 1 comes 1."""
        assert Serial((1 << 32) - 1).next() == Serial(1)

    @pytest.mark.parametrize("value", [-1, 1 << 32])
    def test_fits_32_bits(self, value):
        """What does not fit the field is refused."""
        with pytest.raises(ValueError, match="32 bits"):
            Serial(value)

    def test_has_no_less_than(self):
        """There is no total order, so there is no `<`."""
        with pytest.raises(TypeError):
            operator.lt(Serial(1), Serial(2))

    def test_is_written_in_decimal(self):
        """The text is the decimal value, as in a master file."""
        assert str(Serial(2025112203)) == "2025112203"
