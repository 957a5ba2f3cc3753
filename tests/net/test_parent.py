"""Orders that a parent gives over a line."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.net.child import Word
from enumd.net.parent import ParentLine


@pytest.fixture
def ends():
    """The parent's end of a line, the worker's, and what the worker was told to do."""
    ours, theirs = socket.socketpair()
    told: list[str] = []
    line = ParentLine(theirs, lambda: told.append("reload"), lambda: told.append("drain"))
    with ours, theirs:
        yield ours, line, told


def test_it_is_what_a_reactor_reads(ends):
    """The line provides Twisted's IReadDescriptor and names itself."""
    _, line, _ = ends

    assert verifyObject(IReadDescriptor, line)
    assert line.fileno() > 0
    assert line.logPrefix() == "parent"


def test_orders_that_came_together_are_obeyed_once_each(ends):
    """A hundred orders to reload read the file once."""
    ours, line, told = ends
    ours.sendall(Word.RELOAD * 100 + Word.DRAIN)

    assert line.doRead() is None
    assert told == ["reload", "drain"]


def test_the_end_of_the_parent_is_the_order_to_drain(ends):
    """A line that ends says so to the reactor, once the worker was told to drain."""
    ours, line, told = ends
    ours.close()

    assert isinstance(line.doRead(), ConnectionDone)
    assert told == ["drain"]


def test_the_line_is_closed_with_the_worker(ends):
    """What the reactor gives up has no descriptor any more."""
    _, line, _ = ends
    line.connectionLost(Failure(ConnectionDone()))

    assert line.fileno() == -1
