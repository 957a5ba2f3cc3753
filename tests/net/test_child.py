"""A worker as its parent sees it, with real processes."""

from __future__ import annotations

import os
import signal
import time

import pytest

from enumd.net import child as child_module
from enumd.net.child import SIGNALS, STEADY_S, Child, Word, restart_delay_s


@pytest.fixture
def child():
    """A child that is killed at the end of the test."""
    one = Child(0)
    yield one
    one.kill()


def until_ended(child: Child) -> str:
    """Return how the child ended."""
    deadline_s = time.monotonic() + 10
    while (how := child.reap()) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.001)
    return how


def obey(line) -> None:
    """Be a worker that listens and ends when it is told to."""
    line.send(Word.LISTENING)
    line.recv(1)
    os._exit(7)


def test_it_listens_obeys_and_ends(child):
    """What it says is heard, what it is told reaches it, and how it ended is known."""
    assert not child.wanted
    child.start(obey)
    assert child.wanted
    assert child.hear()
    assert child.listening
    child.tell(Word.DRAIN)

    assert until_ended(child) == "ended with status 7"
    assert not child.hear()
    child.ended()
    assert (child.pid, child.line, child.listening, child.reap()) == (0, None, False, None)
    assert not child.hear()
    child.tell(Word.DRAIN)


def test_a_killed_child_is_told_from_one_that_failed(child):
    """The signal is named; a child that returns or raises ends with status 1."""
    child.start(obey)
    os.kill(child.pid, signal.SIGKILL)
    assert until_ended(child) == "was killed by SIGKILL"
    child.tell(Word.DRAIN)
    child.ended()
    child.start(lambda line: None)
    assert until_ended(child) == "ended with status 1"
    child.ended()


def test_it_gets_no_signal_meant_for_its_parent(child):
    """The signals the parent handles are held back until the child has its own handlers."""

    def tell_mask(line) -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        line.send(b"L" if blocked >= set(SIGNALS) else b"?")

    child.start(tell_mask)
    child.hear()

    assert child.listening
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & set(SIGNALS)


def test_it_can_be_ended_at_once(child):
    """A child that does not want to go goes all the same, and is not started again."""
    child.start(lambda line: time.sleep(60))
    pid = child.pid
    child.plan_restart()
    child.kill()

    assert not child.wanted
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    child.kill()


def test_a_system_without_room_is_an_error(child, monkeypatch):
    """Where no process can be made the caller is told, and nothing is left open."""

    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(OSError, match="temporarily unavailable"):
        child.start(obey)

    assert not child.wanted


def test_it_is_restarted_ever_later(child, monkeypatch):
    """The first death costs nothing, more in short time ever more; a steady life pays it back."""
    now_s = [100.0]
    monkeypatch.setattr(child_module.time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(os, "fork", lambda: 0x7FFFFFFF)
    delays = []
    for _ in range(3):
        child.start(obey)
        child.ended()
        delays.append(child.plan_restart())
    child.start(obey)
    child.ended()
    now_s[0] += STEADY_S
    delays.append(child.plan_restart())

    assert delays == [0, 0.1, 0.2, 0]
    assert child.due_s == now_s[0]


def test_the_delay_grows_to_a_bound():
    """A steady worker is restarted at once, a dying one after five seconds at most."""
    assert restart_delay_s(0) == 0
    assert 0 < restart_delay_s(1) < restart_delay_s(2)
    assert restart_delay_s(10**6) == 5
