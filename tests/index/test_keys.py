"""enumd.index.keys: names as keys, and the order they stand in."""

import doctest

from hypothesis import assume, given
from hypothesis import strategies as st

from enumd.index import keys
from enumd.index.keys import (
    OWN_KEY,
    is_digits,
    is_other,
    is_wildcard,
    pack_digits,
    pack_labels,
    unpack_digits,
    unpack_labels,
)

# Few labels that collide often: digits, "*", and others whose octets look like digits or like ends.
labels = st.sampled_from([b"0", b"1", b"9", b"*", b"a", b"K", b"k\x00", b"\x00", b"10", b"\xc0"])
names = st.lists(labels | st.binary(min_size=1, max_size=63), max_size=6).map(tuple)
few_names = st.lists(labels, max_size=5).map(tuple)


def lower(name):
    return tuple(label.lower() for label in name)


def is_below(name, ancestor):
    return len(name) > len(ancestor) and name[len(name) - len(ancestor) :] == ancestor


def test_examples_in_docstrings():
    """The examples in the docstrings are true."""
    assert doctest.testmod(keys).failed == 0


@given(st.from_regex(r"[0-9]{1,32}\*?", fullmatch=True))
def test_digits_there_and_back(digits):
    """Digits and a final `*` come back from their key, which is theirs as labels, too."""
    key = pack_digits(digits)
    assert unpack_digits(key) == digits
    assert key == pack_labels(tuple(digit.encode() for digit in reversed(digits)))
    assert not is_other(key)
    assert is_wildcard(key) == digits.endswith("*")


def test_no_digits_are_the_number_that_the_apex_is():
    """Its key comes before every other one, and no labels come back from it."""
    assert pack_digits("") == OWN_KEY
    assert pack_digits("0") > OWN_KEY
    assert (unpack_digits(OWN_KEY), unpack_labels(OWN_KEY)) == ("", ())
    assert not is_other(OWN_KEY)
    assert not is_wildcard(OWN_KEY)


@given(names)
def test_labels_there_and_back(name):
    """The labels of any name come back from its key in lower case."""
    assert unpack_labels(pack_labels(name)) == lower(name)


@given(few_names)
def test_table_and_wildcard_follow_from_the_key(name):
    """A key tells by itself which table it belongs to and whether it is a wildcard's."""
    key = pack_labels(name)
    assert is_other(key) == (not is_digits(lower(name)))
    assert is_wildcard(key) == (name[:1] == (b"*",))


@given(few_names, few_names)
def test_one_name_one_key(first, second):
    """Two names have the same key only if they are the same name."""
    assert (pack_labels(first) == pack_labels(second)) == (lower(first) == lower(second))


@given(few_names, few_names, few_names)
def test_descendants_follow_their_ancestor(below, ancestor, other):
    """A name sorts before its descendants, and nothing else stands between them."""
    assume(below and b"*" not in ancestor)
    top, bottom, between = map(pack_labels, (ancestor, below + ancestor, other))
    assert top < bottom
    if not is_other(top):
        assert bottom.hex().startswith(top.hex().rstrip("0"))
    if top < between < bottom:
        assert is_below(lower(other), lower(ancestor))


def test_longest_name_fits_a_key():
    """The longest owner name of all, 127 labels of one other octet, is a key LMDB can hold."""
    assert len(pack_labels((b"x",) * 127)) <= 511
