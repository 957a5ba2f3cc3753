"""Where datagrams do not arrive, as ICMP errors tell (RFC 3261 section 18.4)."""

from __future__ import annotations

from typing import Final

from enumd.sip.transport import Destination

MOST: Final = 4096
"""Destinations that are remembered. The next one takes the place of the one told of longest ago."""


class Unreachable:
    """When it was last told of a destination that nothing arrives there.

    Each transaction asks when its timer fires, so that an error costs as little whether one call
    was to go there or ten thousand, and a call that is acknowledged costs nothing.
    """

    def __init__(self) -> None:
        """Begin with a network in which all arrives."""
        self._told_s: dict[tuple[str, int], float] = {}

    def tell(self, host: str, port: int, now_s: float) -> None:
        """Note that what was sent to *host*, as `ipaddress` writes it, and *port* is lost."""
        told_s = self._told_s
        told_s.pop((host, port), None)  # to the end of the queue
        if len(told_s) >= MOST:
            del told_s[next(iter(told_s))]
        told_s[host, port] = now_s

    def told_s(self, destination: Destination) -> float:
        """Return when that was last said of *destination*; long ago if it never was."""
        return self._told_s.get((destination.host, destination.port), float("-inf"))
