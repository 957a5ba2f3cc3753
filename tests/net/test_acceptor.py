"""Where connections come in, with a reactor that is turned by hand."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from twisted.internet.protocol import Protocol, ServerFactory

from enumd.net.acceptor import ACCEPTS, Acceptor


class Guests(ServerFactory):
    """Counts who comes in, and shows them out."""

    noisy = False

    def __init__(self) -> None:
        """Begin with nobody."""
        self.count = 0

    def buildProtocol(self, addr):  # noqa: N802 (Twisted's name)
        """Return what closes the connection."""
        self.count += 1
        guest = Protocol()
        guest.connectionMade = lambda: guest.transport.abortConnection()
        return guest


def test_a_crowd_comes_in_a_few_at_a_time(loop):
    """So many in one go, the others in the next, and all that wait before the door is shut."""
    guests = Guests()
    with socket.create_server(("127.0.0.1", 0), backlog=100) as sock, ExitStack() as opened:
        sock.setblocking(False)
        address = sock.getsockname()
        door = Acceptor(sock, guests, loop.reactor)
        assert sock.fileno() == -1
        for _ in range(4 * ACCEPTS):
            opened.enter_context(socket.create_connection(address))
        for turn in (1, 2):
            door.accept_some()
            assert guests.count == turn * ACCEPTS
        door.shut()
        assert guests.count == 4 * ACCEPTS
