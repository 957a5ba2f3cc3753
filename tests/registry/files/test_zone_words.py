"""Octets, TTLs and hints of zone files."""

import dns.tokenizer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.registry.files.rows import EntryError, Refusal
from enumd.registry.files.zone_entries import read_entries
from enumd.registry.files.zone_format import ZoneReader
from enumd.registry.files.zone_items import Faulty, FileRecord
from enumd.registry.files.zone_words import file_name, octets_escaped, parse_ttl, shorten

APEX = Apex(parse_name("enum.example"), "44")


def items_of(text, origin=APEX.name):
    """Return what a reader makes of a text."""
    return list(ZoneReader(APEX, origin).read(read_entries(enumerate(text.split("\n"), start=1))))


@given(st.binary(max_size=40))
def test_every_octet_goes_through(octets):
    """
    Whatever octets stand between quotes, the tokenizer reads just those.
    """
    plain = octets.translate(None, b'"\\\n\r\0')
    text = plain.decode("utf-8", "surrogateescape")

    token = dns.tokenizer.Tokenizer(octets_escaped(f'"{text}"')).get()

    assert token.unescape_to_bytes().value == plain
    assert file_name(token.unescape().value) == text


@pytest.mark.parametrize("text", ["x", "1x", "²", "2147483648", "68y", "4000w", "9" * 5000])
def test_what_is_no_ttl(text):
    """
    A TTL has 31 bits, in seconds or with units; everything else is refused without Python's words.
    """
    with pytest.raises(EntryError) as caught:
        parse_ttl(text)
    assert caught.value.code == "ttl-invalid"
    assert len(caught.value.hint) < 120
    assert "int" not in caught.value.hint.split()


def test_ttls_have_units():
    """
    Units are those of BIND, the greatest TTL is 2**31 - 1.
    """
    assert parse_ttl("1w2d3h4m5s") == 788645
    assert parse_ttl("2147483647") == 2147483647


def test_long_text_is_cut():
    """
    What is shown of a line has an end.
    """
    assert shorten("a") == "'a'"
    assert len(shorten("a" * 999)) < 50


NAPTR = '7.1 IN NAPTR 100 10 "u" "E2U+sip"'


@pytest.mark.parametrize(
    ("wrong", "said", "right"),
    [
        (f'{NAPTR} "!^.*$!sip:a@b!"', "write . at the end", f'{NAPTR} "!^.*$!sip:a@b!" .'),
        (
            rf'{NAPTR} "!^(.*)$!sip:\1@b!" .',
            r"write \\1 for \1",
            rf'{NAPTR} "!^(.*)$!sip:\\1@b!" .',
        ),
        (
            f"{NAPTR}",
            "order, preference, flags, services, regexp and replacement",
            f'{NAPTR} "!^.*$!sip:a@b!" .',
        ),
        ("a 1x TXT b", "write seconds, or units such as 1h30m", "a 1h30m TXT b"),
        ("a 1x TXT b", "write seconds, or units such as 1h30m", "a 5400 TXT b"),
        ("a 2147483648 TXT b", "more than 2147483647 seconds", "a 2147483647 TXT b"),
        (
            "$GENERATE 1-2 $ TXT",
            "start-stop[/step] lhs [ttl] [class] type rhs",
            "$GENERATE 1-2/1 $ 60 IN TXT x",
        ),
        (
            "$GENERATE 1-2 $ MX 10 a b c",
            "quotes around an rhs of several words",
            '$GENERATE 1-2 $ MX "10 a"',
        ),
        (
            "$GENERATE 0-65536 $.7 TXT x",
            "write smaller ranges, or a wildcard",
            "$GENERATE 0-9 $.7 TXT x\n*.7 TXT x",
        ),
        ("$DATE 1", "not one of $ORIGIN, $TTL, $INCLUDE and $GENERATE", "$TTL 1"),
        ("a ( TXT b", 'no ")"', "a ( TXT b )"),
        ("$ORIGIN x..\na TXT b", "write a right $ORIGIN above it", "$ORIGIN x.\na TXT b"),
    ],
)
def test_what_a_hint_tells_to_write_is_taken(wrong, said, right):
    """
    Whoever does what a hint says is done with it.
    """
    found = [item.refusal if isinstance(item, Faulty) else item for item in items_of(wrong)]
    hints = [item.hint for item in found if isinstance(item, Refusal)]

    assert said in hints[-1]
    assert not any(isinstance(item, Refusal | Faulty) for item in items_of(right))


@pytest.mark.parametrize(
    "line",
    [
        "a TXT",
        "a NAPTR 1 x",
        "a MX",
        "a MX 10",
        "a MX x y",
        "a A",
        "a A 1 2",
        "a AAAA ::g",
        "a SOA a b",
        "a TYPE1 \\# 3 00",
        "a TXT \\300\\400",
        "a TXT " + "x" * 300,
        "a " + "²" * 9000,
        "a SRV 1 1 " + "9" * 5000 + " b",
        "a LOC x",
        "a TLSA 1 1 1 zz",
        "a 1",
        "a IN 1 CH",
        "müller..x TXT a",
    ],
)
def test_hints_have_no_words_of_a_programming_language(line):
    """
    What a library says of a fault is passed on only where a person can use it.
    """
    for item in items_of(line):
        assert not isinstance(item, FileRecord)
        hint = (item.refusal if isinstance(item, Faulty) else item).hint
        assert hint
        assert len(hint) < 300
        for word in ("codec", "Traceback", "object", "expecting a", "ended unexpectedly", "int()"):
            assert word not in hint
