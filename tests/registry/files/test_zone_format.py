"""Zone files read line by line: directives, owners, TTLs and faults."""

import dns.name
import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.registry.files.rows import Refusal
from enumd.registry.files.zone_entries import read_entries
from enumd.registry.files.zone_format import ZoneReader
from enumd.registry.files.zone_items import Faulty, FileRecord, Include, LeftOut, PlainRecord

APEX = Apex(parse_name("enum.example"), "44")


def items_of(text, apex=APEX, origin=APEX.name):
    """Return what a reader makes of a text."""
    lines = read_entries(enumerate(text.split("\n"), start=1))
    return list(ZoneReader(apex, origin).read(lines))


def codes_of(text, **options):
    """Return the lines and codes that are refused."""
    found = items_of(text, **options)
    faults = [each.refusal if isinstance(each, Faulty) else each for each in found]
    return [(each.line, each.code) for each in faults if isinstance(each, Refusal)]


class TestRecords:
    """What lines may leave out."""

    def test_owner_ttl_and_class_may_be_left_out(self):
        """
        A blank stands for the owner before; the TTL is $TTL's, else the one before, else none.
        """
        text = (
            "a IN TXT 1\nb 60 IN TXT 2\n  TXT 3\n$TTL 1h\n\tIN 30 TXT 4\n  30 IN TXT 5\n c.x. TXT 6"
        )

        found = [(str(item.owner), item.ttl_s) for item in items_of(text)[:-1]]

        assert found == [
            ("a.enum.example.", None),
            ("b.enum.example.", 60),
            ("b.enum.example.", 60),
            ("b.enum.example.", 30),
            ("b.enum.example.", 30),
        ]

    def test_the_origin_moves(self):
        """
        Names are relative to $ORIGIN, which may itself be relative; the owner before is not.
        """
        text = 'a TXT 1\n$ORIGIN b\n  TXT 2\nc TXT 3\n@ TXT 4\n1 IN NAPTR 1 1 "u" "a" "b" .'

        items = items_of(text)

        assert [str(item.owner) for item in items[:4]] == [
            "a.enum.example.",
            "a.enum.example.",
            "c.b.enum.example.",
            "b.enum.example.",
        ]
        assert isinstance(items[4], FileRecord)

    def test_plain_lines_are_recognised_below_digits(self):
        """
        A plain NAPTR is recognised wherever its owner is digits below the apex.
        """
        line = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .'

        items = items_of(
            f"2.1 IN {line}\n IN {line}\n$ORIGIN 9.enum.example.\n2.1 IN {line}\n {line}"
        )

        assert [(type(item), item.digits) for item in items] == [
            (PlainRecord, "12"),
            (PlainRecord, "12"),
            (PlainRecord, "912"),
            (PlainRecord, "912"),
        ]

    def test_quotes_escapes_and_brackets(self):
        """
        A semicolon in quotes is text, a double backslash one, brackets join lines.
        """
        text = r"""a TXT "x;y" ( "z"
            ; comment
            "\\1" ) ; end"""

        (item,) = items_of(text)

        assert item.rdata.strings == (b"x;y", b"z", b"\\1")

    def test_includes_are_handed_on(self):
        """
        Whether a file is included is decided elsewhere.
        """
        assert items_of("$INCLUDE a.zone\n$INCLUDE b.zone sub") == [
            Include(1, "a.zone", APEX.name),
            Include(2, "b.zone", dns.name.from_text("sub", APEX.name)),
        ]

    def test_generate_is_expanded(self):
        """
        $GENERATE stands for as many records, all on its line.
        """
        items = items_of('$GENERATE 1-3 $.9 60 NAPTR "100 10 u E2U+sip !^.*$$!sip:$@b! ."')

        assert [(item.line, str(item.owner)) for item in items] == [
            (1, f"{n}.9.enum.example.") for n in (1, 2, 3)
        ]
        assert items[1].rdata.regexp == b"!^.*$!sip:2@b!"


