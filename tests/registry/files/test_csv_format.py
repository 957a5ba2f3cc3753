"""CSV: every way of writing the columns, and every way of getting them wrong."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import UnreadableFile
from enumd.registry.files.csv_dialect import is_empty
from enumd.registry.files.csv_format import csv_keys, format_row, read_csv
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, NOTED, REFUSED, ZONE_TTL, Refusal
from enumd.registry.files.sorting import in_order

HEADER = "number,service,uri,preference"
ROW = "+441632960017,sip,sip:a@example.net,10"
PLAIN = ("441632960017", ENDPOINT, "sip", "sip:a@example.net", 10, 0, None, 0)


def rows_of(text, max_digits=15):
    """Return the rows of a text, without their lines."""
    lines = enumerate(text.split("\n"), start=1)
    return [(row[0], *row[2:]) for row in read_csv(lines, "file", max_digits)]


def codes_of(text):
    """Return the codes a text is refused with."""
    return [row[2] for row in rows_of(text) if row[1] == REFUSED]


DRESSED = {
    "\u202d+441632960051\u202c": "441632960051",
    "+44\u200b1632960052": "441632960052",
    "\uff0b441632960053": "441632960053",
    "'+441632960054": "441632960054",
    '"=""+441632960055"""': "441632960055",
    '="+441632960056"': "441632960056",
    "+44\u00a01632\u00a0960057": "441632960057",
}


class TestLinesThatAreNoRows:
    """What spreadsheets and joined files leave behind."""

    @pytest.mark.parametrize(
        "text",
        [
            f"{HEADER}\n{ROW}\n,,,\n,,,",
            f"{HEADER}\n;;;\n{ROW}\n \t \n",
            f'{HEADER}\n"","","",""\n{ROW}',
            f"sep=,\n{HEADER}\n{ROW}",
            f"\nsep=;\n{HEADER}\n{ROW}".replace(",", ";"),
            f'"sep=;"\n{HEADER}\n{ROW}'.replace(",", ";"),
            f"sep=\t\n{HEADER}\n{ROW}".replace(",", "\t"),
            f"SEP=|\n{HEADER}\n{ROW}".replace(",", "|"),
            f"sep=,,,\n{ROW}",
            f"{HEADER},,\n{ROW},,",
            f"{HEADER}\n{ROW},,,,",
            f"{HEADER},,\n{ROW}",
            f"{ROW},,",
            "number,,service,uri,preference\n+441632960017,,sip,sip:a@example.net,10",
        ],
    )
    def test_empty_cells_say_nothing(self, text):
        """
        Rows and columns of empty cells and a line about the delimiter change nothing.
        """
        assert rows_of(text) == [PLAIN]

    @pytest.mark.parametrize("again", [HEADER, HEADER.upper(), f"{HEADER},,", "sep=,"])
    def test_a_header_in_the_middle_is_left_out(self, again):
        """
        Joined files have their first lines again, and that is noted.
        """
        first, note, second = rows_of(f"{HEADER}\n{ROW}\n{again}\n{ROW}")

        assert first == second == PLAIN
        assert note[:3] == ("", NOTED, "header-repeated")

    def test_a_header_that_says_otherwise_stops_everything(self):
        """
        Joined files with their columns in different places are not read by the first header.
        """
        with pytest.raises(UnreadableFile, match="line 3 is a header") as caught:
            rows_of(f"{HEADER}\n{ROW}\nnumber,uri\n+441632960018,sip:b@example.net")

        assert "one by one" in caught.value.advice

    def test_another_delimiter_in_the_middle_is_refused(self):
        """
        A line that announces another delimiter is no row, and not left out either.
        """
        assert codes_of(f"{ROW}\nsep=;") == ["columns-too-few"]

    @pytest.mark.parametrize(
        "text", [f"{ROW},60,more", f"{HEADER},\n{ROW},more", "number,,uri\n+441632960017,x,sip:a@b"]
    )
    def test_a_value_that_no_column_is_named_for_is_refused(self, text):
        """
        Nothing that somebody wrote is left out without a word.
        """
        assert codes_of(text) == ["columns-too-many"]


