"""How CSV files write their columns."""

import pytest

from enumd.errors import UnreadableFile
from enumd.registry.files.csv_dialect import Dialect
from enumd.registry.files.csv_format import read_csv
from enumd.registry.files.rows import ENDPOINT, Refusal

PLAIN = ("441632960017", ENDPOINT, "sip", "sip:a@example.net", 10, 0, None, 0)


def rows_of(text):
    """Return the rows of a text, without their lines."""
    lines = enumerate(text.split("\n"), start=1)
    return [(row[0], *row[2:]) for row in read_csv(lines, "file", 15)]


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
            ("number;uri;Kunde;Ort", "columns 'kunde', 'ort' are not"),
            ("Rufnummer;Dienst;Ziel", "called Rufnummer, Dienst, Ziel; number and uri are needed"),
            ("E164,Phone 2,Tenant,", "called E164, Phone 2, Tenant;"),
            ("DID,Country,Per Minute Cost,Destination", "number and uri are needed"),
            ("start,end,tenant,description", "number and uri are needed"),
        ],
    )
    def test_a_header_has_to_fit(self, header, why):
        """
        A header with a column we do not know, or without one we need, stops everything.
        """
        with pytest.raises(UnreadableFile, match=why):
            rows_of(f"{header}\nx")

    def test_the_columns_that_are_needed_are_named_once(self):
        """
        The advice about a header in other words names our columns, and a header of them is taken.
        """
        with pytest.raises(UnreadableFile) as caught:
            rows_of("Rufnummer;Dienst;Ziel\n+441632960017;sip;sip:a@example.net")

        assert "number, service, uri, preference" in caught.value.advice
        assert rows_of("uri,preference,service,number\nsip:a@example.net,10,sip,+441632960017")

    @pytest.mark.parametrize(
        "first", ["ada,sip,sip:ada@b", ",sip,sip:a@b", "441632960017,x,y", "+4,x"]
    )
    def test_a_line_with_a_value_is_no_header(self, first):
        """
        A first line with a number or a URI in it is a row, however wrong, and the next is read.
        """
        assert rows_of(f"{first}\n+441632960017,sip,sip:a@example.net,10")[-1] == PLAIN

    def test_a_header_that_cannot_be_read_stops_everything(self):
        """
        Where the first line is in another encoding nobody knows what the columns are.
        """
        refusal = Refusal(1, "text-encoding", "line", "octet 0xfc is not UTF-8")

        with pytest.raises(UnreadableFile, match="line 1, where columns may be named") as caught:
            list(read_csv([(1, refusal), (2, "+441632960017,sip,sip:a@b")], "file", 15))
        assert "0xfc" in caught.value.advice

    @pytest.mark.parametrize("text", ["", "\n", "sep=;", ",,,"])
    def test_a_file_may_be_empty(self, text):
        """
        A file in which nothing is said has no rows, and no fault.
        """
        assert rows_of(text) == []

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
        assert [row[2] for row in rows_of("+441632960017")] == ["columns-too-few"]
