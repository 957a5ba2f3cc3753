"""Turns, by a clock that is moved by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from enumd.net.turns import Turns

TURN, VISIT = 10, 4


class Peer:
    """One who has so many things to do."""

    def __init__(self, count: int) -> None:
        """Have *count* things to do."""
        self.count, self.done, self.visits, self.reading = count, 0, 0, True

    def go_on(self, most: int) -> int:
        """Do some."""
        done = min(most, self.count - self.done)
        self.done += done
        self.visits += 1
        return done

    def hold(self) -> None:
        """Note it."""
        self.reading = False

    def release(self) -> None:
        """Note it."""
        self.reading = True


def step(clock: Clock) -> None:
    """Have done what is due by now, and not what that asks for: the way a reactor does it."""
    for call in [call for call in clock.calls if call.getTime() <= clock.seconds()]:
        clock.calls.remove(call)
        call.called = 1
        call.func(*call.args, **call.kw)


@pytest.fixture
def turns() -> Turns:
    """Turns of ten things, four a visit."""
    return Turns(Clock(), TURN, VISIT)


def test_little_is_done_at_once(turns):
    """Who asks for less than a turn waits for nothing."""
    peer = Peer(3)
    turns.ask(peer)

    assert (peer.done, peer.reading, turns.waiting) == (3, True, False)


def test_a_visit_that_finds_nothing_counts_too(turns):
    """Ten reads that made nothing whole are a turn as well."""
    peers = [Peer(0) for _ in range(TURN + 1)]
    for peer in peers:
        turns.ask(peer)

    assert [peer.visits for peer in peers] == [1] * TURN + [0]
    assert turns.waiting
    step(turns._clock)
    assert not turns.waiting


def test_making_room_for_another_does_not_nest(turns):
    """Who asks in the middle of a visit waits until that is over."""
    late, order = Peer(1), []

    class Opener(Peer):
        def go_on(self, most: int) -> int:
            turns.ask(late)
            order.append(late.done)
            return super().go_on(most)

    turns.ask(Opener(1))

    assert (order, late.done) == ([0], 1)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_everything_is_done_a_turn_at_a_time(counts):
    """No turn does more than its share, nobody is left over, and each is read from again."""
    turns, peers = Turns(Clock(), TURN, VISIT), [Peer(count) for count in counts]
    for peer in peers:
        turns.ask(peer)
    before = sum(peer.done for peer in peers)
    assert before <= TURN
    while turns.waiting:
        step(turns._clock)
        now = sum(peer.done for peer in peers)
        assert now - before <= TURN
        before = now

    assert [peer.done for peer in peers] == counts
    assert all(peer.reading for peer in peers)
