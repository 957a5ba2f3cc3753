"""What was learnt is kept as long as it may be used, and no longer."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.ddds import Failed, NoData, NxDomain, RecordsFound
from enumd.serve.enum.remembered import FAILURE_S, LONGEST_NEGATIVE_S, LONGEST_S, Remembered

NAMES = [dns.name.from_text(f"n{place}.example.") for place in range(6)]
ADA = NAMES[0]


@pytest.mark.parametrize("kind", [lambda ttl_s: RecordsFound((), ttl_s), NoData, NxDomain])
def test_an_answer_ends_with_its_ttl(kind):
    """Meanwhile it comes back with the TTL that is left."""
    cache = Remembered(9)
    cache.put(ADA, kind(60), 1000.0)

    assert cache.get(ADA, 1000.0) == kind(60)
    assert cache.get(ADA, 1059.5) == kind(0)
    assert cache.get(ADA, 1060.0) is None
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("result", "for_s"),
    [
        (RecordsFound((), 1 << 31), LONGEST_S),
        (NoData(1 << 31), LONGEST_NEGATIVE_S),
        (NxDomain(1 << 31), LONGEST_NEGATIVE_S),
        (Failed("silence"), FAILURE_S),
    ],
)
def test_nothing_is_kept_for_ever(result, for_s):
    """A day for what is there, three hours for what is not, a moment for a failure."""
    cache = Remembered(9)
    cache.put(ADA, result, 0.0)

    assert cache.get(ADA, for_s - 0.1) is not None
    assert cache.get(ADA, for_s) is None


def test_a_failure_comes_back_as_it_was():
    """It has no TTL to count down."""
    cache = Remembered(9)
    cache.put(ADA, Failed("silence"), 0.0)

    assert cache.get(ADA, 0.5) == Failed("silence")


def test_what_may_not_be_kept_is_not():
    """A TTL of 0 is for this once, and it takes away what was known before."""
    cache = Remembered(9)
    cache.put(ADA, NoData(60), 0.0)
    cache.put(ADA, NoData(0), 0.0)

    assert cache.get(ADA, 0.0) is None


def test_with_no_room_nothing_is_kept():
    """The cache can be turned off."""
    cache = Remembered(0)
    cache.put(ADA, NoData(60), 0.0)

    assert (cache.get(ADA, 0.0), len(cache)) == (None, 0)


def test_names_are_the_same_in_any_case():
    """RFC 4343."""
    cache = Remembered(9)
    cache.put(ADA, NoData(60), 0.0)

    assert cache.get(dns.name.from_text("N0.Example."), 0.0) == NoData(60)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=40), st.integers(1, 4))
def test_the_one_not_wanted_longest_goes_first(steps, room):
    """Whatever is put and got, the last wanted ones are there, and no more than there is room."""
    cache = Remembered(room)
    wanted: list[int] = []
    for is_put, place in steps:
        if is_put:
            cache.put(NAMES[place], NoData(60), 0.0)
        if is_put or place in wanted:
            wanted = [*(one for one in wanted if one != place), place][-room:]
        assert (cache.get(NAMES[place], 0.0) is not None) is (place in wanted)

        assert len(cache) == len(wanted)
    assert all(cache.get(NAMES[place], 0.0) for place in wanted)
