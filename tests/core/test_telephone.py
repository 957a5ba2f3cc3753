"""Telephone subscribers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.number import Number
from enumd.core.telephone import Subscriber, canonical_context
from enumd.core.uri import Uri
from enumd.errors import BadUri, NotInternational, NumberTooLong

PNAMES = st.from_regex(r"[a-l][a-z0-9-]{0,5}", fullmatch=True)
PVALUES = st.from_regex(r"(?:[a-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-F]{2}){1,6}", fullmatch=True)
SUBSCRIBERS = st.builds(
    lambda digits, pairs: ";".join([digits, *(f"{n}={v}" for n, v in pairs.items())]),
    st.from_regex(r"\+[0-9]{1,15}|[0-9a-f*#]{1,10}", fullmatch=True),
    st.dictionaries(PNAMES, PVALUES, max_size=4),
)


class TestParsing:
    """RFC 3966 section 3."""

    @pytest.mark.parametrize(
        ("text", "canonical"),
        [
            ("+44-1632-960017", "+441632960017"),
            ("+44(1632)960.017", "+441632960017"),
            ("%2B441632960017", "+441632960017"),
            ("7042;phone-context=Example.COM", "7042;phone-context=example.com"),
            ("7042;phone-context=+44-1632", "7042;phone-context=+441632"),
            ("*21#", "*21#"),
            ("00AB", "00ab"),
            ("+358555;tsp=a.b;phone-context=5", "+358555;phone-context=5;tsp=a.b"),
            ("+358555;postd=PP22;ISUB=1411", "+358555;isub=1411;postd=pp22"),
            ("+1555;ext=12-34;npdi;rn=+1-404", "+1555;ext=1234;npdi;rn=+1404"),
            ("+1555;Foo=BAR", "+1555;foo=BAR"),
        ],
    )
    def test_the_canonical_text_is_the_same_for_equivalent_ones(self, text, canonical):
        """Separators go, parameters get their order, case goes where it means nothing."""
        assert canonical == str(Subscriber.parse(text))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "+",
            "zoe",
            "+44a",
            "+44;",
            "+44;=1",
            "+44;a=b=",
            "+44;a=%zz",
            "+44;npdi;npdi",
            "+44;rn=-",
            "+44;m-new=1",
            "+44 1632",
            "+44;a=b@c",
            "١٢٣",
        ],
    )
    def test_anything_else_is_refused(self, text):
        """No digits, a broken or repeated parameter, an unknown mandatory one (5.4): refused."""
        with pytest.raises(BadUri):
            Subscriber.parse(text)

    def test_the_broken_parameter_is_marked(self):
        """The error knows where the parameter stands."""
        with pytest.raises(BadUri) as caught:
            Subscriber.parse("+44;ok;a=%zz")

        assert (caught.value.start, caught.value.end) == (6, 12)

    @given(SUBSCRIBERS)
    def test_the_canonical_text_parses_to_the_same(self, text):
        """Parsing what was written gives the same subscriber."""
        subscriber = Subscriber.parse(text)

        assert subscriber == Subscriber.parse(str(subscriber))


class TestNumber:
    def test_a_global_number_is_a_number(self):
        """The digits after the plus are the E.164 number."""
        assert Number("441632960017") == Subscriber("+441632960017").number()

    def test_a_local_number_is_none(self):
        """Local digits are no E.164 number, whatever they look like."""
        with pytest.raises(NotInternational):
            Subscriber("441632960017").number()

    def test_too_many_digits_are_refused(self):
        """The limit is the caller's."""
        with pytest.raises(NumberTooLong):
            Subscriber("+1234567890123456").number()

        assert Number("1234567890123456") == Subscriber("+1234567890123456").number(16)


class TestTelUri:
    """RFC 3966, as records of ENUM have it."""

    @pytest.mark.parametrize(
        ("text", "canonical"),
        [
            ("tel:+44-1632-960017", "+441632960017"),
            ("tel:+(44)1632.960017;ext=1", "+441632960017;ext=1"),
            ("tel:7042;phone-context=example.com", "7042;phone-context=example.com"),
            ("tel:+44;a=[::1]", "+44;a=[::1]"),
        ],
    )
    def test_it_is_taken_apart(self, text, canonical):
        """The scheme taken away, the rest as anywhere."""
        assert str(Subscriber.of(Uri.parse(text))) == canonical

    @pytest.mark.parametrize("text", ["sip:+44@h.example;user=phone", "tel:+44;m-new=1"])
    def test_what_is_none_or_not_to_be_used_is_not(self, text):
        """Another scheme, a mandatory parameter that nobody knows."""
        assert Subscriber.of(Uri(text)) is None

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("tel:+44-1632-960017;npdi", True),
            ("tel:+441632960018", False),
            ("tel:441632960017;phone-context=+1", False),
            ("tel:+" + "1" * 40, False),
        ],
    )
    def test_it_is_a_number_or_another(self, text, same):
        """Separators and parameters do not count; a local number is none."""
        assert Subscriber.of(Uri(text)).is_number(Number("441632960017")) is same


class TestDipped:
    """RFC 4759 section 4.2, in the order of RFC 3966 section 3."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("+44", "+44;enumdi"),
            ("+44;enumdi", "+44;enumdi"),
            ("+44;ext=1;npdi", "+44;ext=1;enumdi;npdi"),
            ("+44;isub=1;a", "+44;isub=1;a;enumdi"),
            ("7;phone-context=+1;z", "7;phone-context=+1;enumdi;z"),
        ],
    )
    def test_enumdi_takes_its_place(self, before, after):
        """isub, ext and phone-context come first, all others by name; it is set once."""
        assert str(Subscriber.parse(before).dipped()) == after

    def test_it_is_known_in_any_case(self):
        """And it is a parameter, not a value."""
        assert Subscriber.parse("+44;ENUMDI").enum_dipped
        assert not Subscriber.parse("+44;x=enumdi").enum_dipped
        assert not Subscriber.parse("+44").enum_dipped


class TestParameters:
    """RFC 4694 and RFC 4904."""

    def test_portability_parameters_are_read(self):
        """`npdi`, `rn` and `cic` come without separators."""
        subscriber = Subscriber.parse("+1-202;npdi;rn=+1-404-555;cic=+1-6789")

        assert subscriber.ported
        assert (subscriber.routing_number, subscriber.carrier) == ("+1404555", "+16789")

    def test_without_them_there_is_nothing(self):
        """Absent parameters are None, and nothing was ported."""
        subscriber = Subscriber("+1202")

        assert not subscriber.ported
        assert (subscriber.routing_number, subscriber.carrier) == (None, None)
        assert subscriber.get("npdi") is None

    @pytest.mark.parametrize(
        ("written", "context"),
        [("+44-(16).32", "+441632"), ("My-PBX.Example.COM", "my-pbx.example.com"), ("", "")],
    )
    def test_a_context_is_compared_without_case_and_separators(self, written, context):
        """Separators go from a prefix alone: in a domain they are part of the name."""
        assert canonical_context(written) == context

    def test_missing_ones_are_added_in_their_place(self):
        """What is there already stays as it is."""
        subscriber = Subscriber.parse("+1202;npdi;rn=+1404")
        added = subscriber.with_missing((("isub", "9"), ("rn", "+1999")))

        assert str(added) == "+1202;isub=9;npdi;rn=+1404"

    def test_the_user_part_escapes_what_a_sip_uri_does_not_take(self):
        """Brackets, colons and # are escaped (RFC 3261 section 19.1.2)."""
        assert Subscriber.parse("*21#;a=[1:2]").user == "*21%23;a=%5b1%3a2%5d"
