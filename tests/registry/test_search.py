"""Searching a range for free numbers."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from enumd.registry import search
from enumd.registry.changes import Actor
from enumd.registry.lifecycle import State
from enumd.registry.pattern import Pattern
from enumd.registry.schema import NumberRow
from enumd.registry.search import Span

NOW_S = 1_795_000_000
ALL = Pattern.parse(None)


def claimed(digits):
    """Return the columns of a claimed number."""
    return {"zone_id": 1, "digits": digits, "state": "claimed", "claimed_s": 1}


def released(digits, until_s):
    """Return the columns of a number in quarantine."""
    row = claimed(digits) | {"state": "released", "until_s": until_s}
    return {**row}


@pytest.fixture
def session(tree):
    """Give a session that may write, in a registry with one zone."""
    with tree.change(Actor("a", "test"), NOW_S) as change:
        yield change.session
        change.session.rollback()


def untouched(session, span, pattern=ALL, start=None):
    """Return all untouched numbers."""
    return list(search.untouched(session, span, pattern, start or span.first))


class TestSpan:
    """A range of numbers."""

    def test_a_span_counts_and_keeps_its_zeros(self):
        """
        Numbers that begin with zeros keep their length.
        """
        span = Span(1, "0098", "0101")
        assert (span.size, span.length) == (4, 4)
        assert [span.at(place) for place in range(4)] == ["0098", "0099", "0100", "0101"]


class TestUntouched:
    """Numbers without a row."""

    def test_gaps_are_found_in_order(self, session):
        """
        What has a row, whatever it says, is left out.
        """
        rows = [claimed("4410"), claimed("4412"), released("4413", 5) | {"hold_hash": None}]
        session.execute(insert(NumberRow), rows[:2])
        session.execute(insert(NumberRow), rows[2:])
        assert untouched(session, Span(1, "4410", "4415")) == ["4411", "4414", "4415"]
        assert untouched(session, Span(1, "4410", "4415"), start="4412") == ["4414", "4415"]

    def test_numbers_of_other_lengths_and_zones_do_not_count(self, session):
        """
        An open plan has numbers below numbers; they take nothing away.
        """
        session.execute(insert(NumberRow), [claimed("44100"), claimed("441")])
        assert untouched(session, Span(1, "4410", "4411")) == ["4410", "4411"]
        session.execute(insert(NumberRow), [claimed("4410")])
        assert untouched(session, Span(1, "4410", "4411")) == ["4411"]

    @pytest.mark.parametrize("first", ["0", "00", "000", "0000", "9000", "98000"])
    def test_a_full_range_has_none(self, session, first):
        """
        The search ends where numbers end, at every length.
        """
        span = Span(1, first, first.rstrip("0") + "9" * len(first[len(first.rstrip("0")) :]))
        rows = [claimed(span.at(place)) for place in range(span.size)]
        session.execute(insert(NumberRow), rows)
        assert untouched(session, span) == []

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        taken=st.sets(st.integers(0, 3999), max_size=60),
        full=st.sets(st.integers(0, 3)),
        ends=st.tuples(st.integers(0, 3999), st.integers(0, 3999)),
        pattern=st.sampled_from(["*", "*7", "44*00", "4?1*", "*9*9"]),
    )
    def test_the_search_finds_what_a_walk_finds(self, session, taken, full, ends, pattern):
        """
        Stepping over full thousands and from match to match misses nothing.
        """
        taken |= {number for number in range(4000) if number // 1000 in full}
        fits = Pattern.parse(pattern)
        first, last = (f"44{end:04}" for end in sorted(ends))
        savepoint = session.begin_nested()
        if taken:
            session.execute(insert(NumberRow), [claimed(f"44{number:04}") for number in taken])
        expected = [
            digits
            for digits in (f"44{number:04}" for number in range(4000) if number not in taken)
            if first <= digits <= last and fits.matches(digits)
        ]
        span = Span(1, first, last)
        found = untouched(session, span, fits)
        counted = search.touched(session, span)
        savepoint.rollback()
        assert expected == found
        assert counted == sum(first <= f"44{number:04}" <= last for number in taken)


class TestLapsed:
    """Numbers free again."""

    def test_an_end_is_exact(self, session):
        """
        A quarantine that ends this second is over, the next one is not.
        """
        rows = [released("4410", NOW_S), released("4411", NOW_S + 1), released("4412", NOW_S - 1)]
        session.execute(insert(NumberRow), rows)
        span = Span(1, "4410", "4419")
        expected = [("4410", State.RELEASED), ("4412", State.RELEASED)]
        assert expected == search.lapsed(session, span, ALL, NOW_S, 9)
        assert expected[:1] == search.lapsed(session, span, ALL, NOW_S, 1)
        assert expected[1:] == search.lapsed(session, span, Pattern("*2"), NOW_S, 9)


class TestPick:
    """One number for somebody."""

    def test_every_place_finds_every_number_in_the_end(self, session):
        """
        The search goes round from any place, takes untouched numbers first, then those free again.
        """
        session.execute(insert(NumberRow), [claimed("4411"), released("4413", NOW_S)])
        span = Span(1, "4410", "4413")
        picked = [search.pick(session, [span], ALL, NOW_S, place) for place in range(5)]
        assert [digits for _, digits in picked] == ["4410", "4412", "4412", "4410", "4410"]
        session.execute(insert(NumberRow), [claimed("4410"), claimed("4412")])
        assert (span, "4413") == search.pick(session, [span], ALL, NOW_S, 2)
        assert search.pick(session, [span], ALL, NOW_S - 1, 2) is None
        assert search.pick(session, [], ALL, NOW_S, 2) is None

    def test_another_span_comes_before_a_used_number(self, session):
        """
        A number nobody ever had in the second pool is better than a used one in the first.
        """
        session.execute(insert(NumberRow), [released("4410", 1)])
        spans = [Span(1, "4410", "4410"), Span(1, "4500", "4500")]
        assert (spans[1], "4500") == search.pick(session, spans, ALL, NOW_S, 0)


class TestCost:
    """A pool of ten million numbers, five million of them taken, in a row or scattered."""

    @pytest.fixture
    def crowded(self, tree):
        """Give a session where the tally says so; the rows of two thousands are really there."""
        with tree.change(Actor("a", "test"), NOW_S) as change:
            session = change.session
            rows = [{"zone": 1, "name": f"44200{block:04}", "count": 1000} for block in range(5000)]
            session.execute(text("INSERT INTO tally VALUES (:zone, 12, :name, :count)"), rows)
            yield session
            session.rollback()

    def test_a_free_number_costs_a_few_statements(self, crowded, tree, statements):
        """
        Wherever the search begins, it asks a handful of questions and reads no taken number.
        """
        span = Span(1, "442000000000", "442009999999")
        chance = random.Random(1)
        for place in [0, 4_999_999, *(chance.randrange(span.size) for _ in range(20))]:
            with statements(tree) as sent:
                picked = search.pick(crowded, [span], ALL, NOW_S, place)
            assert picked and picked[1] >= "442005000000"
            assert len(sent) <= 8
            assert not any("count(" in statement for statement in sent)

    def test_the_millionth_free_number_is_a_pattern_away(self, crowded, tree, statements):
        """
        A pattern names where to look, so what lies before is not looked at.
        """
        span = Span(1, "442000000000", "442009999999")
        with statements(tree) as sent:
            found = search.untouched(crowded, span, Pattern.parse("*6000017"), span.first)
            assert list(found) == ["442006000017"]
        assert len(sent) <= 3

    def test_counting_reads_the_tally(self, crowded, tree, statements):
        """
        Five million numbers are counted without touching one of them.
        """
        with statements(tree) as sent:
            assert search.touched(crowded, Span(1, "442000000000", "442009999999")) == 5_000_000
        assert len(sent) == 1

    def test_a_listing_is_lazy(self, crowded, tree, statements):
        """
        The first twenty free numbers are found in two batches.
        """
        span = Span(1, "442000000000", "442009999999")
        with statements(tree) as sent:
            found = itertools.islice(search.untouched(crowded, span, ALL, span.first), 20)
            assert len(list(found)) == 20
        assert len(sent) <= 12
