"""Zone files as rows: endpoints, records and what is neither."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enumd.core.apex import Apex, parse_name
from enumd.core.rrset import RRType
from enumd.registry.files.rows import ENDPOINT, RECORD, REFUSED
from enumd.registry.files.sorting import in_order
from enumd.registry.files.zone_budget import MOST_INCLUDED
from enumd.registry.files.zone_rows import MAX_DEPTH, ZoneFile

APEX = Apex(parse_name("enum.example"), "44")
FILE = ZoneFile(Path("file.zone"), APEX, 15)


def rows_of(text, file=FILE):
    """Return the rows of a text without their lines."""
    return [(row[0], *row[2:]) for row in file.rows(enumerate(text.split("\n"), start=1))]


class TestNaptrs:
    """NAPTRs at numbers, and elsewhere."""

    @pytest.mark.parametrize(
        "fields",
        [
            '100 10 "u" "E2U+sip" "!^.*$!sip:17@b!" .',
            '100 10 "U" "e2u+SIP" "!^.*$!sip:17@b!" .',
            '100 10 "u" "E2U+sip" "/^.*$/sip:17@b/" .',
            r'100 10 "u" "E2U+sip" "!^\\+44(.*)$!sip:\\1@b!" .',
            r'100 10 "u" "sip+E2U" "!^\\+44(.*)$!sip:\\1@b!" .',
            "100 10 u E2U+sip !^.*$!sip:17@b! . ; comment",
        ],
    )
    def test_every_form_becomes_the_one_we_write(self, fields):
        """
        Whatever a NAPTR at a number looks like, its service and URI are taken.
        """
        assert rows_of(f"7.1 60 IN NAPTR {fields}") == [
            ("17", ENDPOINT, "sip", "sip:17@b", 10, 100, 60, 0)
        ]

    def test_several_services_are_several_endpoints(self):
        """
        A record with two Enumservices is two endpoints.
        """
        rows = rows_of('7.1 NAPTR 100 10 "u" "E2U+sip+pres" "!^.*$!pres:a@b!" .')

        assert [row[2] for row in rows] == ["pres"]
        rows = rows_of('7.1 NAPTR 100 10 "u" "E2U+web:http+ft:http" "!^.*$!http://b/!" .')
        assert len(rows) in (1, 2)

    @pytest.mark.parametrize(
        "fields",
        [
            '100 10 "u" "E2U+sip" "!^.*$!mailto:a@b!" .',
            '100 10 "s" "SIP+D2U" "" a.b.',
            '100 10 "" "" "" a.b.',
            r'100 10 "u" "E2U+sip" "!^(.*)$!sip:\\2@b!" .',
        ],
    )
    def test_what_no_client_can_use_is_refused(self, fields):
        """
        A NAPTR at a number that cannot become an endpoint is refused under the number's key.
        """
        (row,) = rows_of(f"7.1 IN NAPTR {fields}")

        assert row[:3] == ("17", REFUSED, "naptr-refused")

    @pytest.mark.parametrize("quick", ["60 IN NAPTR", "1m IN NAPTR"])
    def test_a_number_has_a_limit(self, quick):
        """
        Owners of more digits than a number may have are refused.
        """
        owner = ".".join("1" * 14)

        (row,) = rows_of(f'{owner} {quick} 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .')

        assert row[1:3] == (REFUSED, "number-too-long")

    def test_away_from_numbers_naptrs_are_records(self):
        """
        A NAPTR at a wildcard obeys every rule of ours; at other names BIND has to load it.
        """
        wild = r'* NAPTR 100 10 "u" "E2U+sip" "!^(.*)$!sip:\\1@b!" .'
        other = 'sip NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.b.'
        bad = r'sip NAPTR 10 10 "u" "x" "!^(.*)$!sip:\\0@b!" .'

        assert [row[1] for row in rows_of(f"{wild}\n{other}")] == [RECORD, RECORD]
        assert [row[2] for row in rows_of(f"{wild.replace('100', '10', 1)}\n{bad}")] == [
            "naptr-refused",
            "naptr-refused",
        ]


class TestRecords:
    """Everything else."""

    def test_records_have_their_owner_and_octets(self):
        """
        A record has the owner relative to the apex in lower case, and RDATA uncompressed.
        """
        assert rows_of("NS1.Sub 60 A 192.0.2.1\n@ NS NS1.Sub") == [
            (";03737562;036e7331", RECORD, "ns1.sub", RRType.A, 60, b"\xc0\x00\x02\x01"),
            ("", RECORD, "@", RRType.NS, 60, b"\x03NS1\x03Sub\x04enum\x07example\0"),
        ]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("a.example.org. A 192.0.2.1", "owner-outside-zone"),
            ("a SOA a b 1 1 1 1 1", "soa-below-apex"),
            ("@ CNAME a", "cname-and-other-data"),
            ("a TYPE255 \\# 0", "type-not-data"),
            ("@ DS 1 13 2 " + "00" * 32, "type-not-data"),
        ],
    )
    def test_what_cannot_be_a_record_is_refused(self, line, code):
        """
        Names elsewhere, types that are no data and those of signed zones are refused.
        """
        assert [row[2] for row in rows_of(line)] == [code]


class TestIncludes:
    """Files in files."""

    def test_depth_is_limited(self, tmp_path):
        """
        Files include one another up to a depth, and none itself.
        """
        for depth in range(MAX_DEPTH + 2):
            text = f"{depth} TXT x\n$INCLUDE {depth + 1}.zone\n"
            (tmp_path / f"{depth}.zone").write_text(text)
        path = tmp_path / "0.zone"

        rows = rows_of(path.read_text(), ZoneFile(path, APEX, 15, include=True))

        assert [row[2] for row in rows if row[1] == REFUSED] == ["include-too-deep"]
        assert sum(row[1] == RECORD for row in rows) == MAX_DEPTH + 1

    def test_only_regular_files_are_included(self, tmp_path):
        """
        A pipe has nobody wait, and a device that never ends is not read.
        """
        os.mkfifo(tmp_path / "pipe")
        file = ZoneFile(tmp_path / "0.zone", APEX, 15, include=True)

        rows = rows_of("$INCLUDE pipe\n$INCLUDE /dev/zero", file)

        assert [row[2] for row in rows] == ["include-missing"] * 2
        assert "not a regular file" in rows[0][4]

    def test_inclusions_have_an_end_in_sum(self, tmp_path):
        """
        Files that include one another many times are read so often, and not for days.
        """
        for depth in range(4):
            text = f"$INCLUDE {depth + 1}.zone\n" * 100
            (tmp_path / f"{depth}.zone").write_text(text)
        (tmp_path / "4.zone").write_text("")
        path = tmp_path / "0.zone"

        rows = rows_of(path.read_text(), ZoneFile(path, APEX, 15, include=True))

        assert {row[2] for row in rows} == {"include-too-deep"}
        assert len(rows) < MOST_INCLUDED * 100

    def test_a_name_has_255_octets(self):
        """
        A number that does not fit below a long apex is refused, however its line is read.
        """
        apex = Apex(parse_name(".".join(["x" * 60] * 4)), "44")
        naptr = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .'

        rows = rows_of(
            f"1.1.1.1 {naptr}\n1.1.1.1.1.1 {naptr}\n@ TXT ( x )",
            ZoneFile(Path("f"), apex, 15),
        )

        assert apex.room == 5
        assert [row[1] for row in rows] == [ENDPOINT, REFUSED, RECORD]
        assert rows[1][2] == "owner-invalid"

    def test_keys_of_included_files_are_not_known(self):
        """
        Where a file includes another, nothing is said of the order of its names.
        """
        assert not in_order(FILE.keys(enumerate(["$INCLUDE a.zone"], start=1)))


def test_naptrs_at_the_apex_are_those_of_the_number_it_stands_for():
    """
    Between the records of the apex, and under a key of their own; a zone for no digits has none.
    """
    naptr = 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .'
    text = f"@ NS ns.example.\n  {naptr}\n  TXT x\n@ {naptr}\n1 {naptr}"
    whole = ("/", ENDPOINT, "sip", "sip:a@b", 10, 100, None, 0)

    rows = rows_of(text)

    assert [row[0] for row in rows] == ["", "/", "", "/", "1"]
    assert rows[1] == rows[3] == whole
    lines = list(enumerate(text.split("\n"), start=1))
    assert list(FILE.keys(lines)) == ["", "/", "", "/", "1"]
    assert rows_of('@ NAPTR 1 1 "u" "E2U+sip" "!^.*$!x!" .')[0][:2] == ("/", REFUSED)
    for apex in (Apex(APEX.name), Apex(APEX.name, "4" * 16)):
        row = rows_of(f"@ {naptr}", ZoneFile(Path("file.zone"), apex, 15))[0]
        assert row[:2] == ("", RECORD)


LINES = st.sampled_from(
    [
        '@ IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        "@ IN TXT x",
        '1 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        '3.2.enum.example. IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        '3.2 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
        '  NAPTR 100 20 "u" "E2U+sip" "!^.*$!sip:b@b!" .',
        "  TXT x",
        "9 TXT x",
        "*.9 TXT x",
        "a.9 TXT x",
        "$ORIGIN 9.enum.example.",
        "$ORIGIN x.",
        "$GENERATE 1-2 $.4 TXT x",
        "; comment",
        "nonsense",
        "",
    ]
)


@given(st.lists(LINES, max_size=8))
@example(["nonsense", '  NAPTR 100 20 "u" "E2U+sip" "!^.*$!sip:b@b!" .'])
def test_keys_tell_the_order_of_the_rows(lines):
    """
    Rows whose keys are said to be in order are, and no key is missed.
    """
    numbered = list(enumerate(lines, start=1))
    rows = [row[0] for row in FILE.rows(numbered) if row[0] or row[2] < REFUSED]

    keys = list(FILE.keys(numbered))

    assert set(rows) <= set(keys)
    assert in_order(rows) or not in_order(keys)
