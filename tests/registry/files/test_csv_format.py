"""CSV: every way of writing the columns, and every way of getting them wrong."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import UnreadableFile
from enumd.registry.files.csv_format import Dialect, csv_keys, format_row, plain_digits, read_csv
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, REFUSED, Refusal
from enumd.registry.files.sorting import in_order

PLAIN = ("441632960017", ENDPOINT, "sip", "sip:a@example.net", 10, 0)


def rows_of(text, max_digits=15):
    """Return the rows of a text, without their lines."""
    lines = enumerate(text.split("\n"), start=1)
    return [(row[0], *row[2:]) for row in read_csv(lines, "file", max_digits)]


def codes_of(text):
    """Return the codes a text is refused with."""
    return [row[2] for row in rows_of(text) if row[1] == REFUSED]


class TestDialects:
    """How files write the same line."""

    @pytest.mark.parametrize(
        "text",
        [
            "+441632960017,sip,sip:a@example.net,10",
            "+441632960017;sip;sip:a@example.net;10",
            "+441632960017\tsip\tsip:a@example.net\t10",
            '"+44 1632 960017",sip,"sip:a@example.net",10',
            '"+44,1632";sip\n+441632960017;sip;sip:a@example.net;10',
            "tel:+44-1632-960017,SIP, sip:a@example.net ,10",
            "+44 (1632) 960017,E2U+sip,sip:a@example.net, 10",
            "number,service,uri,preference\n+441632960017,sip,sip:a@example.net,10",
            "Number;Service;URI;Pref\n+441632960017;sip;sip:a@example.net;10",
            "uri,number,preference\nsip:a@example.net,+441632960017,10",
            "\n \n\n+441632960017,sip,sip:a@example.net,10\n\n",
            "preference,number,uri,hint,error_code\n10,+441632960017,sip:a@example.net,x,y",
        ],
    )
    def test_the_columns_are_found(self, text):
        """
        Delimiter, quotes, header and order of the columns make no difference.
        """
        assert rows_of(text)[-1] == PLAIN

    @pytest.mark.parametrize(
        ("header", "why"),
        [
            ("number,uri,range_end", "range_end"),
            ("number,uri,number", "twice"),
            ("number,preference", "no column 'uri'"),
            ("service,uri", "no column 'number'"),
        ],
    )
    def test_a_header_has_to_fit(self, header, why):
        """
        A header with a column we do not know, or without one we need, stops everything.
        """
        with pytest.raises(UnreadableFile, match=why):
            rows_of(f"{header}\nx")

    def test_a_semicolon_in_a_uri_is_no_delimiter(self):
        """
        What separates columns is the first of the three characters in the file.
        """
        text = "+441632960017,sip,sip:a@example.net;user=phone,10"

        assert rows_of(text)[0][3] == "sip:a@example.net;user=phone"

    def test_one_column_has_a_delimiter(self):
        """
        Where nothing is separated, a comma is taken to be missing.
        """
        assert Dialect.of("+44", "file").delimiter == ","
        assert codes_of("+441632960017") == ["columns-too-few"]


class TestRows:
    """What a line says."""

    def test_what_is_left_out_follows(self):
        """
        The service follows from the URI, the preference is left for later.
        """
        (row,) = rows_of("+441632960017,,mailto:a@example.net")

        assert row[2:] == ("email:mailto", "mailto:a@example.net", NO_PREFERENCE, 0)

    def test_a_number_alone(self):
        """
        A number without service and URI is a row without an endpoint.
        """
        assert rows_of("+441632960017,,")[0][2:] == ("", "", NO_PREFERENCE, 0)

    @pytest.mark.parametrize("preference", ["x", "-1", "65536", "1.5", "999999", "١"])
    def test_a_preference_is_a_number(self, preference):
        """
        A preference that does not fit 16 bits is refused, and the row knows its number.
        """
        (row,) = rows_of(f"+441632960017,sip,sip:a@example.net,{preference}")

        assert row[:3] == ("441632960017", REFUSED, "preference-invalid")

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("+441632960017,sip,", "uri-missing"),
            ("+441632960017,sip,nonsense", "uri-invalid"),
            ("+441632960017,sip,sip:a@b,10,more", "columns-too-many"),
            ('+441632960017,sip,"sip:a@b', "quote-unclosed"),
            ('+441632960017,sip,"sip:a@b"x', "quote-unclosed"),
            (",sip,sip:a@b", "number-missing"),
        ],
    )
    def test_a_bad_line_is_refused(self, line, code):
        """
        A line that is wrong is refused under a code; the lines after it are read.
        """
        text = f"{line}\n+441632960017,sip,sip:a@example.net,10"

        assert codes_of(text) == [code]
        assert rows_of(text)[-1] == PLAIN

    def test_refused_lines_go_on(self):
        """
        What could not even be read is passed on as it came.
        """
        refusal = Refusal(1, "text-nul", "line", "why")

        assert list(read_csv([(1, refusal)], "file", 15)) == [
            ("", 1, REFUSED, "text-nul", "line", "why")
        ]
        assert list(csv_keys([(1, refusal)], "file", 15)) == []


class TestDigits:
    """Numbers as people and programs write them."""

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "number-missing"),
            ("  ", "number-missing"),
            ("+", "number-missing"),
            ("4.41632E+11", "number-spreadsheet"),
            ("4,41632E+11", "number-spreadsheet"),
            ("+4.41632e11", "number-spreadsheet"),
            ("441632960017", "number-without-plus"),
            ("'+441632960017", "number-without-plus"),
            ('="441632960017"', "number-without-plus"),
            ("01632 960017", "number-without-plus"),
            ("ada", "number-without-plus"),
            ("+44163296OO17", "number-character"),
            ("+٤٤١٦٣٢٩٦٠٠١٧", "number-character"),
            ("+441632960017;ext=1", "number-character"),
            ("+44 (0) 1632 960017", "number-character"),
            ("+4416329600170000", "number-too-long"),
        ],
    )
    def test_bad_numbers_are_told_apart(self, text, code):
        """
        Each kind of damage has its code, and a hint that says what to do.
        """
        found = plain_digits(text, 15)

        assert found[0] == code
        assert len(found[1]) > 10

    def test_what_spreadsheets_do_is_said(self):
        """
        Where a spreadsheet is to blame the hint says so.
        """
        assert "spreadsheet" in plain_digits("4.41632E+11", 15)[1]
        assert "spreadsheet" in plain_digits("441632960017", 15)[1]

    def test_the_limit_can_be_raised(self):
        """
        How many digits are allowed is a matter of policy.
        """
        assert plain_digits("+4416329600170000", 32) == "4416329600170000"


CELL = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=12)
LINE = st.one_of(
    st.lists(CELL, max_size=5).map(",".join),
    st.tuples(
        st.sampled_from(["+441", "+442", "+4 4 1", "441", '"+441"', "+442 "]),
        st.sampled_from(["sip", "", "x", '"']),
        st.sampled_from(["sip:a@b", "", "x", '"sip:a@b"']),
        st.sampled_from(["1", "", "x"]),
    ).map(",".join),
)


@given(st.lists(LINE, max_size=8))
def test_any_text_gives_rows(lines):
    """
    Whatever the lines are, each that is not blank gives one row, after a header that fits.
    """
    text = "number,service,uri,preference\n" + "\n".join(lines)

    rows = rows_of(text)

    assert len(rows) == sum(bool(line.strip()) for line in lines)


@given(st.lists(LINE, max_size=8))
def test_keys_are_those_of_the_rows(lines):
    """
    No key of a row is missed, and rows whose keys are said to be in order are.
    """
    numbered = list(enumerate(["number,service,uri,preference", *lines], start=1))
    keys = [row[0] for row in read_csv(numbered, "file", 15) if row[0]]

    found = list(csv_keys(numbered, "file", 15))

    assert set(keys) <= set(found)
    assert in_order(keys) or not in_order(found)


@given(
    st.sampled_from(["sip:a@b", "sip:a,b@c", "mailto:a@b?subject=x,y", "data:,;"]),
    st.one_of(st.none(), st.integers(0, 65535)),
)
def test_a_formatted_row_reads_back(uri, preference):
    """
    A line written is the line read, by Python's own reader, too.
    """
    text = format_row("441", "sip", uri, preference)

    shown = "" if preference is None else str(preference)
    assert next(csv.reader(io.StringIO(text))) == ["+441", "sip", uri, shown]