class TestRows:
    """What a line says."""

    def test_what_is_left_out_follows(self):
        """
        The service follows from the URI, the preference is left for later.
        """
        (row,) = rows_of("+441632960017,,mailto:a@example.net")

        assert row[2:] == ("email:mailto", "mailto:a@example.net", NO_PREFERENCE, 0, None, 0)

    @pytest.mark.parametrize("text", ["none,", "None,,", "none", ' "none" ,', "none,,10"])
    def test_a_number_alone_is_said_on_purpose(self, text):
        """
        The word none as the service makes a row without an endpoint.
        """
        (row,) = rows_of(f"+441632960017,{text}".replace(' "none" ', "none"))

        assert row[1:] == (ENDPOINT, "", "", NO_PREFERENCE, 0, None, 0)

    @pytest.mark.parametrize("text", [",", ",,", ", ,\u200b,", ""])
    def test_nothing_silences_a_number_without_a_word(self, text):
        """
        A row without service and URI is refused, and the hint says how it is meant.
        """
        (row,) = rows_of(f"+441632960017,{text}")

        assert row[:3] == ("441632960017", REFUSED, "uri-missing")
        assert "write none as its service" in row[4]

    def test_no_endpoint_and_an_endpoint_contradict_each_other(self):
        """
        The word none with a URI is refused.
        """
        assert codes_of("+441632960017,none,sip:a@example.net") == ["uri-invalid"]

    @pytest.mark.parametrize("text", DRESSED)
    def test_what_nobody_typed_is_taken_away_and_noted(self, text):
        """
        Marks of spreadsheets and characters nobody sees do not keep a number from being taken.
        """
        *notes, row = rows_of(f"{text},sip,sip:a@example.net,10")

        assert row == (DRESSED[text], *PLAIN[1:])
        plain = "\u00a0" in text
        assert [note[2] for note in notes] == [] if plain else ["number-cleaned"]

    def test_a_note_is_for_every_line(self):
        """
        A number that is written oddly twice is noted twice.
        """
        line = "'+441632960017,,mailto:a@example.net\n"

        assert [row[1] for row in rows_of(line * 2)] == [NOTED, ENDPOINT] * 2

    @pytest.mark.parametrize(
        "text",
        [
            "sip,sip:a@example.net\u202c,10",
            "sip\u200b,sip:a@example.net,10",
            'sip,"=""sip:a@example.net""",10',
            "'sip,'sip:a@example.net,'10",
        ],
    )
    def test_marks_are_no_part_of_an_endpoint(self, text):
        """
        What comes along from a spreadsheet or a messenger gets into no service and no URI.
        """
        *notes, row = rows_of(f"+441632960017,{text}")

        assert row == PLAIN
        assert [note[2] for note in notes] == ["text-cleaned"]

    def test_a_uri_hides_nothing(self):
        """
        A character nobody sees, within a URI, is refused by its name and not encoded.
        """
        (row,) = rows_of("+441632960017,sip,sip:a\u200bb@example.net")

        assert row[2] == "uri-invalid"
        assert "U+200B (ZERO WIDTH SPACE) at column 6" in row[4]

    def test_letters_of_a_language_are_encoded(self):
        """
        What can be seen and is no ASCII is encoded as everywhere else, without a note.
        """
        (row,) = rows_of("+441632960017,,mailto:j\u00fcrgen@example.net,10")

        assert row[3] == "mailto:j%C3%BCrgen@example.net"

    def test_a_zero_too_many_is_noted(self):
        """
        The 0 of a national number behind the country code is taken as written, and noted.
        """
        note, row = rows_of("+44 07700 900051,sip,sip:a@example.net,10")

        assert row[0] == "4407700900051"
        assert note[1:3] == (NOTED, "number-trunk-zero")
        assert "+447700900051?" in note[4]

    @pytest.mark.parametrize("preference", ["x", "-1", "65536", "1.5", "999999", "١"])
    def test_a_preference_is_a_number(self, preference):
        """
        A preference that does not fit 16 bits is refused, and the row knows its number.
        """
        (row,) = rows_of(f"+441632960017,sip,sip:a@example.net,{preference}")

        assert row[:3] == ("441632960017", REFUSED, "preference-invalid")

    @pytest.mark.parametrize("ttl", ["x", "-1", "1h", "1.5", "2147483648", "99999999999", "١"])
    def test_a_ttl_is_a_number_of_seconds(self, ttl):
        """
        A TTL that does not fit 31 bits is refused (RFC 2181 section 8), and the row knows its
        number.
        """
        (row,) = rows_of(f"+441632960017,sip,sip:a@example.net,10,{ttl}")

        assert row[:4] == ("441632960017", REFUSED, "ttl-invalid", "ttl")

    @pytest.mark.parametrize(
        ("text", "ttl_s"),
        [
            (f"{ROW}", None),
            (f"{ROW},", None),
            (f"{ROW}, 60 ", 60),
            (f"{ROW},0", 0),
            (f"{HEADER}\n{ROW}", None),
            (f"{HEADER},ttl\n{ROW}", ZONE_TTL),
            (f"{HEADER},ttl\n{ROW},", ZONE_TTL),
            (f"{HEADER},TTL\n{ROW},2147483647", 2147483647),
            ("ttl;uri;number\n7;sip:a@example.net;+441632960017", 7),
            ("number,service,uri,preference,ttl\n+441632960017,none,,,7", 7),
        ],
    )
    def test_a_ttl_may_be_said(self, text, ttl_s):
        """
        A blank in a column that is named is the TTL of the zone; no column says nothing.
        """
        assert rows_of(text)[-1][6] == ttl_s

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("+441632960017,sip,", "uri-missing"),
            ("+441632960017,sip,nonsense", "uri-invalid"),
            ("+441632960017,sip,jürgen", "uri-invalid"),
            ("+441632960017", "columns-too-few"),
            ("441632960017", "columns-too-few"),
            ("+441632960017,sip,sip:a@b,10,60,more", "columns-too-many"),
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

    said = [row for row in rows if row[1] != NOTED]
    assert len(said) == sum(not is_empty(line) for line in lines)


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
    st.one_of(st.none(), st.integers(0, 2147483647)),
)
def test_a_formatted_row_reads_back(uri, preference, ttl_s):
    """
    A line written is the line read, by Python's own reader, too.
    """
    text = format_row("441", "sip", uri, preference, ttl_s)

    shown = ["" if value is None else str(value) for value in (preference, ttl_s)]
    assert next(csv.reader(io.StringIO(text))) == ["+441", "sip", uri, *shown]


