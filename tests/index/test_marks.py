"""enumd.index.marks: where a miss needs a closer look, and nowhere else."""

from bisect import bisect_right

import lmdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.index import marks
from enumd.index.keys import OWN_KEY, is_wildcard, pack_digits, pack_labels, unpack_labels
from enumd.index.layout import is_other
from enumd.index.marks import EVERYWHERE, is_mark, read_bounds
from enumd.index.values import Answer

labels = st.sampled_from([b"0", b"1", b"9", b"*", b"x", b"\x00"])
names = st.lists(labels, min_size=1, max_size=5).map(tuple)
digits = st.text("019", min_size=1, max_size=5)

PLAIN, CUT = Answer(1, b""), Answer(1, b"", mixed=True, cut=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Yield an LMDB environment with a table of its own for each use."""
    with lmdb.open(str(tmp_path_factory.mktemp("marks")), max_dbs=1) as environment:
        yield environment


@pytest.fixture(scope="module")
def bounds_of(environment):
    """Return a function that gives the bounds which these marks make."""
    table = environment.open_db(b"marks")

    def read(keys):
        with environment.begin(write=True) as transaction:
            transaction.drop(table, delete=False)
            for key in keys:
                transaction.put(key, b"", db=table)
            return read_bounds(transaction.cursor(table))

    return read


def within(bounds, number):
    """Tell whether a miss at these digits is looked at closer."""
    return bool(bisect_right(bounds, pack_digits(number)) & 1)


def has_a_say(name, answer, number):
    """Tell, from the labels, whether a name of a zone has a say in a miss at these digits."""
    path = [label.decode("latin1") for label in reversed(name)]
    asked = list(number)
    number_of_digits = next((n for n, label in enumerate(path) if not label.isdigit()), len(path))
    top, rest = path[:number_of_digits], path[number_of_digits:]
    if not rest:
        return answer.cut and asked[: len(top)] == top
    if rest[0] == "*" and asked[: len(top)] == top:
        return True
    # Below digits stands another label: these and their beginnings exist.
    return is_other(pack_labels(name)) and top[: len(asked)] == asked


@settings(deadline=None)
@given(st.dictionaries(names, st.sampled_from([PLAIN, CUT]), max_size=6), st.lists(digits))
def test_a_miss_is_looked_at_where_a_name_has_a_say(bounds_of, zone, asked):
    """Where any name has a say, and nowhere else."""
    keys = {
        pack_labels(name) for name, answer in zone.items() if is_mark(pack_labels(name), answer)
    }
    bounds = bounds_of(keys)
    for number in asked:
        assert within(bounds, number) == any(has_a_say(*each, number) for each in zone.items())


@settings(deadline=None)
@given(st.dictionaries(names, st.sampled_from([PLAIN, CUT]), max_size=6), st.lists(digits))
def test_many_marks_taken_together(bounds_of, zone, asked):
    """Where there are too many to be told apart, no place is lost, and the list stays short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "MOST", 2)
        keys = {pack_labels(n) for n, answer in zone.items() if is_mark(pack_labels(n), answer)}
        bounds = bounds_of(keys)
    assert len(bounds) <= 2 * 2 * 13
    for number in asked:
        assert within(bounds, number) >= any(has_a_say(*each, number) for each in zone.items())


def test_taken_together_by_their_first_digits(bounds_of, monkeypatch):
    """A thousand wildcards leave the rest of the zone as it is."""
    numbers = [f"44{place:04}" for place in range(1000)]
    bounds = bounds_of([pack_digits(number + "*") for number in numbers])
    assert within(bounds, "4400017")
    assert within(bounds, "440001")
    assert not within(bounds, "4417")
    assert not within(bounds, "45")
    monkeypatch.setattr(marks, "MOST", 0)
    assert bounds_of([pack_digits("4*")]) == EVERYWHERE
    assert within(EVERYWHERE, "0")
    assert bounds_of([]) == ()


def test_as_many_as_are_told_apart(bounds_of, monkeypatch):
    """With one more they are taken together, by as many digits as leave no more than that."""
    monkeypatch.setattr(marks, "MOST", 2)
    two = [pack_digits(number + "*") for number in ("4411", "4422")]
    deep = [pack_digits("4" * 11 + number + "*") for number in ("111", "122", "211")]
    assert bounds_of(two) == (*two_of("4411"), *two_of("4422"))
    assert bounds_of([pack_digits(number + "*") for number in ("41", "42")]) == (
        pack_digits("41"),
        pack_digits("43"),
    )
    above = (pack_digits("4"), pack_digits("4") + b"\0")
    assert bounds_of([*two, pack_digits("4433*")]) == (*above, *two_of("44"))
    # There are two beginnings of twelve digits.
    assert within(bounds_of(deep), "4" * 11 + "1")
    assert not within(bounds_of(deep), "4" * 11 + "3")


def two_of(number):
    """Return the bounds of all below one number."""
    return pack_digits(number), pack_digits(number[:-1] + chr(ord(number[-1]) + 1))


def test_another_label_leaves_its_digits_alone(bounds_of):
    """What is looked at closer is the name of the digits, and each they begin with."""
    bounds = [pack_digits(number) + end for number in ("1", "12") for end in (b"", b"\0")]
    assert bounds_of([pack_labels((b"x", b"2", b"1"))]) == tuple(bounds)


def test_what_is_no_mark():
    """Numbers, what they own beside NAPTRs, and names of other labels at the apex."""
    assert not is_mark(pack_digits("44"), PLAIN)
    assert not is_mark(pack_digits("44"), Answer(2, b"", mixed=True))
    assert not is_mark(OWN_KEY, PLAIN)
    for name in ((b"ns1",), (b"*", b"x"), (b"4", b"x")):
        assert not is_mark(pack_labels(name), CUT)
    assert is_wildcard(pack_labels((b"*", b"x")))
    assert unpack_labels(pack_labels((b"x", b"*"))) == (b"x", b"*")
    assert is_mark(pack_labels((b"x", b"*")), PLAIN)
