"""A change done: in one transaction, committed, published, and looked for at the running server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from enumd.core.number import Number
from enumd.net.listeners import Address
from enumd.operations import live
from enumd.operations.desk import Deed, Desk
from enumd.operations.live import Expected
from enumd.operations.opening import open_registry
from enumd.operations.performed import Live, Performed, PublishReport
from enumd.operations.publishing import publish_committed
from enumd.operations.work.reading import name_of, number_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Committed(Generic[R]):
    """A change that is in the registry, and in the index unless there is a trouble."""

    value: R
    """What the work itself returned."""
    committed_s: float
    """When the registry had it, on the clock `time.perf_counter`."""
    published: tuple[PublishReport, ...]
    trouble: BaseException | None


def commit(desk: Desk, work: Callable[[Deed], R]) -> Committed[R]:
    """Do *work* in one transaction of the registry, commit it and publish it."""
    with open_registry(desk.home) as registry:
        with registry.change(desk.actor, desk.now_s) as change:
            value = work(desk.doing(change))
        committed_s = time.perf_counter()
        return Committed(value, committed_s, *publish_committed(desk, registry))


def change(desk: Desk, work: Callable[[Deed], R]) -> Performed[R]:
    """Do *work* and return its result, with what came after the commit."""
    done = commit(desk, work)
    return Performed(done.value, True, done.trouble, done.published, notes=tuple(desk.notes))


def change_number(desk: Desk, request: Any, work: Callable[[Deed], R]) -> Performed[R]:
    """Do *work* on the number that *request*, or else the result, names; ask whether it is live."""
    server = live.running_server(desk.home)
    if server is not None:
        # Loaded now, so that the time it takes is not counted as the time the change takes.
        from enumd.operations import asking
    zone = name_of(request.zone)

    def work_and_watch(deed: Deed) -> tuple[R, Expected]:
        named = number_of(deed, request.number) if request.number else None
        before = live.see(deed.change, named, zone) if named else live.NOTHING
        result: Any = work(deed)
        number = Number(result.number.removeprefix("+"))
        return result, live.expect(deed.change, number, zone, before)

    done = commit(desk, work_and_watch)
    result, expected = done.value
    trouble, took_ms = done.trouble, None
    if server is not None and trouble is None:
        took_ms = asking.ask_until_live(server, expected, done.committed_s)
        trouble = asking.not_live(server, expected) if took_ms is None else None
    found = _describe_live(expected, done.published, server, took_ms)
    return Performed(result, True, trouble, done.published, found, tuple(desk.notes))


def _describe_live(
    expected: Expected,
    published: tuple[PublishReport, ...],
    server: Address | None,
    took_ms: float | None,
) -> Live:
    """Return what was seen of a change as a result has it."""
    return Live(
        zone=expected.zone,
        serial=live.serial_of(expected, published).value,
        server=str(server) if server else None,
        took_ms=took_ms,
        remembered_s=expected.remembered_s,
    )