def test_a_number_alone_is_written_as_it_is_read():
    """
    What is exported for a number without endpoints is taken when it is imported.
    """
    assert rows_of(format_row("441632960017", "", "", None, None))[0][1:4] == (ENDPOINT, "", "")


TOLD = [
    "+441632960017.0",
    "+441632960100-199",
    "+441632960017/18",
    "+44 (0) 1632 960017",
    "+44 (01632) 960017",
    "+44 1632 960017 x12",
    "+44 163",
    "+4930123400-99",
    "+44 07700 900001",
]


@pytest.mark.parametrize("cell", TOLD)
def test_a_number_that_a_hint_tells_people_to_write_is_taken(cell):
    """
    Every number in a hint or a note, put in the place of what was wrong, is taken as it stands.
    """
    (told, *_) = rows_of(f"{cell},sip,sip:a@example.net,10")
    numbers = re.findall(r"\+[0-9]+", told[4])

    assert numbers
    for number in numbers:
        assert rows_of(f"{number},sip,sip:a@example.net,10")[-1] == (number[1:], *PLAIN[1:])


@pytest.mark.parametrize(
    ("line", "correction"),
    [
        ("+441632960017,,", "+441632960017,none,"),
        ("+441632960017,sip,", "+441632960017,none,"),
        ("+441632960017,none,sip:a@b", "+441632960017,none,"),
        ("+441632960017,sip,sip:a@b,65536", "+441632960017,sip,sip:a@b,65535"),
        ("+441632960017,,data:a,b,10", '+441632960017,X-thing,"data:a,b",10'),
        ('+441632960017,sip,"sip:a@b', '+441632960017,sip,"sip:a@b"'),
        ("441632960017,sip,sip:a@b", "+441632960017,sip,sip:a@b"),
        ("+441632960017,,urn:x:ada", "+441632960017,X-thing,urn:x:ada"),
        ("+441632960017,sip,sip:a\u200bb@c", "+441632960017,sip,sip:ab@c"),
        ("+441632960017", "+441632960017,sip,sip:a@b,10"),
    ],
)
def test_what_a_hint_tells_people_to_do_is_taken(line, correction):
    """
    A line that was refused is taken once it is corrected as its hint says.
    """
    assert len(codes_of(line)) == 1
    assert codes_of(correction) == [], rows_of(correction)


def test_a_long_file_of_odd_lines_is_read_in_time_that_grows_with_it():
    """
    However long a line is and whatever it is made of, every character is looked at a few times.
    """
    for text in ('"' * 16_000, "," * 16_000, "+" + "1-" * 8_000, " " * 16_000, "=" * 16_000):
        for line in (text, f"{text},sip,sip:a@b", f"+441632960017,sip,{text}"):
            assert list(read_csv([(1, HEADER), (2, line)], "file", 15)) is not None
