"""Results have three forms; notes and progress stay off standard output."""

import errno
import io
import json

import pytest

from enumd.cli import output as output_module
from enumd.cli.layout import Branch, Column
from enumd.cli.output import Form, Output
from enumd.cli.terminal import OutputRefused

ROWS = [
    {"number": "+441632960017", "state": "free", "more": 1},
    {"number": "+441632960018", "state": None},
]
COLUMNS = [Column("number", show=lambda text: text.replace("+44", "+44 ")), Column("state", "is")]


def test_tsv_rows_have_no_header(capsys):
    """TSV is one line a row, exactly the columns of the listing, plain values."""
    Output(Form.TSV).listing(ROWS, COLUMNS)

    assert capsys.readouterr().out == "+441632960017\tfree\n+441632960018\t\n"


def test_json_rows_are_one_array(capsys):
    """JSON is one document with the same keys in every object."""
    Output(Form.JSON).listing(ROWS, COLUMNS)

    assert json.loads(capsys.readouterr().out) == [
        {"number": "+441632960017", "state": "free"},
        {"number": "+441632960018", "state": None},
    ]


def test_tables_are_for_eyes(capsys):
    """A table has a header and shows values as people write them."""
    Output(Form.TABLE).listing(ROWS, COLUMNS)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NUMBER", "IS"]
    assert lines[1].split() == ["+44", "1632960017", "free"]


def test_a_long_value_is_not_cut(capsys):
    """However narrow the terminal, what is in the table can be copied out of it."""
    uri = "sip:" + "a" * 200 + "@example.net"

    Output(Form.TABLE).listing([{"uri": uri}], [Column("uri")])

    assert uri in capsys.readouterr().out.splitlines()


def test_no_rows_are_told_to_people_only(capsys):
    """An empty listing prints nothing on standard output, an empty array in JSON."""
    Output(Form.TABLE).listing([], COLUMNS, "nothing is free")
    told = capsys.readouterr()
    Output(Form.TSV).listing([], COLUMNS, "nothing is free")
    Output(Form.JSON).listing([], COLUMNS, "nothing is free")

    assert (told.out, told.err) == ("", "nothing is free\n")
    assert capsys.readouterr() == ("[]\n", "")


def test_a_record_is_lines_fields_or_an_object(capsys):
    """One result is the lines given for eyes, key and value in TSV, an object in JSON."""
    fields = {
        "number": "+441632960017",
        "live": {"ms": 3.5, "server": None},
        "endpoints": [{"preference": 10, "uri": "sip:a@b"}],
        "codes": ["a", "b"],
        "held": False,
    }

    Output(Form.TABLE).record(fields, "claimed", "as asked")
    assert capsys.readouterr().out == "claimed\nas asked\n"
    Output(Form.JSON).record(fields)
    assert fields == json.loads(capsys.readouterr().out)
    Output(Form.TSV).record(fields)
    assert capsys.readouterr().out.splitlines() == [
        "number\t+441632960017",
        "live.ms\t3.5",
        "live.server\t",
        "endpoints\t10\tsip:a@b",
        "codes\ta,b",
        "held\tfalse",
    ]


def test_quiet_silences_notes_and_progress_but_no_complaint(capsys):
    """`--quiet` keeps results and errors."""
    output = Output(Form.TSV, quiet=True)
    output.note("by the way")
    with output.progress("importing", 3) as advance:
        advance(3)
    output.complaint("broken")
    output.text("content")

    assert capsys.readouterr() == ("content\n", "broken\n")


def test_progress_elsewhere_is_a_line_every_ten_seconds(capsys, monkeypatch):
    """Without a terminal, progress is a line at most every ten seconds, with the rate."""
    clock = iter([0.0, 5.0, 12.0, 13.0, 25.0])
    monkeypatch.setattr(output_module.time, "monotonic", lambda: next(clock))

    with Output(Form.TSV).progress("importing", 2000) as advance:
        for done in (100, 600, 700, 1500):
            advance(done)

    assert capsys.readouterr().err.splitlines() == [
        "importing: 600 of 2,000 (30%) in 12 s, 50 a second",
        "importing: 1,500 of 2,000 (75%) in 25 s, 60 a second",
    ]


def test_progress_of_unknown_length_names_no_share(capsys, monkeypatch):
    """Where the total is not known, none is claimed."""
    clock = iter([0.0, 20.0])
    monkeypatch.setattr(output_module.time, "monotonic", lambda: next(clock))

    with Output(Form.TSV).progress("reading") as advance:
        advance(40)

    assert capsys.readouterr().err == "reading: 40 in 20 s, 2 a second\n"


