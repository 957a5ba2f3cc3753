"""The plain NAPTR line: recognised exactly, or not at all."""

import dns.name
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.naptr import Naptr
from enumd.registry.files.zone_format import ZoneReader
from enumd.registry.files.zone_items import Faulty, FileRecord, PlainRecord
from enumd.registry.files.zone_line import digits_of, literal_uri, recognise, whole_naptr

APEX = Apex(parse_name("enum.example"), "44")


@pytest.mark.parametrize(
    "line",
    [
        '1 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" . ; comment',
        '1 IN NAPTR 100 10 u "E2U+sip" "!^.*$!sip:a@b!" .',
        '1 1h IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        '1 IN 60 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        r'1 IN NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\1@b!" .',
        '1 IN NAPTR 100 10 "s" "SIP+D2U" "" _sip._udp.b.',
        '1 IN NAPTR ( 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" . )',
        '1 IN NAPTR 65536 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        "* IN TXT x",
        "",
    ],
)
def test_what_is_unusual_is_declined(line):
    """
    Everything but the plain form is left to the tokenizer.
    """
    assert recognise(line) is None


@pytest.mark.parametrize(
    ("owner", "relative_to", "expected"),
    [
        ("7.1", "", "17"),
        ("7.1", "99", "9917"),
        ("7.1", None, None),
        ("7.1.enum.example.", None, "17"),
        ("7.1.ENUM.example.", "", "17"),
        ("7.1.other.example.", "", None),
        (".enum.example.", "", None),
        ("71", "", None),
        ("7..1", "", None),
        ("7.1a", "", None),
        ("a.1", "", None),
        ("7.", "", None),
    ],
)
def test_digits_of_an_owner(owner, relative_to, expected):
    """
    The digits are those of one-digit labels below the apex, and of nothing else.
    """
    assert digits_of(owner, ".enum.example.", relative_to) == expected


def test_a_literal_uri_is_taken_out():
    """
    The URI is known without a match where the expression replaces everything by it.
    """
    line = '1 IN NAPTR 100 10 "{}" "{}" "{}" .'

    def uri(flags, services, regexp):
        return literal_uri(recognise(line.format(flags, services, regexp)))

    assert uri("u", "E2U+sip", "!^.*$!sip:a@b!") == "sip:a@b"
    assert uri("U", "e2u+sip", "!^.*$!sip:a@b!") == "sip:a@b"
    for other in (
        ("", "E2U+sip", "!^.*$!sip:a@b!"),
        ("u", "sip", "!^.*$!sip:a@b!"),
        ("u", "E2U+sip", "!^(.*)$!sip:a@b!"),
        ("u", "E2U+sip", "!^.*$!sip:a@b!i"),
        ("u", "E2U+sip", "!^.*$!!"),
        ("u", "E2U+sip", "!^.*$!sip:a!b!"),
    ):
        assert uri(*other) is None


BLANK = st.sampled_from([" ", "\t", "  ", " \t "])
OWNERS = st.sampled_from(
    [
        "",
        "7.1",
        "7.1.enum.example.",
        "7.1.ENUM.Example.",
        "a.1",
        "7",
        "12.1",
        "7.1.example.",
        "1.2-3",
    ]
)
WORDS = st.sampled_from(
    ["u", "U", "", "E2U+sip", "!^.*$!sip:a@b!", "; (", "a b", "x" * 256, "x" * 255]
)
NUMBERS = st.sampled_from(["0", "100", "65535", "65536", "00100", "1x"])


@st.composite
def lines(draw):
    """Draw a line that is a plain NAPTR, or nearly one."""
    parts = [draw(OWNERS), draw(BLANK)]
    ttl = draw(st.sampled_from(["", "300", "0", "2147483647", "2147483648", "999999999"]))
    parts += [ttl, draw(BLANK)] if ttl else []
    parts += draw(st.sampled_from([[], ["IN", " "], ["in", " "], ["CH", " "]]))
    parts += [draw(st.sampled_from(["NAPTR", "naptr", "TXT"])), draw(BLANK)]
    parts += [draw(NUMBERS), draw(BLANK), draw(NUMBERS)]
    for _ in range(3):
        parts += [draw(BLANK), f'"{draw(WORDS)}"']
    parts += [
        draw(BLANK),
        draw(st.sampled_from([".", "a.", "@"])),
        draw(st.sampled_from(["", " "])),
    ]
    return "".join(parts)


def read(texts, *, quick):
    """Return what a reader makes of some lines: owner, TTL and NAPTR of each."""
    reader = ZoneReader(APEX if quick else None, APEX.name)
    found = []
    for item in reader.read(enumerate(texts, start=1)):
        if isinstance(item, PlainRecord):
            labels = tuple(digit.encode() for digit in reversed(item.digits))
            owner = dns.name.Name(labels + APEX.name.labels)
            found.append((item.line, owner, item.ttl_s, whole_naptr(item.naptr)))
        elif isinstance(item, FileRecord):
            naptr = Naptr.from_rdata(item.rdata.to_wire()) if item.rdata.rdtype == 35 else None
            found.append((item.line, item.owner, item.ttl_s, naptr))
        else:
            fault = item.refusal if isinstance(item, Faulty) else item
            found.append((fault.line, None, None, None))
    return found


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(lines(), st.sampled_from(["$ORIGIN 9.enum.example.", "$TTL 60"])), max_size=5
    )
)
@example(
    [
        '7.1 IN NAPTR 1 1 "u" "s" "r" .',
        "$ORIGIN 9.enum.example.",
        '7.1 IN NAPTR 1 1 "u" "s" "r" .',
    ]
)
@example(['7.1 IN NAPTR 1 1 "u" "s" "r" .', "$ORIGIN 9.enum.example.", '  NAPTR 1 2 "u" "s" "r" .'])
@example(['7.1 60 IN NAPTR 1 1 "u" "s" "r" .', "  IN TXT x", '  IN NAPTR 1 2 "u" "s" "r" .'])
def test_recognised_lines_mean_what_the_tokenizer_says(texts):
    """
    With and without the quick way a file gives the same owners, TTLs and records.
    """
    assert read(texts, quick=True) == read(texts, quick=False)
