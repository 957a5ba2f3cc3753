"""Substitution expressions."""

import ctypes
import shutil
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.core.ere import read
from enumd.core.substitution import MAX_RESULT_OCTETS, Substitution
from enumd.errors import BadSubstitution

AUS = "+441632960017"

ATOMS = [
    "4",
    "[0-9]",
    "[[:digit:]]",
    ".",
    r"\+",
    "[+]",
    "(4)",
    "(.*)",
    "([0-9]+)",
    "(4|44)",
    "^",
    "$",
    "[^4]",
]
REPEATS = ["", "", "", "*", "+", "?", "{2}", "{0,3}", "{1,}"]
ERES = st.lists(
    st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)).map("".join), min_size=1, max_size=6
).map("".join)
ANY_TEXT = st.text("!/#i4^.*$()[]{}+\\1209|abc", max_size=24)


class _Match(ctypes.Structure):
    """regmatch_t of <regex.h>."""

    _fields_ = (("start", ctypes.c_int), ("end", ctypes.c_int))


def posix(ere, text, groups):
    """Return the groups libc finds, group 0 first, or None."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "regcomp"):
        pytest.skip("libc has no regcomp")
    regex = ctypes.create_string_buffer(512)
    assert libc.regcomp(regex, ere.encode(), 1) == 0
    matches = (_Match * (groups + 1))()
    done = libc.regexec(regex, text.encode(), ctypes.c_size_t(groups + 1), matches, 0)
    libc.regfree(regex)
    return None if done else [text[m.start : m.end] if m.start >= 0 else "" for m in matches]


def taken(ere, repl="sip:a@h"):
    """Return the substitution of an ERE, or None where that is refused."""
    try:
        return Substitution(ere, repl)
    except BadSubstitution:
        return None


class TestParse:
    """RFC 3402 section 3.2."""

    @given(ANY_TEXT)
    def test_what_is_taken_reads_back(self, text):
        """The text of a substitution is the text it came from, flags written once."""
        try:
            substitution = Substitution.parse(text)
        except BadSubstitution as error:
            assert error.text == text
            assert 0 <= error.start <= len(text)
            return

        assert str(substitution).rstrip("i") == text.rstrip("i")
        assert Substitution.parse(str(substitution)) == substitution
        assert Substitution.parse(text.encode()) == substitution

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("!^.*$!sip:a@h!", ("^.*$", "sip:a@h", "!", False)),
            ("/^(.*)$/tel:\\1/i", ("^(.*)$", "tel:\\1", "/", True)),
            ("#4#5#ii", ("4", "5", "#", True)),
            ("!4\\!!a\\!b!", ("4\\!", "a\\!b", "!", False)),
            ("!4!!", ("4", "", "!", False)),
            ("a4a5a", ("4", "5", "a", False)),
        ],
    )
    def test_any_legal_delimiter(self, text, parts):
        """Any delimiter but digits, backslash and i; escaped ones do not delimit; i may follow."""
        found = Substitution.parse(text)

        assert (found.ere, found.repl, found.delimiter, found.ignore_case) == parts

    @pytest.mark.parametrize(
        ("text", "start", "why"),
        [
            ("", 0, "nothing"),
            ("!4!5", 0, "2 bare delimiters"),
            ("!4!5!6!", 0, "4 bare delimiters"),
            ("!4!5\\!", 0, "2 bare delimiters"),
            ("!", 0, "1 bare delimiter"),
            ("24262", 0, "delimiter"),
            ("04060", 0, "delimiter"),
            ("i4i5i", 0, "delimiter"),
            ("I4I5I", 0, "delimiter"),
            ("\\4\\5\\", 0, "bare delimiters"),
            ("!4!5!g", 5, "flag"),
            ("!4!5!I", 5, "flag"),
            ("!4!5!ig", 6, "flag"),
            ("!^+4!5!", 2, "repeat"),
            ("!!5!", 1, "nothing to match"),
            ("!4!\\0!", 3, "backslash"),
            ("!4!a\\x!", 4, "backslash"),
            ("!4!\\\\!", 3, "backslash"),
            ("!4!\\1!", 3, "0 groups"),
            ("!(4)!\\1\\2!", 7, "1 groups"),
            ("!4!\0!", 3, "printable"),
            ("!4!\n!", 3, "printable"),
            ("!é!5!", 1, "printable"),
            ("é4é5é", 0, "printable"),
            ("!((4{99}){99}){99}!5!", 1, "too large"),
        ],
    )
    def test_refuses_with_the_place_marked(self, text, start, why):
        """What BIND, libc or a client could refuse or misread is refused where it stands."""
        with pytest.raises(BadSubstitution, match=why) as caught:
            Substitution.parse(text)

        assert caught.value.start == start

    @given(st.binary(max_size=40))
    def test_any_octets_are_taken_or_refused(self, octets):
        """Whatever another zone's regexp field holds, the answer is defined."""
        try:
            assert str(Substitution.parse(octets)).rstrip("i").encode() == octets.rstrip(b"i")
        except BadSubstitution as error:
            assert error.why

    @pytest.mark.parametrize(
        ("ere", "repl", "delimiter"),
        [
            ("4!", "5", "!"),
            ("4", "5!", "!"),
            ("4!5", "6\\", "!"),
            ("4\\", "5", "!"),
            ("4", "5\\", "!"),
            ("4", "5", "!!"),
            ("4", "5", ""),
        ],
    )
    def test_the_constructor_refuses_parts_that_do_not_fit(self, ere, repl, delimiter):
        """There is no substitution whose text would be read as another one."""
        with pytest.raises(BadSubstitution):
            Substitution(ere, repl, delimiter)


