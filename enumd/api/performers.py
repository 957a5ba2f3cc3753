"""Who performs: changes one after the other in the order they came, reads beside them.

Left to themselves, eight writers of one SQLite file starve each other; in one queue each waits for
those before it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from enumd.errors import RegistryBusy

R = TypeVar("R")

READERS: Final = 4
MAX_WAITING: Final = 1000


class Performers:
    """A queue of changes with one thread, and some threads that read."""

    def __init__(self, readers: int = READERS, max_waiting: int = MAX_WAITING) -> None:
        """Begin with nobody waiting; threads come with the first who does."""
        self._writer = ThreadPoolExecutor(1, "change")
        self._readers = ThreadPoolExecutor(readers, "read")
        self._max_waiting = max_waiting
        self._waiting = 0

    async def change(self, work: Callable[[], R]) -> R:
        """Do *work* when all that came before it is done.

        Raises:
            RegistryBusy: too many wait already.
        """
        return await self._wait(self._writer, work)

    async def read(self, work: Callable[[], R]) -> R:
        """Do *work*, which changes nothing, as soon as a thread is free.

        Raises:
            RegistryBusy: too many wait already.
        """
        return await self._wait(self._readers, work)

    async def _wait(self, threads: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        """Do *work* in one of *threads*; what has begun is done, whoever gives up waiting."""
        if self._waiting >= self._max_waiting:
            raise RegistryBusy(f"{self._waiting} requests wait already").advise(
                "Send it again in a moment; nothing was changed."
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for what has begun, and begin nothing more."""
        for threads in (self._writer, self._readers):
            threads.shutdown(cancel_futures=True)