class TestFaults:
    """What costs its line, and nothing more."""

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("x" * 64 + " TXT a", "owner-invalid"),
            ("a..b TXT a", "owner-invalid"),
            ("a CH TXT a", "class-unknown"),
            ("a ANY TXT a", "class-unknown"),
            ("a 99999999999 TXT a", "ttl-invalid"),
            ("a 1x TXT a", "ttl-invalid"),
            ("a 2147483648 TXT a", "ttl-invalid"),
            ("a 3551w TXT a", "ttl-invalid"),
            ("a " + "9" * 5000 + " TXT a", "ttl-invalid"),
            (".".join(["x" * 60] * 4) + " TXT a", "owner-invalid"),
            ("a NONSENSE a", "type-unknown"),
            ("a TYPE99999 a", "type-unknown"),
            ("a A nonsense", "rdata-invalid"),
            ("a A 192.0.2.1 more", "rdata-invalid"),
            ("a NAPTR 1 1", "rdata-invalid"),
            ('a TXT "open', "quote-unclosed"),
            ("a", "syntax"),
            ("a IN", "syntax"),
            ("$TTL", "syntax"),
            ("$TTL x", "ttl-invalid"),
            ("$TTL 2147483648", "ttl-invalid"),
            ("$TTL \u00b2", "ttl-invalid"),
            ("$TTL 1 2", "syntax"),
            ("$INCLUDE", "syntax"),
            ("$INCLUDE a b c", "syntax"),
            ("$UNKNOWN x", "directive-unknown"),
            ("$GENERATE 1-2 $", "generate-invalid"),
            ("$GENERATE 0-99999999 $ TXT x", "generate-too-large"),
            ("a ( TXT a", "bracket-unclosed"),
            (r'a TXT "\1"', "escape-invalid"),
            (r"a\2 TXT a", "owner-invalid"),
        ],
    )
    def test_a_bad_line_is_refused(self, line, code):
        """
        Each fault has its code; the line after it is read.
        """
        text = f"{line}\nb TXT good"

        assert codes_of(text) == [(1, code)]
        assert str(items_of(text)[-1].owner) == "b.enum.example."

    @pytest.mark.parametrize("line", ["$ORIGIN", "$ORIGIN c d", "$ORIGIN c..d."])
    def test_a_bad_origin_takes_no_names_along(self, line):
        """
        Behind an $ORIGIN that cannot be read, relative names are nobody's until the next one.
        """
        text = f"{line}\nb TXT 1\nx.enum.example. TXT 1\n$ORIGIN enum.example.\nb TXT 2"

        assert [number for number, _ in codes_of(text)] == [1, 2]
        assert [str(item.owner) for item in items_of(text)[-2:]] == [
            "x.enum.example.",
            "b.enum.example.",
        ]

    def test_a_fault_keeps_the_name_it_is_about(self):
        """
        What is wrong behind an owner is told of that owner, so that its number is not taken half.
        """
        (fault,) = items_of("7.1 NAPTR 1 1 x")

        assert isinstance(fault, Faulty)
        assert str(fault.owner) == "7.1.enum.example."

    @pytest.mark.parametrize("text", ["M\udcfcller", "M\\\udcfcller", "M\\252ller"])
    def test_octets_are_octets(self, text):
        """
        What is no UTF-8 is kept as the octets it is, as BIND does, in strings and in names.
        """
        record, named = items_of(f'a TXT "{text}"\n{text} TXT b')

        assert record.rdata.strings == (b"M\xfcller",)
        assert named.owner.labels[0] == b"M\xfcller"

    def test_records_of_signers_are_left_out(self):
        """
        What a signer made is not even read; TYPE65534 is a signer's only at the apex.
        """
        text = "a RRSIG whatever\n@ TYPE65534 \\# 0\na TYPE65534 \\# 0"

        assert [type(item) for item in items_of(text)] == [LeftOut, LeftOut, FileRecord]

    def test_a_name_needs_something_to_be_relative_to(self):
        """
        Without an origin relative names are refused, owners and those in RDATA.
        """
        text = "a TXT 1\n$ORIGIN b\n$ORIGIN b.\nc NS d"

        assert codes_of(text, apex=None, origin=None) == [
            (1, "origin-missing"),
            (2, "origin-missing"),
        ]
        assert codes_of("a.x. NS b", apex=None, origin=None) == []
        assert codes_of("  TXT a") == [(1, "owner-missing")]

    def test_a_bad_owner_is_not_inherited(self):
        """
        A line that leaves out its owner does not get the one before the bad one.
        """
        assert codes_of("a TXT 1\n..b TXT 2\n  TXT 3") == [
            (2, "owner-invalid"),
            (3, "owner-missing"),
        ]

    def test_blank_lines_and_comments_are_nothing(self):
        """
        Empty lines, blanks and comments stand for nothing.
        """
        assert items_of("\n   \n; comment\n   ; comment\n\t") == []


CHUNK = st.sampled_from(
    [
        "a",
        "1",
        " ",
        "\n",
        "(",
        ")",
        '"',
        ";",
        "\\",
        "$ORIGIN ",
        "$TTL ",
        "$GENERATE 1-2 ",
        "TXT ",
        "NAPTR ",
        "IN ",
        "60 ",
        "@",
        ".",
        "\t",
        "é",
        "\udce9",
        "\\300",
        "*",
        "CH ",
    ]
)


@settings(max_examples=300)
@given(st.lists(CHUNK, max_size=25).map("".join))
def test_any_text_is_read_or_refused(text):
    """
    No text of any kind raises; with and without an apex.
    """
    items_of(text)
    items_of(text, apex=None, origin=None)


NAMES = st.sampled_from(["a", "b.a", "1.2", "*.2", "@", "c.enum.example."])
LINES = st.one_of(
    st.tuples(
        NAMES, st.sampled_from(["60", ""]), st.sampled_from(["TXT x", "A 192.0.2.1", "MX 1 m"])
    ),
    st.tuples(st.just(""), st.just("30"), st.just('TXT "a;b" "\\"" (\n "c" )')),
    st.tuples(st.just("$TTL"), st.just("99"), st.just("")),
    st.tuples(st.just("$ORIGIN"), NAMES, st.just("")),
)


@given(st.lists(LINES.map(" ".join), max_size=8))
def test_dnspython_reads_the_same(lines):
    """
    A file without faults holds the records that dnspython's own reader finds in it.
    """
    text = "$ORIGIN enum.example.\n$TTL 7\n@ SOA a b 1 1 1 1 1\n@ NS a\n" + "\n".join(lines)
    theirs = dns.zone.from_text(text, relativize=False, check_origin=False)

    ours = {(item.owner, item.rdata) for item in items_of(text)}

    assert ours == {
        (name, rdata) for name, node in theirs.items() for rdataset in node for rdata in rdataset
    }
