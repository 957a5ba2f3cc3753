"""A connection that is read from only while it is its turn and its peer reads."""

from __future__ import annotations

from twisted.internet.protocol import Protocol

from enumd.net.connections import Stream


class PacedStream(Protocol):
    """What connections that wait for their turn have in common (see `turns`).

    Whoever is told by its transport that the peer does not read says so by `paused`.
    """

    closing = False
    paused = False
    """The peer does not take what it asked for."""
    _held = False
    _stream: Stream

    def hold(self) -> None:
        """Read no more until it is this connection's turn again."""
        if not self._held:
            self._held = True
            self._stream.pauseProducing()

    def release(self) -> None:
        """Read again, unless the peer does not read."""
        if self._held:
            self._held = False
            self._read_again()

    def abort(self) -> None:
        """Cut the connection off."""
        self.closing = True
        self._stream.abortConnection()

    def _read_again(self) -> None:
        """Read what the peer sends, if nothing stands against it."""
        if not (self.paused or self._held or self.closing):
            self._stream.resumeProducing()
