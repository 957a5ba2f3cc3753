"""The order of sources: our index, then other trees."""

from __future__ import annotations

import logging

import dns.name
import pytest
from twisted.internet.defer import CancelledError, Deferred

from enumd.core.apex import Apex
from enumd.core.ddds import Failed, NoData, NxDomain, RecordsFound, resolve_number
from enumd.core.naptr import Naptr
from enumd.core.number import Number
from enumd.index.entries import Entry, EntryState
from enumd.routing.profile import Status
from enumd.serve.enum.finding import Finder

ZONE = """
$ORIGIN uk.example.
$TTL 300
@ SOA ns.example. hostmaster.example. 7 3600 600 86400 60
@ NS ns.example.
1.1 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:ours@example.net!" .
2 NS ns.carrier.example.
"""
OURS, DELEGATED, FREE, SUSPENDED, RESTING, EMPTY, PART, OUTSIDE = map(
    Number, ("4411", "4421", "4439", "4441", "4442", "4443", "441", "4930")
)
STATES = {
    "41": Entry(EntryState.SUSPENDED),
    "42": Entry(EntryState.QUARANTINE),
}
UK = Apex.parse("uk.example=44")
OTHERS = (Apex.parse("one.example"), Apex.parse("two.example"))
THEIRS = Naptr(100, 10, b"u", b"E2U+sip", b"!^.*$!sip:theirs@example.net!", dns.name.root)


def resolution(number, trees, result):
    """Return what the client's loop makes of the same answer from every tree."""
    steps = resolve_number(number, trees)
    try:
        next(steps)
        while True:
            steps.send(result)
    except StopIteration as end:
        return end.value


class Trees:
    """Other people's trees: what was asked of them, and what they say to everything."""

    def __init__(self) -> None:
        """Say that there is no such number."""
        self.result = NxDomain(60)
        self.asked = []

    def __call__(self, number, trees):
        """Answer at once."""
        self.asked.append((number, tuple(trees)))
        return resolution(number, trees, self.result)


@pytest.fixture
def trees():
    """Trees that know nothing."""
    return Trees()


@pytest.fixture
def published(publish_text):
    """An index with a number, a delegated block, and numbers that cannot be called."""
    reader = publish_text(
        ZONE, prefixes={"uk.example.": "44"}, nothing_at=("1.4", "3.4"), entries=STATES
    )

    class Directory:
        def __enter__(self):
            self.snapshot = reader.snapshot()
            return self.snapshot.__enter__()

        def __exit__(self, *raised):
            self.snapshot.__exit__(*raised)

    return Directory()


@pytest.fixture
def finder(published, trees):
    """A finder of all of them."""
    return Finder(published, OTHERS, trees)


class TestOurIndexFirst:
    @pytest.mark.parametrize(
        ("number", "status"),
        [
            (OURS, Status.CLAIMED),
            (SUSPENDED, Status.SUSPENDED),
            (EMPTY, Status.CLAIMED),
            (PART, Status.INCOMPLETE),
        ],
    )
    def test_a_name_of_ours_that_exists_is_the_end(self, finder, trees, number, status):
        """Nobody else is asked, whatever there is at it."""
        entry = finder.find(number, 1000.7)

        assert entry.status is status
        assert trees.asked == []

    def test_so_is_an_index_that_cannot_be_read(self, trees):
        """What it may know goes before what others know."""

        class Nothing:
            def __enter__(self):
                return None

            def __exit__(self, *raised):
                pass

        assert Finder(Nothing(), OTHERS, trees).find(OURS, 0.0).status is Status.UNREADABLE
        assert trees.asked == []


