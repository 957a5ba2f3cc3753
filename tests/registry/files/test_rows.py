"""Rows, keys and refusals."""

import dns.name
from hypothesis import given
from hypothesis import strategies as st

from enumd.index.layout import pack_labels
from enumd.registry.files.rows import (
    CODES,
    REFUSED,
    EntryError,
    Refusal,
    RefusalKind,
    key_of,
    refused,
)

LABELS = st.lists(
    st.one_of(st.sampled_from([b"0", b"1", b"9", b"*", b"**"]), st.binary(min_size=1, max_size=5)),
    min_size=1,
    max_size=6,
).map(lambda labels: tuple(label.lower() for label in labels))


@given(LABELS, LABELS)
def test_keys_are_in_the_order_of_the_index(first, second):
    """
    Two names compare by their keys here as they do by their keys in the index.
    """
    here = key_of(first), key_of(second)
    index = pack_labels(first), pack_labels(second)

    assert (here[0] < here[1]) == (index[0] < index[1])
    assert (here[0] == here[1]) == (first == second)


@given(LABELS, LABELS)
def test_an_ancestor_is_a_prefix(labels, below):
    """
    The key of a name begins with the keys of its ancestors, and with no others.
    """
    name = dns.name.Name(labels)
    lower = dns.name.Name(below)

    ancestor = below[-len(labels) :] == labels
    if labels[0] != b"*":
        assert key_of(lower.labels).startswith(key_of(name.labels)) == ancestor


def test_a_refusal_has_a_count():
    """
    Every code goes under one of four counts.
    """
    faults = {Refusal(1, code, "", "").fault for code in CODES}

    assert faults == set(RefusalKind)
    assert Refusal(1, "uri-invalid", "", "").fault is RefusalKind.INVALID


def test_a_refusal_is_a_row():
    """
    A refusal travels as a row, and an error about an entry becomes the refusal of its line.
    """
    refusal = EntryError("syntax", "line", "why").at(7)

    assert refused("44", refusal) == ("44", 7, REFUSED, "syntax", "line", "why")