class TestApply:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("!^.*$!sip:a@h!", "sip:a@h"),
            (r"!^(.*)$!sip:\1@h!", "sip:+441632960017@h"),
            (r"!^\+(.*)$!sip:\1@h!", "sip:441632960017@h"),
            (r"!^\+44(1632)(.*)$!\2.\1.\2!", "960017.1632.960017"),
            ("!4!x!", "x"),
            ("!^4!x!", None),
            (r"!(4)(5)?!<\2>!", "<>"),
            (r"/4/a\/b/", "a/b"),
            (r"!4!a\!b!", "a!b"),
            ("!^[[:digit:]+]{13}$!x!", "x"),
            ("!ABC!x!i", None),
        ],
    )
    def test_the_replacement_is_the_result(self, text, result):
        """What did not match is dropped; what was not found is empty; no match is None."""
        assert Substitution.parse(text).apply(AUS) == result

    def test_alternatives_fill_groups_as_an_engine_likes(self):
        """POSIX wants the longest first group, RE2 fills the first that fits: never publish it."""
        assert Substitution.parse(r"!^\+44(1|16)(.*)$!\2!").apply(AUS) in ("632960017", "32960017")

    def test_the_flag_ignores_case(self):
        """`i` matters to letters, which no AUS has; it is taken all the same."""
        assert Substitution.parse("!a!x!i").apply("A") == "x"
        assert Substitution.parse("!a!x!").apply("A") is None

    @given(ERES, st.text("+46", max_size=8))
    def test_libc_agrees(self, ere, aus):
        """What matches, and where, is what POSIX says; so are groups, unless it is ambiguous."""
        if taken(ere) is None:
            return
        expression = read(ere)
        expected = posix(ere, aus, expression.groups)

        assert (Substitution(ere, "x").apply(aus) is None) == (expected is None)
        if expected is None:
            return
        # In brackets, anchors stop being at the ends; without any, the span can be shown, too.
        if "^" not in ere and "$" not in ere:
            assert Substitution(f"({ere})", r"\1").apply(aus) == expected[0]
        if not expression.ambiguous:
            shown = "".join(f"<\\{group}>" for group in range(1, expression.groups + 1))
            assert Substitution(ere, shown).apply(aus) == "".join(
                f"<{text}>" for text in expected[1:]
            )

    def test_expansion_is_bounded(self):
        """RFC 6116 section 5.1: back-references cannot make an endless URI."""
        long = Substitution("^(.*)$", "\\1" * 100)

        assert len(long.apply("+" + "1" * 19)) == 2000
        with pytest.raises(BadSubstitution, match=str(MAX_RESULT_OCTETS)):
            long.apply("+" + "1" * 31)

    @pytest.mark.parametrize(
        "ere", ["((.*)*)*x", "(4*)*(4*)*(4*)*x", "(.{0,99}){0,9}x", "([0-9]+)+$x", "(4|4)*(4|4)*x"]
    )
    def test_hostile_expressions_take_no_time(self, ere):
        """What would keep a backtracking engine busy for years is decided at once."""
        began_s = time.process_time()
        assert Substitution(ere, "y").apply("+" + "4" * 31) is None

        assert time.process_time() - began_s < 0.5

    def test_literal_needs_no_number(self):
        """Without back-references the result is known."""
        assert Substitution.parse(r"!^.*$!a\!b!").literal
        assert not Substitution.parse(r"!(.*)!\1!").literal


@pytest.mark.peer
@settings(max_examples=3)
@given(st.lists(ERES | ANY_TEXT, min_size=300, max_size=400))
def test_bind_takes_what_is_taken(eres):
    """BIND loads a zone of all the expressions taken here: it drops a zone for a single bad one."""
    if shutil.which("named-checkzone") is None:
        pytest.skip("named-checkzone is not installed")
    kept = [ere for ere in eres if taken(ere, r"sip:a@h") and len(ere) < 200]
    lines = ["$TTL 60", "@ SOA ns hostmaster 1 2 3 4 5", "@ NS ns", "ns A 192.0.2.1"]
    for place, ere in enumerate(kept):
        regexp = str(Substitution(ere, r"sip:a@h")).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{place} NAPTR 100 10 "u" "E2U+sip" "{regexp}" .')

    done = subprocess.run(
        ["named-checkzone", "example.org", "/dev/stdin"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
