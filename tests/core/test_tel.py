"""tel URIs taken apart."""

import pytest

from enumd.core.number import Number
from enumd.core.tel import Tel
from enumd.core.uri import Uri
from enumd.errors import BadUri


def tel(text):
    """Return a tel URI taken apart."""
    return Tel.of(Uri.parse(text))


class TestTel:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("tel:+44-1632-960017", Number("441632960017")),
            ("tel:+(44)1632.960017;ext=1", Number("441632960017")),
            ("tel:7042;phone-context=example.com", None),
            ("tel:+" + "1" * 33, None),
        ],
    )
    def test_a_global_one_has_a_number(self, text, number):
        """Separators do not count; local and overlong ones are no E.164 number."""
        assert tel(text).number == number

    def test_other_schemes_are_none(self):
        """A sip URI is no tel URI, whatever it holds."""
        assert tel("sip:+44@h.example;user=phone") is None

    @pytest.mark.parametrize(
        "text",
        [
            "tel:+44",
            "tel:+44;ext=1;a=b;npdi",
            "tel:7042;phone-context=example.com",
            "tel:+44;a=[::1]",
        ],
    )
    def test_is_written_as_it_was_read(self, text):
        """Taking it apart loses nothing."""
        assert tel(text).uri().text == text

    def test_knows_which_look_ups_were_made(self):
        """`enumdi` and `npdi` are found in any case (RFC 4759, RFC 4694)."""
        assert tel("tel:+44;ENUMDI").enum_dipped
        assert tel("tel:+44;npdi;rn=+1").ported_dipped
        assert not tel("tel:+44;x=enumdi").enum_dipped
        assert not tel("tel:+44").ported_dipped


class TestDipped:
    """RFC 4759 section 4.2, in the order of RFC 3966 section 3."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("tel:+44", "tel:+44;enumdi"),
            ("tel:+44;enumdi", "tel:+44;enumdi"),
            ("tel:+44;ext=1;npdi", "tel:+44;ext=1;enumdi;npdi"),
            ("tel:+44;isub=1;a", "tel:+44;isub=1;a;enumdi"),
            ("tel:7;phone-context=+1;z", "tel:7;phone-context=+1;enumdi;z"),
        ],
    )
    def test_enumdi_takes_its_place(self, before, after):
        """isub, ext and phone-context come first, all others by name; it is set once."""
        assert tel(before).dipped().uri().text == after

    def test_may_grow_too_long(self):
        """Where it no longer fits, that is said."""
        long = tel("tel:+44;a=" + "b" * 238)

        with pytest.raises(BadUri):
            long.dipped().uri()
