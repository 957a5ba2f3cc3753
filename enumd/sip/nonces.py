"""How often nonces were used, so that credentials are not taken twice (RFC 7616 section 3.4)."""

from __future__ import annotations

from typing import Final

_REMEMBERED: Final = 65_536
"""How many nonces one worker remembers; the oldest are forgotten first."""


class NonceCounts:
    """The last count each nonce came with, and the request that had it.

    Nonces need no state to be known as ours, and this adds as little as it can: a worker remembers
    what it has seen itself, so a restart or another worker takes a count once more.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._last: dict[str, tuple[int, bytes]] = {}

    def take(self, nonce: str, count: int, request: bytes) -> bool:
        """Tell whether *count* is new for *nonce*, and remember it.

        The same *request* (what tells it from others) may come again: where there are no
        transactions, that is how a client asks for an answer that was lost.
        """
        before, its_request = self._last.get(nonce, (0, b""))
        if count < before or (count == before and request != its_request):
            return False
        if nonce not in self._last and len(self._last) >= _REMEMBERED:
            del self._last[next(iter(self._last))]
        self._last[nonce] = count, request
        return True
