"""Where connections come in: a few at a time, and all that wait before it is shut."""

from __future__ import annotations

import socket
from typing import Any, Final

ACCEPTS: Final = 8
"""Connections that are taken in one go; the reactor would take as many as have come."""

_ALL: Final = 1024
"""More than can wait to be accepted."""


class Acceptor:
    """A listening socket that the reactor watches."""

    def __init__(self, sock: socket.socket, factory: Any, reactor: Any) -> None:
        """Have *factory* make what serves the connections that come in at *sock*."""
        self._port = reactor.adoptStreamPort(sock.fileno(), sock.family, factory)
        sock.close()  # the reactor has a duplicate
        self._accept = self._port.doRead
        self._port.doRead = self.accept_some

    def accept_some(self) -> None:
        """Take a few connections; others that wait are taken in the next turn."""
        self._port.numberAccepts = ACCEPTS
        self._accept()

    def shut(self) -> None:
        """Take all that wait, which the kernel has answered, and no more."""
        self._port.numberAccepts = _ALL
        self._accept()
        self._port.stopListening()
