"""$GENERATE, beside dnspython's."""

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.registry.files.rows import EntryError
from enumd.registry.files.zone_budget import Budget
from enumd.registry.files.zone_generate import MOST, generate


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1-3 $ A 192.0.2.$", ["1 A 192.0.2.1", "2 A 192.0.2.2", "3 A 192.0.2.3"]),
        ("0-4/2 a$ 60 IN A 192.0.2.$", [f"a{n} 60 IN A 192.0.2.{n}" for n in (0, 2, 4)]),
        ("9-10 ${0,3} PTR h${-9}.", ["009 PTR h0.", "010 PTR h1."]),
        ("10-10 ${0,2,x} TXT ${0,3,o}$$", ["0a TXT 012$"]),
        ("18-18 ${0,5,n} TXT ${0,0,N}", ["2.1.0 TXT 2.1"]),
        (r"1-1 a TXT \$\"", [r"1 TXT $\"".replace("1 ", "a ", 1)]),
    ],
)
def test_a_line_stands_for_entries(words, expected):
    """
    The counter stands in place of each dollar, in the form that is asked for.
    """
    assert list(generate(words.split(), Budget())) == expected


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "generate-invalid"),
        ("x-y $ A $", "generate-invalid"),
        ("1-2 $ A", "generate-invalid"),
        ("1-2 $ A b c d e f", "generate-invalid"),
        ("2-1 $ A $", "generate-invalid"),
        ("1-2/0 $ A $", "generate-invalid"),
        ("1-2 $$GENERATE A $", "generate-invalid"),
        ("1-2 ${-5} A $", "generate-invalid"),
        ("1-2 ${0,128} A $", "generate-invalid"),
        (f"0-{MOST} $ A $", "generate-too-large"),
        ("0-4294967295 $ A $", "generate-too-large"),
    ],
)
def test_other_lines_are_refused(words, code):
    """
    A line of another form, or one that stands for too many records, is refused.
    """
    with pytest.raises(EntryError) as caught:
        list(generate(words.split(), Budget()))
    assert caught.value.code == code


TEMPLATES = st.lists(
    st.sampled_from(["$", "a", "${1}", "${0,3}", "${2,4,d}", "${0,2,x}", "${1,0,o}", "-"]),
    min_size=1,
    max_size=4,
).map(lambda parts: "a" + "".join(parts))


@given(TEMPLATES, TEMPLATES, st.integers(0, 30), st.integers(0, 5), st.integers(1, 3))
def test_dnspython_agrees(lhs, rhs, start, more, step):
    """
    What is generated is what dnspython's reader makes of the same line.
    """
    line = f"{start}-{start + more}/{step} {lhs} TXT {rhs}"
    text = "$ORIGIN x.\n$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a\n"

    theirs = dns.zone.from_text(f"{text}$GENERATE {line}\n", relativize=False)
    ours = dns.zone.from_text(text + "\n".join(generate(line.split(), Budget())), relativize=False)

    assert theirs == ours
