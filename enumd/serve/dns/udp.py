"""The UDP listener: bursts of datagrams in, replies out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.net.datagrams import BURST, open_burst

AnswerBurst = Callable[[list[bytes]], list[bytes | None]]
"""Answers a burst of queries from one snapshot: a reply or silence (None) for each, in order."""

_BURSTS_A_WAKEUP: Final = 16
"""After these many full bursts other descriptors (TCP, timers) get their turn."""


@implementer(IReadDescriptor)
class UdpListener:
    """Read queries from a bound, non-blocking UDP socket and send what *answer* replies.

    Register it with `reactor.addReader`. The Twisted datagram port is not used because it makes
    one system call, one address object and one Python call chain for each datagram.
    """

    def __init__(self, sock: socket.socket, answer: AnswerBurst) -> None:
        """Answer what arrives at *sock* by *answer*."""
        self._sock = sock
        self._answer = answer
        self._burst = open_burst(sock)

    def fileno(self) -> int:
        """Return the socket's descriptor, for the reactor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """Return the name of this descriptor in Twisted's log."""
        return "udp"

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Close the socket; the reactor is done with it."""
        self._sock.close()

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Answer what is waiting, up to a bound that keeps other descriptors served."""
        for _ in range(_BURSTS_A_WAKEUP):
            if self._answer_burst() < BURST:
                break

    def drain(self) -> int:
        """Answer all that is waiting now, once, at shutdown; return how many queries it was."""
        total = 0
        # Bounded by what a receive queue can hold, so that a steady sender cannot stop a shutdown.
        for _ in range(1024):
            count = self._answer_burst()
            total += count
            if count == 0:
                break
        return total

    def _answer_burst(self) -> int:
        """Answer one burst; return how many datagrams it held."""
        queries = self._burst.receive()
        if queries:
            self._burst.send(self._answer(queries))
        return len(queries)
