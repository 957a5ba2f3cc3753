"""Entries of zone files: brackets, quotes and comments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.registry.files import zone_entries
from enumd.registry.files.rows import Refusal
from enumd.registry.files.zone_entries import MAX_ENTRY_LINES, read_entries


def entries_of(*texts):
    """Return the entries of some lines, refusals by their code."""
    found = read_entries(enumerate(texts, start=1))
    return [(n, each.code if isinstance(each, Refusal) else each) for n, each in found]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("a", "b"), [(1, "a"), (2, "b")]),
        (("a ( b", "c )", "d"), [(1, "a ( b\nc )"), (3, "d")]),
        (("a (", "(", ")", ")", "b"), [(1, "a (\n(\n)\n)"), (5, "b")]),
        (('a "(" b', "c"), [(1, 'a "(" b'), (2, "c")]),
        (("a ; (", "c"), [(1, "a ; ("), (2, "c")]),
        ((r"a \(", "c"), [(1, r"a \("), (2, "c")]),
        ((r'a "\"(" b', "c"), [(1, r'a "\"(" b'), (2, "c")]),
        (("a ( ; )", ")", "c"), [(1, "a ( ; )\n)"), (3, "c")]),
        (('a ( "', ")", "c"), [(1, 'a ( "\n)'), (3, "c")]),
        (("a (", "b", "c"), [(1, "bracket-unclosed"), (2, "b"), (3, "c")]),
        (("a (", "b (", ")"), [(1, "bracket-unclosed"), (2, "b (\n)")]),
    ],
)
def test_brackets_hold_lines_together(lines, expected):
    """
    A bracket counts outside quotes, comments and escapes; one left open costs its own line.
    """
    assert entries_of(*lines) == expected


def test_an_entry_has_a_limit():
    """
    An entry of too many lines is one whose bracket is not closed.
    """
    lines = ["a ("] + ["b"] * MAX_ENTRY_LINES + [")"]

    found = entries_of(*lines)

    assert found[0] == (1, "bracket-unclosed")
    assert [text for _, text in found[1:]] == lines[1:]


def test_a_line_that_cannot_be_read_ends_an_entry():
    """
    A refused line inside brackets is passed on, and the bracket counts as open.
    """
    refusal = Refusal(2, "text-nul", "line", "")

    found = list(read_entries([(1, "a ("), (2, refusal), (3, ")")]))

    assert [each.code if isinstance(each, Refusal) else each for _, each in found] == [
        "bracket-unclosed",
        "text-nul",
        ")",
    ]


@given(st.lists(st.text('ab ()"\\;', max_size=6), max_size=12))
def test_no_line_is_lost(lines):
    """
    Every line comes out once, alone or in the entry of a line before it, in order.
    """
    seen = []
    for number, entry in read_entries(enumerate(lines, start=1)):
        count = 1 if isinstance(entry, Refusal) else entry.count("\n") + 1
        seen += range(number, number + count)

    assert seen == list(range(1, len(lines) + 1))


def test_every_line_is_looked_through_once(monkeypatch):
    """
    Brackets that are never closed cost no more than their lines have octets.
    """
    seen = []
    depth = zone_entries._depth
    monkeypatch.setattr(zone_entries, "_depth", lambda text: seen.append(len(text)) or depth(text))
    lines = [(number, "(" * 300) for number in range(1, 1601)]

    found = list(read_entries(lines))

    assert [each.code for _, each in found] == ["bracket-unclosed"] * 1600
    assert sum(seen) == 1600 * 300
