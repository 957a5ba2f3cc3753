"""How many connections there may be, whoever speaks on them."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.task import Clock

from enumd.net.connections import GRACE_S, ConnectionCells, ConnectionFactory, TcpLimits, peer_of
from enumd.net.slab import Counters
from enumd.serve.dns.metrics import Cell


class Line:
    """A connection that notes what becomes of it."""

    def __init__(self, factory, peer) -> None:
        """Be open."""
        self.factory, self.peer, self.closing, self.fate = factory, peer, False, ""
        factory.opened(self)

    def close(self) -> None:
        """Note that it was closed."""
        self.fate, self.closing = "closed", True

    finish = close

    def abort(self) -> None:
        """Note that it was cut off."""
        self.fate = "cut off"


class Lines(ConnectionFactory):
    """Makes such connections."""

    def connection(self, peer, address):
        """Return an open one."""
        return Line(self, peer)


HERE = IPv4Address("TCP", "192.0.2.1", 5060)
THERE = IPv4Address("TCP", "192.0.2.2", 5060)


@pytest.fixture
def counted():
    """The slab in which the connections are counted."""
    return Counters(1, Cell.COUNT).worker(0)


@pytest.fixture
def lines(counted):
    """A factory of at most three connections, two of one peer."""
    return Lines(TcpLimits(3, 2), Clock(), ConnectionCells(counted, 0, 1, 2, 3))


def test_a_kind_of_connection_is_needed(counted):
    """The factory by itself makes none."""
    factory = ConnectionFactory(TcpLimits(), Clock(), ConnectionCells(counted, 0, 1, 2, 3))

    with pytest.raises(NotImplementedError):
        factory.buildProtocol(HERE)


def test_a_newcomer_takes_the_place_of_the_idlest_of_its_peer(lines, counted):
    """Beyond its share the idlest connection of a peer is closed, and nobody else's."""
    other = lines.buildProtocol(THERE)
    first, second = lines.buildProtocol(HERE), lines.buildProtocol(HERE)
    lines.active(first)

    third = lines.buildProtocol(HERE)

    assert [one.fate for one in (other, first, second, third)] == ["", "", "closed", ""]
    assert [counted[cell] for cell in range(4)] == [4, 4, 0, 1]


@pytest.mark.parametrize("limits", [TcpLimits(9, 1), TcpLimits(1, 9)])
def test_those_that_still_have_to_end_are_not_without_number(lines, counted, limits):
    """At twice a limit a newcomer is refused, until one that was closed is gone."""
    lines.limits = limits
    first = lines.buildProtocol(HERE)
    lines.buildProtocol(HERE)

    assert lines.buildProtocol(HERE) is None
    assert counted[2] == 1
    lines.closed(first)
    assert lines.buildProtocol(HERE) is not None


def test_the_idlest_makes_room(lines, counted):
    """Beyond the limit the connection that was silent for longest is closed."""
    first, second = lines.buildProtocol(HERE), lines.buildProtocol(HERE)
    lines.buildProtocol(THERE)
    lines.active(first)

    lines.buildProtocol(THERE)

    assert (first.fate, second.fate) == ("", "closed")
    assert counted[3] == 1


def test_a_drain_ends_with_the_last(lines):
    """All are told to finish after a grace, and the drain is over when all are gone."""
    line = lines.buildProtocol(HERE)
    over = lines.drain()
    lines.clock.advance(GRACE_S)

    assert line.fate == "closed"
    assert not over.called
    lines.closed(line)
    assert over.called


def test_all_can_be_cut_off(lines):
    """An abort takes every connection."""
    line = lines.buildProtocol(HERE)
    lines.abort()

    assert line.fate == "cut off"


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        (IPv4Address("TCP", "192.0.2.1", 1), "192.0.2.1"),
        (IPv6Address("TCP", "2001:db8::1", 1), "2001:db8::/64"),
        (IPv6Address("TCP", "fe80::1%lo", 1), "fe80::/64"),
        (UNIXAddress(b"/run/x"), "UNIXAddress('/run/x')"),
    ],
)
def test_a_site_is_one_peer(address, peer):
    """IPv6 peers are counted by /64, since a site has that many addresses at least."""
    assert peer_of(address) == peer
