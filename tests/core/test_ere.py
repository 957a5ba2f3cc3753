"""POSIX extended regular expressions that every engine reads in the same way."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.ere import read
from enumd.errors import BadSubstitution

PIECES = [
    *".+*?^$()|[]-{},:=_&4a",
    "[4-6]", "[^4]", "[[:digit:]]", "[a-]", "[]a]", "[^]a-]", "[+-]", "[\\+]", "[a-c-]",
    "[[:alpha:]-]", "[[]", "[a[]", "[a-z[]", "[-a]", "[--]", "[^^]", "[a\\]", "[[:", "[[.",
    "[[=a=]]", "[]", "[^]", "{2}", "{1,3}", "{0}", "{2,}", "{,3}", "{3,1}", "{256}", "\\d",
    "\\.", "\\\\", "\\1", "\\+", "\\<", "\\'",
    "(4)", "(44)", "(.*)", "(?:", "(?i)", "**", "()", "é", "\\pN",
]  # fmt: skip
EXPRESSIONS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)


def regcomp(text):
    """Return what libc says of an extended expression: 0 when it takes it."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "regcomp"):
        pytest.skip("libc has no regcomp")
    regex = ctypes.create_string_buffer(512)
    done = libc.regcomp(regex, text.encode(), 1)
    if done == 0:
        libc.regfree(regex)
    return done


class TestRead:
    @given(EXPRESSIONS)
    def test_libc_takes_what_is_taken(self, text):
        """regcomp compiles every expression that is taken here."""
        try:
            read(text)
        except BadSubstitution as error:
            assert 0 <= error.start < error.end <= len(text) + 1
        else:
            assert regcomp(text) == 0

    @pytest.mark.parametrize(
        ("text", "groups", "anchored", "ambiguous"),
        [
            ("^.*$", 0, True, False),
            ("^(.*)$", 1, True, False),
            (r"^\+44(.*)$", 1, True, False),
            ("^(4(5)(6))$", 3, True, False),
            ("^4|5$", 0, False, True),
            ("^(4|5)$", 1, True, True),
            ("^(4)+$", 1, True, True),
            ("^(4)4+$", 1, True, False),
            (".*", 0, False, False),
            ("^4", 0, False, False),
            ("4$", 0, False, False),
            ("$4^", 0, False, False),
            (r"^4\$", 0, False, False),
            ("^", 0, False, False),
        ],
    )
    def test_knows_about_an_expression(self, text, groups, anchored, ambiguous):
        """Groups are counted; anchors at both ends and ambiguity are seen."""
        found = read(text)

        assert (found.groups, found.anchored, found.ambiguous) == (groups, anchored, ambiguous)
        assert found.pattern == text

    @pytest.mark.parametrize(
        ("text", "pattern"),
        [
            (r"[\+]4", r"[\\+]4"),
            (r"[^\]4", r"[^\\]4"),
            (r"\+[\\]", r"\+[\\\\]"),
            (r"[+-\]", r"[+-\\]"),
        ],
    )
    def test_a_backslash_in_brackets_is_itself(self, text, pattern):
        """POSIX has no escapes between brackets; RE2 has, so it is told."""
        assert read(text).pattern == pattern

    @pytest.mark.parametrize(
        "text",
        [
            "[]]",
            "[^]]",
            "[]-]",
            "[a-]",
            "[-a]",
            "[[:digit:]a-f]",
            "[[]",
            "a]",
            "a}",
            "a{0}",
            "a{2,}",
            "a{0,255}",
            r"\{",
            "(^4$)",
        ],
    )
    def test_takes_what_posix_defines(self, text):
        """Odd but defined: brackets in brackets, bounds at the limits, loose closing brackets."""
        assert read(text)
        assert regcomp(text) == 0

    @pytest.mark.parametrize(
        ("text", "start", "why"),
        [
            ("", 0, "nothing to match"),
            ("^+44", 1, r"a literal \+ is written \\\+"),
            ("*", 0, "repeat"),
            ("(?i)4", 1, "repeat"),
            ("4**", 2, "repeat"),
            ("4{2}{3}", 4, "repeat"),
            ("4|*", 2, "repeat"),
            ("4{,3}", 1, "bound"),
            ("4{x}", 1, "bound"),
            ("{", 0, "bound"),
            ("4{3,2}", 1, "low to high"),
            ("4{256}", 1, "255"),
            ("4{1,999}", 1, "255"),
            ("()", 1, "nothing to match"),
            ("(|4)", 1, "nothing to match"),
            ("4||5", 2, "nothing to match"),
            ("4|", 2, "nothing to match"),
            ("(4", 0, "not closed"),
            ("4)", 1, "no group"),
            ("[4", 0, "bracket"),
            ("[]", 0, "bracket"),
            ("[[.a.]]", 0, "bracket"),
            ("[[=a=]]", 0, "bracket"),
            ("[[:nope:]]", 0, "bracket"),
            ("[a-c-]", 0, "bracket"),
            ("[a-c-e]", 0, "bracket"),
            ("[6-4]", 1, "backwards"),
            ("[^a6-4]", 3, "backwards"),
            ("[]z-a]", 2, "backwards"),
            (r"\d", 0, "punctuation"),
            (r"4\w", 1, "punctuation"),
            (r"(4)\1", 3, "punctuation"),
            (r"\<4", 0, "punctuation"),
            (r"\'", 0, "punctuation"),
            (r"\pN", 0, "punctuation"),
            ("\\", 0, "punctuation"),
        ],
    )
    def test_refuses_what_engines_read_in_their_own_ways(self, text, start, why):
        """What POSIX leaves undefined, or an engine extends, is refused where it stands."""
        with pytest.raises(BadSubstitution, match=why) as caught:
            read(text)

        assert caught.value.start == start
