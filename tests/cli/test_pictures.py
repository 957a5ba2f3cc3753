"""What a terminal is shown: tables and trees cut by nothing, and a bar."""

import click

from enumd.cli.layout import Branch, Column
from enumd.cli.pictures import bar, draw_page, draw_table, draw_tree

LONG = "sip:" + "a" * 300 + "@example.net"


def test_a_table_cuts_nothing():
    """A URI is there to be copied, and no blanks follow it."""
    columns = [Column("n", right=True), Column("uri")]
    lines = list(map(click.unstyle, draw_table([{"n": 1, "uri": LONG}], columns)))

    assert lines[0].split() == ["N", "URI"]
    assert lines[1] == f"1  {LONG}"


def test_a_tree_has_its_lines_drawn():
    """What a stranger wrote cannot move the cursor."""
    lines = list(map(click.unstyle, draw_tree(Branch("a", [Branch("b\x1b[2J"), Branch("c")]))))

    assert lines[0] == "a" and len(lines) == 3
    assert lines[1].endswith(r"b\x1b[2J") and lines[2].endswith("c")


def test_a_bar_is_gone_at_the_end(capsys):
    """It stands on standard error, and leaves nothing where nobody sees it."""
    with bar("importing", 3) as advance:
        advance(3)

    assert capsys.readouterr().out == ""


def test_a_page_is_as_wide_as_is_good_to_read(monkeypatch):
    """However wide the terminal is; what is code is marked."""
    monkeypatch.setenv("COLUMNS", "300")
    lines = list(map(click.unstyle, draw_page(f"# Title\n\n{'word ' * 100}\n\n`enumd serve`\n")))

    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line.strip() == "enumd serve"]
