"""Connections that are read from or not."""

from itertools import product

import pytest

from enumd.net.paced import PacedStream


class Wire:
    """A transport that notes what it is asked for."""

    def __init__(self):
        """Read, at first."""
        self.asked = []

    def pauseProducing(self):  # noqa: N802 (Twisted's name)
        """Note it."""
        self.asked.append("pause")

    def resumeProducing(self):  # noqa: N802 (Twisted's name)
        """Note it."""
        self.asked.append("resume")

    def abortConnection(self):  # noqa: N802 (Twisted's name)
        """Note it."""
        self.asked.append("abort")


@pytest.fixture
def stream():
    """Return a connection."""
    stream = PacedStream()
    stream._stream = Wire()
    return stream


def test_one_that_waits_is_not_read_from(stream):
    """It is told once to read no more, and once to read again, however often that is said."""
    for step in (stream.hold, stream.hold, stream.release, stream.release):
        step()

    assert stream._stream.asked == ["pause", "resume"]


@pytest.mark.parametrize(("paused", "closing"), list(product((False, True), repeat=2)))
def test_its_turn_does_not_outweigh_the_rest(stream, paused, closing):
    """A connection whose peer does not read, or that closes, is not read from in its turn."""
    stream.hold()
    stream.paused, stream.closing = paused, closing
    stream.release()

    assert ("resume" in stream._stream.asked) is not (paused or closing)


def test_cut_off_is_closing(stream):
    """Nothing is read of a connection that was cut off."""
    stream.abort()

    assert (stream.closing, stream._stream.asked) == (True, ["abort"])