class TestThenTheOthers:
    @pytest.mark.parametrize("number", [FREE, RESTING, OUTSIDE])
    def test_where_we_have_no_such_name(self, finder, trees, number):
        """They are asked in their order, and what they find counts."""
        trees.result = RecordsFound((THEIRS,), 60)

        entry = finder.find(number, 1000.0)

        assert [route.uri for route in entry.routes] == ["sip:theirs@example.net"]
        assert trees.asked == [(number, OTHERS)]

    def test_a_delegated_block_in_the_tree_that_delegates_it(self, finder, trees):
        """By way of DNS, before the others."""
        trees.result = RecordsFound((THEIRS,), 60)

        assert finder.find(DELEGATED, 1000.0).routes
        assert trees.asked == [(DELEGATED, (UK, *OTHERS))]

    def test_which_may_be_configured_too(self, published, trees):
        """It is asked once."""
        Finder(published, (OTHERS[0], UK), trees).find(DELEGATED, 1000.0)

        assert trees.asked == [(DELEGATED, (UK, OTHERS[0]))]

    @pytest.mark.parametrize(
        ("number", "result", "status"),
        [
            (FREE, NxDomain(60), Status.FREE),
            (OUTSIDE, NxDomain(60), Status.FREE),
            (RESTING, NxDomain(60), Status.QUARANTINE),
            (RESTING, NoData(60), Status.CLAIMED),
            (FREE, NoData(60), Status.CLAIMED),
            (FREE, Failed("silence"), Status.UNANSWERED),
            (RESTING, Failed("silence"), Status.UNANSWERED),
            (OUTSIDE, Failed("silence"), Status.UNANSWERED),
            (DELEGATED, NxDomain(60), Status.FREE),
            (DELEGATED, Failed("silence"), Status.UNANSWERED),
        ],
    )
    def test_what_both_know_together(self, finder, trees, number, result, status):
        """A silent tree never makes a number "not found"; a quarantine we alone know of."""
        trees.result = result

        assert finder.find(number, 1000.0).status is status

    def test_trees_that_stand_for_other_numbers_change_nothing(self, published, trees):
        """What our index says stays."""
        finder = Finder(published, (Apex.parse("us.example=1"),), trees)

        assert finder.find(FREE, 1000.0).status is Status.FREE
        assert finder.find(RESTING, 1000.0).status is Status.QUARANTINE

    def test_without_others_nobody_is_asked(self, published, trees):
        """But for a block that is delegated."""
        finder = Finder(published, (), trees)

        assert finder.find(FREE, 1000.0).status is Status.FREE
        assert finder.find(OUTSIDE, 1000.0).status is Status.OUTSIDE
        assert trees.asked == []
        finder.find(DELEGATED, 1000.0)
        assert trees.asked == [(DELEGATED, (UK,))]

    @pytest.mark.parametrize("number", [FREE, DELEGATED])
    def test_a_call_that_was_asked_for_is_not_asked_for_again(self, finder, trees, number):
        """RFC 4759: `enumdi`."""
        entry = finder.find(number, 1000.0, dipped=True)

        assert entry.status in (Status.FREE, Status.DELEGATED)
        assert trees.asked == []

    def test_where_it_is_from_is_told(self, finder, trees):
        """What we said, what they said."""
        finding = finder.seek(RESTING, 1000.0)

        assert finding.entry is finding.ours
        assert finding.resolution is not None
        assert finder.seek(OURS, 1000.0).resolution is None


class TestLater:
    def test_the_answer_may_come_later(self, published):
        """The index alone is never waited for."""
        waiting: Deferred = Deferred()
        finder = Finder(published, OTHERS, lambda number, trees: waiting)
        results: list = []
        finder.find(FREE, 1000.0).addCallback(results.append)
        assert results == []
        waiting.callback(resolution(FREE, OTHERS, RecordsFound((THEIRS,), 60)))

        assert results[0].status is Status.CLAIMED
        assert finder.find(OURS, 1000.0).status is Status.CLAIMED

    def test_it_never_fails(self, published, caplog):
        """A fault is logged, and nothing is known."""
        waiting: Deferred = Deferred()
        results: list = []
        Finder(published, OTHERS, lambda *_: waiting).find(FREE, 1.0).addCallback(results.append)
        with caplog.at_level(logging.ERROR, "enumd.serve"):
            waiting.errback(ZeroDivisionError("oh"))

        assert results[0].status is Status.UNANSWERED
        assert "lookup-failed" in caplog.text

    def test_being_given_up_is_no_fault(self, published, caplog):
        """The caller has hung up."""
        waiting: Deferred = Deferred()
        results: list = []
        Finder(published, OTHERS, lambda *_: waiting).find(FREE, 1.0).addCallback(results.append)
        waiting.errback(CancelledError())

        assert results[0].status is Status.UNANSWERED
        assert caplog.text == ""
