"""Sources that were refused as strangers: the log names each once, and what would let it in."""

from __future__ import annotations

import logging
from typing import Final

from enumd.net.log import event
from enumd.sip.transport import Source

REMEMBERED: Final = 4096
"""Sources that are not named again; forged ones must not fill the memory."""

PAUSE_S: Final = 10.0
"""A line is written at most so often; who is not named is at the next call."""

_log = logging.getLogger("enumd.serve")


class Strangers:
    """Tells the operator of phones that got a 403."""

    def __init__(self) -> None:
        """Know nobody."""
        self._told: set[str] = set()
        self._last_s = float("-inf")

    def refused(self, source: Source, now_s: float) -> None:
        """Log that *source* was refused, unless that is known or a line was written just now."""
        # A clock that was set back does not silence the log for ever.
        if source.host in self._told or 0 <= now_s - self._last_s < PAUSE_S:
            return
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        self._told.add(source.host)
        self._last_s = now_s
        where = f"{source.host} over {source.transport.value}"
        _log.warning(event("sip-stranger", source=where, answer=403, to_let_in=peer_table(source)))


def peer_table(source: Source) -> str:
    """Return what in enumd.toml makes a peer of *source*; SIGHUP takes it up.

    >>> from enumd.sip.transport import Transport
    >>> print(peer_table(Source("192.0.2.4", 5060, Transport.UDP)))
    [[sip.peers]]
    name = "192.0.2.4"
    addresses = ["192.0.2.4"]
    """
    return f'[[sip.peers]]\nname = "{source.host}"\naddresses = ["{source.host}"]'
