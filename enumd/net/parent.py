"""The parent as its worker hears it: orders over a line whose end is the end of the parent."""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.net.child import Word, hear


@implementer(IReadDescriptor)
class ParentLine:
    """The worker's end of the line to its parent."""

    def __init__(
        self, sock: socket.socket, reload: Callable[[], None], drain: Callable[[], None]
    ) -> None:
        """Do *reload* or *drain* as is said on *sock*."""
        self._sock = sock
        self._orders = {Word.RELOAD.value: reload, Word.DRAIN.value: drain, b"": drain}

    def fileno(self) -> int:
        """Return the descriptor, for the reactor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """Return the name of this descriptor in Twisted's log."""
        return "parent"

    def doRead(self) -> Exception | None:  # noqa: N802 (Twisted's name)
        """Obey; the end of the line is the end of the parent, and an order to drain.

        Orders that came together are obeyed once each: a file is not read a hundred times over.
        """
        words = hear(self._sock)
        for word in dict.fromkeys(words[at : at + 1] for at in range(max(1, len(words)))):
            self._orders[word]()
        return None if words else ConnectionDone()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Close the line."""
        self._sock.close()
