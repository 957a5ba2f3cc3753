"""What ICMP errors say of our answers over UDP: repetitions end that would not arrive either."""

from __future__ import annotations

import logging
import socket
from typing import Final

from twisted.internet.base import DelayedCall

from enumd.net.icmp import ErrorQueue, IcmpError
from enumd.net.log import event
from enumd.serve.sip.driver import SipDriver

ERRORS_A_SECOND: Final = 256
"""One is enough for all answers to a destination; whoever sends more than this means harm."""

PAUSE_S: Final = 1.0
"""How long the kernel is told to keep errors to itself then."""

_log = logging.getLogger("enumd.serve")


class Undelivered:
    """Hears of answers that did not arrive, from one socket.

    A flood of errors costs a bounded number of them a second: the kernel drops all others before
    they take any of our time, or any of the room for datagrams.
    """

    def __init__(self, sock: socket.socket, driver: SipDriver) -> None:
        """Tell *driver* what the errors of *sock* say."""
        self._errors = ErrorQueue(sock)
        self._driver = driver
        self._since_s = float("-inf")
        self._left = ERRORS_A_SECOND
        self._pause: DelayedCall | None = None
        self._closed = False
        self._errors.ask()

    def hear(self) -> None:
        """Read the errors that wait, so that none of them fails a call at the socket."""
        if self._closed:
            return
        now_s = self._driver.clock.seconds()
        if not 0 <= now_s - self._since_s < 1:
            self._since_s, self._left = now_s, ERRORS_A_SECOND
        for host, port, error in self._errors.read(self._left):
            self._left -= 1
            self._take(host, port, error, now_s)
        if not self._left:
            self._shut_out()

    def close(self) -> None:
        """Hear no more."""
        self._closed = True
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _take(self, host: str, port: int, error: IcmpError, now_s: float) -> None:
        """Have one error end what it is about, if it says that nothing arrives."""
        self._driver.counts.event("icmp-error")
        if error.undeliverable:
            self._driver.server.unreachable(host, port, now_s)
        if _log.isEnabledFor(logging.DEBUG):
            said = {"type": error.type, "code": error.code, "by": error.offender}
            _log.debug(event("sip-icmp-error", host=host, port=port, **said))

    def _shut_out(self) -> None:
        """Have the kernel drop errors for a while, also one that came while it was told so."""
        self._errors.refuse()
        if self._pause is None:
            self._driver.counts.event("icmp-flood")
            self._pause = self._driver.clock.callLater(PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        """Hear errors again."""
        self._pause = None
        self._left = ERRORS_A_SECOND
        self._errors.ask()
