"""Ctrl-C, whenever it is pressed."""

import ctypes
import signal
import threading
from collections import deque
from contextlib import contextmanager
from functools import partial
from operator import methodcaller

import pytest

from enumd.cli.interrupt import CtrlC


def press():
    """Press Ctrl-C, for the main thread: those that other tests left must not get it instead."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


@contextmanager
def soon():
    """Fail, instead of waiting for ever, should what is tested not notice Ctrl-C."""
    missed = []
    main = threading.main_thread().ident
    again = threading.Timer(
        10, lambda: (missed.append(True), signal.pthread_kill(main, signal.SIGINT))
    )
    again.start()
    yield
    again.cancel()
    again.join()
    assert not missed


@pytest.fixture(autouse=True)
def as_before():
    """Each test leaves Ctrl-C as it was."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_it_interrupts_nothing_by_itself():
    """It is noted, and what is done goes on."""
    with CtrlC() as ctrl_c:
        assert not ctrl_c.came
        press()
        assert ctrl_c.came


def test_where_it_is_heeded_it_interrupts_at_once():
    """KeyboardInterrupt, as without us."""
    with CtrlC() as ctrl_c, pytest.raises(KeyboardInterrupt), ctrl_c.heeded():
        press()
        pytest.fail("it was not interrupted")


def test_what_came_before_is_heeded_too():
    """The inner block is not begun any more."""
    with CtrlC() as ctrl_c:
        press()
        with pytest.raises(KeyboardInterrupt), ctrl_c.heeded():
            pytest.fail("it was begun")


def test_it_is_raised_once():
    """Nobody's patience interrupts the clean-up that the first one began."""
    cleaned = []
    with CtrlC() as ctrl_c:
        with pytest.raises(KeyboardInterrupt), ctrl_c.heeded():
            try:
                press()
            finally:
                press()
                cleaned.append("inside")
        press()
        cleaned.append("outside")

    assert cleaned == ["inside", "outside"]


def test_after_a_heeded_block_it_is_noted_again():
    """A block that ended as it should heeds nothing more."""
    with CtrlC() as ctrl_c:
        with ctrl_c.heeded():
            pass
        press()
        assert ctrl_c.came


def test_waiting_ends_with_it():
    """As soon as it is pressed."""
    with CtrlC() as ctrl_c, soon():
        hand = threading.Timer(0.05, press)
        hand.start()
        ctrl_c.wait()
        hand.join()

    assert ctrl_c.came


def test_waiting_ends_at_once_if_it_came():
    """It need not be pressed twice."""
    with CtrlC() as ctrl_c, soon():
        press()
        ctrl_c.wait()


def test_the_instant_before_waiting_is_no_gap(monkeypatch):
    """It may come after the interpreter last looked for signals, and before the kernel waits.

    `press` is C here, and so is what calls it and then the real `sigwait`: the interpreter gets no
    turn in between. `signal.pause` in that place sleeps for ever.
    """
    press_in_c = partial(ctypes.CDLL(None)["raise"], signal.SIGINT)
    wait = signal.sigwait
    monkeypatch.setattr(
        signal,
        "sigwait",
        lambda numbers: deque(map(methodcaller("__call__"), [press_in_c, partial(wait, numbers)])),
    )
    with CtrlC() as ctrl_c, soon():
        ctrl_c.wait()

    assert ctrl_c.came
