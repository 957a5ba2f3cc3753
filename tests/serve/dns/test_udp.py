"""The UDP listener under a reactor's eyes, with real sockets and no reactor."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.net.datagrams import BURST
from enumd.serve.dns.udp import UdpListener


@pytest.fixture
def sockets():
    """A bound server socket and a client connected to it."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        client.settimeout(2)
        client.connect(server.getsockname())
        yield server, client


def test_it_is_what_a_reactor_reads(sockets):
    """The listener provides Twisted's IReadDescriptor and names itself."""
    listener = UdpListener(sockets[0], list)

    assert verifyObject(IReadDescriptor, listener)
    assert sockets[0].fileno() == listener.fileno()
    assert listener.logPrefix() == "udp"


def test_one_wakeup_answers_all_that_waits(sockets):
    """Several bursts are answered in one call; each is answered from its own call of *answer*."""
    server, client = sockets
    sizes: list[int] = []

    def answer(queries: list[bytes]) -> list[bytes | None]:
        sizes.append(len(queries))
        return list(queries)

    for _ in range(BURST + 1):
        client.send(b"q")
    UdpListener(server, answer).doRead()

    assert sizes == [BURST, 1]
    assert client.recv(10) == b"q"


def test_a_wakeup_without_datagrams_asks_nobody(sockets):
    """A spurious wake-up calls nothing."""
    UdpListener(sockets[0], lambda _: pytest.fail("nothing was asked")).doRead()


def test_a_flood_gives_others_their_turn(sockets, monkeypatch):
    """A wake-up ends after a bounded number of full bursts."""
    server, client = sockets
    monkeypatch.setattr("enumd.serve.dns.udp._BURSTS_A_WAKEUP", 2)
    seen: list[bytes] = []

    def answer(queries: list[bytes]) -> list[bytes | None]:
        seen.extend(queries)
        return [None] * len(queries)

    for _ in range(3 * BURST):
        client.send(b"q")
    UdpListener(server, answer).doRead()

    assert len(seen) == 2 * BURST


def test_draining_answers_what_was_sent_before(sockets):
    """At shutdown everything in the receive queue is answered, and counted."""
    server, client = sockets
    listener = UdpListener(server, list)
    for _ in range(2 * BURST + 1):
        client.send(b"q")

    assert listener.drain() == 2 * BURST + 1
    assert listener.drain() == 0


def test_losing_the_connection_closes_the_socket(sockets):
    """When the reactor lets go, the port is free again."""
    listener = UdpListener(sockets[0], list)

    listener.connectionLost(Failure(ConnectionDone()))

    assert listener.fileno() == -1


def test_a_steady_sender_cannot_stop_a_shutdown(sockets):
    """Draining ends after as many bursts as a receive queue can hold."""
    server, client = sockets

    def answer(queries: list[bytes]) -> list[bytes | None]:
        client.send(b"more")
        return [None] * len(queries)

    client.send(b"q")

    assert UdpListener(server, answer).drain() == 1024
