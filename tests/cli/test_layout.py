"""Values read as text and as TSV, and a tree as lines."""

from enumd.cli.layout import Branch, Column, indented, show_plain, tsv, tsv_lines


def test_tsv_never_breaks_a_line():
    """Tabs, newlines and backslashes inside a value are escaped."""
    assert tsv("a\tb\nc\\d") == r"a\tb\nc\\d"
    assert tuple(map(tsv, (True, None, ["a", 1]))) == ("true", "", "a,1")


def test_people_read_words():
    """Where nothing better is known."""
    assert tuple(map(show_plain, (True, False, None, 3))) == ("yes", "no", "", "3")


def test_a_column_shows_its_value_its_own_way():
    """What is not known is left empty."""
    column = Column("size", show="{:,}".format)

    assert (column.cell({"size": 1000}), column.cell({}), Column("x").cell({"x": True})) == (
        *("1,000", ""),
        "yes",
    )


def test_a_record_is_a_line_a_key():
    """Records inside are joined with a dot, lists of them repeat their key."""
    fields = {"live": {"ms": 1.5}, "ways": [{"n": 1, "uri": "a"}, {"n": 2, "uri": "b"}], "none": []}

    assert list(tsv_lines(fields)) == ["live.ms\t1.5", "ways\t1\ta", "ways\t2\tb", "none\t"]


def test_a_tree_is_indented():
    """Two blanks a step down."""
    assert list(indented(Branch("a", [Branch("b", [Branch("c")])]))) == ["a", "  b", "    c"]
