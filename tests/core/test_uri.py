"""URIs as records carry them."""

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enumd.core.uri import LONG_OCTETS, MAX_OCTETS, Uri
from enumd.errors import BadUri

# RFC 3986 appendix B and section 2, written down independently of our patterns.
_SAFE = re.compile(r"[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9._~:/?\[\]@$&()*+,;=-]|%[0-9A-Fa-f]{2})+")

PIECES = [
    *"ab1:@/?;=[]%!# '\"<>\\é", "sip:", "tel:", "https://", "%41", "+44", "example.net",
    "[2001:db8::1]", "matrix:u/", ";ext=1", "..", "x:",
]  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)

PRINTABLE = st.text(string.printable, max_size=40) | FRAGMENTS


class TestUri:
    @given(PRINTABLE)
    @example("sip:ada@example.net")
    @example("sip:ada@@example.net")
    def test_nothing_unsafe_gets_through(self, text):
        """Whatever is taken is a safe absolute URI of at most 248 octets, and reads back."""
        try:
            uri = Uri.parse(text)
        except BadUri as error:
            assert 0 <= error.start <= len(text)
            assert error.why
            return

        assert _SAFE.fullmatch(uri.text)
        assert len(uri.text) <= MAX_OCTETS
        assert Uri(str(uri)) == uri
        assert uri.scheme == uri.text.split(":")[0]

    def test_the_scheme_is_in_lower_case(self):
        """FreeSWITCH and liblinphone look for `sip:`, so that is how it is kept."""
        assert Uri.parse("SIP:Ada@example.net").text == "sip:Ada@example.net"
        with pytest.raises(BadUri, match="lower case"):
            Uri("SIP:ada@example.net")

    def test_long_is_what_asterisk_cuts(self):
        """Over 127 octets a widespread client cuts the URI."""
        stem = "sip:@example.net"
        short, long = LONG_OCTETS - len(stem), LONG_OCTETS + 1 - len(stem)

        assert not Uri.parse(f"sip:{'a' * short}@example.net").long
        assert Uri.parse(f"sip:{'a' * long}@example.net").long

    def test_248_octets_are_the_limit(self):
        """One more than fits a character-string is refused, marked where the room ends."""
        stem = "sip:@example.net"
        assert Uri.parse(f"sip:{'a' * (MAX_OCTETS - len(stem))}@example.net")

        with pytest.raises(BadUri) as caught:
            Uri.parse(f"sip:{'a' * (MAX_OCTETS + 1 - len(stem))}@example.net")

        assert (caught.value.start, caught.value.end) == (248, 249)

    @pytest.mark.parametrize(
        ("text", "start", "end", "why"),
        [
            ("", 0, 0, "nothing"),
            ("ada@example.net", 0, 15, "no scheme"),
            ("sip:a b@h", 5, 6, "%20"),
            ("sip:a!b@h", 5, 6, "%21"),
            ("sip:a'b@h", 5, 6, "%27"),
            ('sip:a"b@h', 5, 6, "%22"),
            ("sip:a\\b@h", 5, 6, "%5C"),
            ("sip:a\nb@h", 5, 6, "%0A"),
            ("sip:<a@h>", 4, 5, "%3C"),
            ("sip:ü@h", 4, 5, "%C3%BC"),
            ("sip:a%4@h", 5, 6, "hexadecimal"),
            ("https://matrix.to/#/@a:b", 18, 19, "fragment"),
            ("sip:ada@@example.net", 8, 9, "column 9"),
            ("sip:ada@exa_mple", 8, 16, "host"),
            ("sip:ada@h:99999", 8, 15, "host"),
            ("sip:ada@[::x]", 8, 13, "host"),
            ("sip:ada@[1:::2]", 8, 15, "host"),
            ("sip:", 4, 4, "host"),
            ("https://", 8, 8, "host"),
            ("tel:123", 4, 7, "phone-context"),
            ("sip:ada@h;;x", 4, 12, "form"),
            ("mailto:ada", 7, 10, "mailto:name@domain"),
            ("http://a@h/", 5, 11, "form"),
            ("x:", 2, 2, "RFC 3986"),
        ],
    )
    def test_marks_what_is_wrong(self, text, start, end, why):
        """The error says why, and marks the place."""
        with pytest.raises(BadUri, match=re.escape(why)) as caught:
            Uri.parse(text)

        assert (caught.value.start, caught.value.end) == (start, end)


class TestNormalised:
    @pytest.mark.parametrize(
        ("text", "uri", "notes"),
        [
            ("sip:a@h.example", "sip:a@h.example", 0),
            (" SIP:a@h.example\n", "sip:a@h.example", 1),
            ("sip:a!b c@h.example", "sip:a%21b%20c@h.example", 2),
            (" tel:+44 1632 960017", "tel:+441632960017", 2),
            ("sip:!!@h.example", "sip:%21%21@h.example", 1),
            ("sip:ü@h.example", "sip:%C3%BC@h.example", 1),
            ("https://h.example/100%", "https://h.example/100%25", 1),
            ("https://h.example/%41{x}|^`'\"<>\\", None, 10),
        ],
    )
    def test_encodes_what_can_be_and_says_so(self, text, uri, notes):
        """Each kind of change has a note of its own."""
        normalised = Uri.normalised(text)

        assert uri is None or normalised.uri.text == uri
        assert len(normalised.notes) == notes

    @pytest.mark.parametrize(
        "text", ["sip:a\0b@h.example", "sip:a@h.example#x", "ada", "sip:a@ü.example"]
    )
    def test_leaves_what_would_change_the_meaning(self, text):
        """Control characters, fragments, a missing scheme and foreign hosts stay refused."""
        with pytest.raises(BadUri):
            Uri.normalised(text)

    @given(st.text(max_size=30))
    def test_what_it_gives_is_a_uri(self, text):
        """Any user part comes through, but for control characters, and needs no second pass."""
        try:
            uri, _ = Uri.normalised(f"sip:{text}@example.net")
        except BadUri:
            return

        assert Uri.parse(uri.text) == uri
        assert Uri.normalised(uri.text) == (uri, ())

    @given(
        st.text(
            st.characters(exclude_categories=("C",), exclude_characters="#@[]:/"),
            min_size=1,
            max_size=10,
        )
    )
    def test_any_printable_user_part_can_be_written(self, text):
        """A name in any script can be reached once it is encoded."""
        assert Uri.normalised(f"sip:{text}x@example.net").uri.scheme == "sip"
