"""The file of rejects."""

import csv

import pytest

from enumd.errors import UnreadableFile
from enumd.registry.files import rejects
from enumd.registry.files.csv_format import read_csv
from enumd.registry.files.one_name import Rules
from enumd.registry.files.reading import FileFormat, SourceFile
from enumd.registry.files.rejects import Rejects
from enumd.registry.files.rows import ENDPOINT, Refusal, RefusalKind


def listed(tmp_path, octets, refusals, kind=FileFormat.CSV):
    """Return the lines of the file of rejects for some refusals of a file."""
    path = tmp_path / "file"
    path.write_bytes(octets)
    with Rejects() as collected:
        for line, code in refusals:
            collected.add(Refusal(line, code, "field", "hint"))
        written = collected.write(SourceFile(path, kind, Rules(), 15), tmp_path / "rejects.csv")
    if written is None:
        return None
    return list(csv.reader(written.read_text().splitlines()))


HEAD = [
    "number",
    "service",
    "uri",
    "preference",
    "ttl",
    "error_line",
    "error_code",
    "error_field",
    "hint",
]


def test_nothing_refused_is_no_file(tmp_path):
    """
    Where nothing was refused no file is written.
    """
    assert listed(tmp_path, b"+44,sip,sip:a@b\n", []) is None
    assert not (tmp_path / "rejects.csv").exists()


def test_refused_lines_come_in_their_order(tmp_path):
    """
    Lines are listed by their number, with the columns they had and what is wrong.
    """
    octets = b'+1,a,b\n+2,a,b,c,d\n\n+4,"a\n\xff,b\n'

    found = listed(
        tmp_path,
        octets,
        [(5, "text-encoding"), (1, "uri-invalid"), (4, "quote-unclosed"), (2, "columns-too-many")],
    )

    assert found == [
        HEAD,
        ["+1", "a", "b", "", "", "1", "uri-invalid", "field", "hint"],
        ["+2", "a", "b", "c", "d", "2", "columns-too-many", "field", "hint"],
        ['+4,"a', "", "", "", "", "4", "quote-unclosed", "field", "hint"],
        ["ÿ", "b", "", "", "", "5", "text-encoding", "field", "hint"],
    ]


def test_what_cannot_be_read_is_shown(tmp_path):
    """
    Octets that are no UTF-8 are shown as Latin-1, and NUL as a blank, which no URI has.
    """
    octets = b"sep=;\nnumber;uri\n+1;J\xfcrgen\n+2;a\0b\n"

    found = listed(tmp_path, octets, [(3, "text-encoding"), (4, "text-nul")])

    assert [row[:2] for row in found] == [["number", "uri"], ["+1", "Jürgen"], ["+2", "a b"]]


def test_a_corrected_list_can_be_imported(tmp_path):
    """
    A list of rejects is a CSV like any other: what has been corrected in it is taken.
    """
    octets = b"Ziel,URI,Number,,\nx,,,,\n".replace(b"Ziel", b"Pref") + b"20,sip:a@b,1,,,more\n"
    path = tmp_path / "rejects.csv"
    listed(tmp_path, octets, [(3, "columns-too-many")])
    text = path.read_text()

    def rows():
        lines = enumerate(path.read_text().splitlines(), start=1)
        return [row[2:] for row in read_csv(lines, "file", 15)]

    assert rows()[0][1] == "columns-too-many"
    path.write_text(text.replace("more", "").replace(",1,", ",+44,"))
    assert rows() == [(ENDPOINT, "sip", "sip:a@b", 20, 0, None, 0)]


def test_the_columns_are_those_of_the_file(tmp_path):
    """
    The header is the file's own, and columns of an earlier list are not listed twice.
    """
    octets = b"Pref;URI;Number;error_line;hint\n10;x;+44;7;old\n"

    found = listed(tmp_path, octets, [(2, "uri-invalid")])

    assert found == [
        ["Pref", "URI", "Number", *HEAD[5:]],
        ["10", "x", "+44", "2", "uri-invalid", "field", "hint"],
    ]


def test_a_zone_file_has_lines(tmp_path):
    """
    What is refused of a zone file is listed as the text of its line, several times if need be.
    """
    octets = b"a TXT b\nc \xe9\n"

    found = listed(tmp_path, octets, [(2, "syntax"), (2, "ttl-invalid")], FileFormat.ZONE)

    assert found[0] == ["text", *HEAD[5:]]
    assert [row[:3] for row in found[1:]] == [
        ["c é", "2", "syntax"],
        ["c é", "2", "ttl-invalid"],
    ]


def test_faults_are_counted_apart(tmp_path, monkeypatch):
    """
    Invalid lines, duplicates and conflicts have their own counts, however many there are.
    """
    monkeypatch.setattr(rejects, "HELD", 2)
    path = tmp_path / "file"
    path.write_bytes(b"x\n" * 9)
    with Rejects() as collected:
        for line in range(1, 8):
            code = ("uri-invalid", "number-taken", "endpoint-repeated")[line % 3]
            collected.add(Refusal(line, code, "field", "hint"))
        assert [collected.count(fault) for fault in RefusalKind] == [2, 2, 3, 0]
        assert collected.reasons == {"number-taken": 3, "uri-invalid": 2, "endpoint-repeated": 2}
        source = SourceFile(path, FileFormat.CSV, Rules(), 15)
        written = collected.write(source, tmp_path / "rejects.csv")
    assert len(written.read_text().splitlines()) == 8
    assert written.stat().st_mode & 0o077 == 0
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["file", "rejects.csv"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    """
    Where the file cannot be written the error names it.
    """
    with Rejects() as collected:
        collected.add(Refusal(1, "uri-invalid", "uri", "hint"))
        source = SourceFile(tmp_path / "file", FileFormat.CSV, Rules(), 15)
        with pytest.raises(UnreadableFile, match="cannot write"):
            collected.write(source, tmp_path / "none" / "rejects.csv")
