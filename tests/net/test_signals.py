"""Signals that wake a loop, sent by the test to itself."""

from __future__ import annotations

import os
import select
import signal

from enumd.net.signals import Signals

KINDS = (signal.SIGUSR1, signal.SIGUSR2)


def test_none_is_lost_in_its_effect():
    """However many come, each kind that came is told, once, and the loop is woken."""
    with Signals(KINDS) as signals:
        assert select.select([signals], [], [], 0)[0] == []
        for _ in range(1000):
            os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)

        assert select.select([signals], [], [], 0)[0] == [signals]
        assert signals.take() == set(KINDS)
        assert signals.take() == set()
        assert select.select([signals], [], [], 0)[0] == []


def test_afterwards_they_do_what_they_did():
    """The handlers from before are back, and nothing is left open."""
    before = [signal.getsignal(number) for number in KINDS]
    with Signals(KINDS) as signals:
        assert [signal.getsignal(number) for number in KINDS] != before

    assert [signal.getsignal(number) for number in KINDS] == before
    assert signals.fileno() == -1
