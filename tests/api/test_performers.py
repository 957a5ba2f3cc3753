"""Changes one after the other, reads beside them."""

import asyncio
import threading

import pytest

from enumd.api.performers import Performers
from enumd.errors import RegistryBusy


def run(work):
    """Run *work* with performers, which are closed in the end."""

    async def whole():
        performers = Performers(readers=2, max_waiting=20)
        try:
            return await work(performers)
        finally:
            performers.close()

    return asyncio.run(whole())


def test_changes_are_done_in_the_order_they_came():
    """Never two at once."""
    done, inside = [], threading.Lock()

    def change(number):
        assert inside.acquire(blocking=False)
        done.append(number)
        inside.release()
        return number

    async def work(performers):
        return await asyncio.gather(*[performers.change(lambda n=n: change(n)) for n in range(20)])

    assert run(work) == done == list(range(20))


def test_a_read_does_not_wait_for_a_change():
    """It is done while the change still waits for it."""
    read = threading.Event()

    async def work(performers):
        change = asyncio.ensure_future(performers.change(lambda: read.wait(60)))
        await performers.read(read.set)
        return await change

    assert run(work) is True


def test_not_everybody_can_wait():
    """Beyond the bound it is told that the registry is busy; afterwards there is room again."""
    go = threading.Event()

    async def work(performers):
        waiting = [asyncio.ensure_future(performers.change(go.wait)) for _ in range(20)]
        await asyncio.sleep(0)
        with pytest.raises(RegistryBusy, match="20 requests wait"):
            await performers.read(lambda: None)
        go.set()
        await asyncio.gather(*waiting)
        return await performers.read(lambda: "again")

    assert run(work) == "again"


def test_what_fails_fails_for_who_asked():
    """And the next one is done."""

    async def work(performers):
        with pytest.raises(ZeroDivisionError):
            await performers.change(lambda: 1 // 0)
        return await performers.change(lambda: 1)

    assert run(work) == 1