def test_progress_on_a_terminal_is_a_bar(capsys, monkeypatch):
    """On a terminal, rich draws a bar on standard error and takes it away at the end."""
    monkeypatch.setattr(output_module.sys.stderr, "isatty", lambda: True)

    with Output(Form.TABLE).progress("importing", 10) as advance:
        advance(5)

    written = capsys.readouterr()
    assert "importing" in written.err
    assert written.out == ""


@pytest.mark.parametrize(("terminal", "form"), [(True, Form.TABLE), (False, Form.TSV)])
def test_the_form_follows_the_terminal(monkeypatch, terminal, form):
    """Without `-o` a person gets a table and a pipe gets TSV."""
    monkeypatch.setattr(output_module.sys.stdout, "isatty", lambda: terminal)

    assert Output(form) == Output.chosen(None, quiet=False)
    assert Output(Form.JSON) == Output.chosen("json", quiet=False)
    assert Output(form).for_eyes is terminal


TREE = Branch("root", [Branch("one", [Branch("sip:" + "a" * 300)], "green"), Branch("two")])


def test_a_tree_is_plain_text_where_nobody_watches(capsys):
    """Lines are set in, and nothing is cut."""
    Output(Form.TABLE).tree({"a": 1}, TREE)

    assert capsys.readouterr().out == f"root\n  one\n    sip:{'a' * 300}\ntwo\n".replace(
        "\ntwo", "\n  two"
    )


def test_on_a_terminal_it_is_drawn(capsys, monkeypatch):
    """With lines between what belongs together, and still nothing cut."""
    monkeypatch.setattr(output_module.sys.stdout, "isatty", lambda: True, raising=False)
    Output(Form.TABLE).tree({"a": 1}, TREE)

    said = capsys.readouterr().out
    assert "├── " in said
    assert "sip:" + "a" * 300 in said


def test_a_page_is_laid_out_on_a_terminal(capsys, monkeypatch):
    """Without the signs of Markdown, as wide as the terminal and never over 100 columns."""
    monkeypatch.setattr(output_module.sys.stdout, "isatty", lambda: True, raising=False)
    for columns, widest in (("40", 40), ("200", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        Output(Form.TABLE).page("", "# Title\n\n" + "word " * 60 + "\n\n- `code`\n")
        lines = capsys.readouterr().out.splitlines()
        assert not [line for line in lines if "#" in line or "`" in line]
        assert widest - 5 < max(map(len, lines)) <= widest


@pytest.mark.parametrize("form", [Form.TABLE, Form.TSV, Form.JSON])
def test_a_page_is_as_it_is_written_elsewhere(capsys, monkeypatch, form):
    """A pipe gets the text, and so does who asks for another form on a terminal."""
    monkeypatch.setattr(
        output_module.sys.stdout, "isatty", lambda: form is not Form.TABLE, raising=False
    )
    Output(form).page("# Title\n", "")

    assert capsys.readouterr().out == "# Title\n"


def test_programs_get_its_fields(capsys):
    """In both of their forms."""
    Output(Form.JSON).tree({"a": 1}, TREE)
    Output(Form.TSV).tree({"a": 1}, TREE)

    assert capsys.readouterr().out == '{"a": 1}\na\t1\n'


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\udcff"])
@pytest.mark.parametrize("form", Form)
def test_stored_text_cannot_act_on_a_terminal(capsys, form, char):
    """No form writes a control character as it is; JSON reads back as exactly the value."""
    value = f"a{char}[31m"
    output = Output(form)
    output.listing([{"x": value}], [Column("x")])
    output.record({"x": value}, f"x  {value}")
    output.tree({"x": value}, Branch(value))
    output.note(value)

    written = capsys.readouterr()
    assert char not in written.out + written.err
    if form is Form.JSON:
        assert json.loads(written.out.splitlines()[0]) == [{"x": value}]


class Full(io.StringIO):
    """A standard output that takes nothing."""

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_result_that_is_shown_once_is_not_lost(capsys, monkeypatch):
    """What standard output does not take goes to standard error, and the error says so."""
    monkeypatch.setattr("sys.stdout", Full())

    with pytest.raises(OutputRefused, match="standard output: No space left"):
        Output(Form.TSV, quiet=True, precious=True).record({"code": "C5CG-2KGZ-8YC6"})
    assert "C5CG-2KGZ-8YC6" in capsys.readouterr().err


def test_a_note_that_nobody_hears_fails_nothing(monkeypatch):
    """Notes, complaints and progress are no reason for a command to fail."""
    monkeypatch.setattr("sys.stderr", Full())

    Output(Form.TSV).note("live")
    Output(Form.TSV).complaint("oh")


def test_json_for_a_terminal_without_unicode_is_json(monkeypatch):
    """An encoding that lacks a letter gets JSON's own escape of it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)

    Output(Form.JSON).record({"name": "Zoë"})

    assert json.loads(stream.buffer.getvalue()) == {"name": "Zoë"}
