"""Apexes and owner names."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.number import LONGEST, Number
from enumd.errors import BadOwnerName, NumberOutsideTree

PRIVATE = Apex(parse_name("enum.example.org"), "44")

LABELS = st.text("abcxyz0189-_ é", min_size=1, max_size=12).map(str.encode)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: dns.name.Name((*labels, b"")))
APEXES = st.builds(Apex, NAMES, st.text("0123456789", max_size=5))


class TestParseName:
    @pytest.mark.parametrize("text", ["e164.arpa", "e164.arpa.", "E164.ARPA."])
    def test_is_absolute_whatever_the_final_dot(self, text):
        """The final dot may be left out."""
        assert parse_name(text) == dns.name.from_text("e164.arpa.")

    @pytest.mark.parametrize(
        "text", ["a..b", "a" * 64, ".".join(["a" * 60] * 5), "\\999", "é" * 64]
    )
    def test_refuses_what_is_no_name(self, text):
        """Labels over 63 octets, names over 255, empty labels and bad escapes are refused."""
        with pytest.raises(BadOwnerName) as caught:
            parse_name(text)

        assert caught.value.text == text


class TestWritten:
    """NAME[=DIGITS], as people and configurations write a tree."""

    @pytest.mark.parametrize(
        ("text", "prefix"),
        [
            ("enum.example.org", ""),
            ("enum.example.org=44", "44"),
            ("enum.example.org.=+44", "44"),
            ("enum.example.org=", ""),
            ("e164.arpa", ""),
            ("4.4.E164.ARPA", "44"),
            ("4.4.e164.arpa=1", "1"),
            ("ns.4.e164.arpa", ""),
        ],
    )
    def test_the_digits_are_given_or_in_the_name(self, text, prefix):
        """What is given counts; without, a name of the public tree says it itself."""
        name, given, digits = text.partition("=")

        assert Apex.parse(text) == Apex(parse_name(name), prefix)
        assert Apex.called(name, digits if given else None) == Apex.parse(text)

    @pytest.mark.parametrize("text", ["", ".", "=44", "a..b=44", "enum.example.org=4x"])
    def test_anything_else_is_refused(self, text):
        """No name, the root, no digits."""
        with pytest.raises(BadOwnerName):
            Apex.parse(text)


class TestApex:
    def test_is_a_name_below_the_root(self):
        """The root and relative names are no apexes."""
        for name in (dns.name.root, dns.name.from_text("a", None)):
            with pytest.raises(BadOwnerName):
                Apex(name)

    @pytest.mark.parametrize("prefix", ["+44", "4a", "1" * LONGEST, "٤"])
    def test_stands_for_digits(self, prefix):
        """The prefix is digits, and fewer than a number may have."""
        with pytest.raises(BadOwnerName):
            Apex(parse_name("e164.arpa"), prefix)

    def test_is_shown_in_lower_case(self):
        """One apex has one text."""
        assert str(Apex(parse_name("E164.Arpa"))) == "e164.arpa."

    def test_covers_what_goes_on_from_its_digits(self):
        """A number must begin with the prefix, which is a number of the tree itself."""
        assert PRIVATE.covers(Number("441"))
        assert PRIVATE.covers(Number("44"))
        assert not PRIVATE.covers(Number("4"))
        assert not PRIVATE.covers(Number("4544"))

    def test_a_number_elsewhere_has_no_owner_name(self):
        """A number that does not go on from the prefix is refused."""
        with pytest.raises(NumberOutsideTree, match=r"\+44"):
            PRIVATE.owner_name(Number("4930"))

    def test_no_room_for_the_digits(self):
        """An apex so long that digits no longer fit is refused when they are needed."""
        apex = Apex(dns.name.Name((b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 50, b"")))

        assert apex.owner_name(Number("1"))
        with pytest.raises(BadOwnerName, match="no room"):
            apex.owner_name(Number("1234567"))


class TestNumberAndOwnerName:
    """RFC 6116 section 3.2, both ways."""

    @given(APEXES, st.text("0123456789", min_size=1, max_size=LONGEST - 5))
    def test_one_leads_back_to_the_other(self, apex, rest):
        """Below any apex with any prefix, the owner name of a number is that number's."""
        number = Number(apex.prefix + rest)
        owner = apex.owner_name(number)

        assert apex.number(owner) == number
        assert apex.digits(owner) == rest
        assert owner.is_subdomain(apex.name)
        assert len(owner.labels) == len(rest) + len(apex.name.labels)

    @given(APEXES, st.text("0123456789", min_size=1, max_size=LONGEST - 5))
    def test_case_does_not_matter(self, apex, rest):
        """A question in capitals finds the same number."""
        owner = apex.owner_name(Number(apex.prefix + rest))
        shouted = dns.name.Name(tuple(label.upper() for label in owner.labels))

        assert apex.number(shouted) == Number(apex.prefix + rest)

    @pytest.mark.parametrize(
        ("owner", "digits"),
        [
            ("enum.example.org", ""),
            ("1.enum.example.org", "1"),
            ("*.1.enum.example.org", "1*"),
            ("*.enum.example.org", "*"),
            ("1.*.enum.example.org", None),
            ("12.enum.example.org", None),
            ("**.enum.example.org", None),
            ("a.enum.example.org", None),
            ("1.example.org", None),
            ("\\178.enum.example.org", None),
        ],
    )
    def test_digits_of_any_name(self, owner, digits):
        """Only one-digit labels count, and `*` only leftmost (RFC 4592 section 2.1.1)."""
        assert PRIVATE.digits(parse_name(owner)) == digits

    @pytest.mark.parametrize("owner", ["*.1.enum.example.org", "example.org"])
    def test_names_of_no_number(self, owner):
        """A wildcard and a name elsewhere belong to no number."""
        assert PRIVATE.number(parse_name(owner)) is None

    def test_the_apex_is_the_number_it_stands_for(self):
        """A zone may be one number; one that stands for no digits is none."""
        assert PRIVATE.number(PRIVATE.name) == Number("44")
        assert PRIVATE.owner_name(Number("44")) == PRIVATE.name
        assert Apex.called("enum.example.org").number(PRIVATE.name) is None

    def test_too_many_digits_are_no_number(self):
        """A name of more labels than a number has digits is not the name of one."""
        owner = parse_name("1." * LONGEST + "enum.example.org")

        assert PRIVATE.number(owner) is None
