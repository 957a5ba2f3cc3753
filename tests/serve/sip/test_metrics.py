"""What is counted of SIP."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, fields

from enumd.net.slab import Counters
from enumd.serve.enum import client as enum_client
from enumd.serve.sip.metrics import ASKED, EVENTS, STATUSES, SipCell, SipCounts, connection_cells
from enumd.sip.server import RedirectServer, SipStatistics
from enumd.sip.transport import Transport

IDLE = SipStatistics(Counter(), Counter(), 0)


def asked(**counts):
    """Return what an ENUM client has counted."""
    return enum_client.EnumStatistics(
        **{field.name: counts.get(field.name, 0) for field in fields(enum_client.EnumStatistics)}
    )


def test_no_two_things_share_a_cell():
    """Every cell has one meaning, and the slab has room for all."""
    cells = [SipCell.OPEN, SipCell.CONNECTIONS, SipCell.ACCEPTED, SipCell.REFUSED, SipCell.EVICTED]
    cells += [SipCell.ENUM_PENDING, SipCell.ENUM_KEPT]
    cells += [SipCell.asked(name) for name in ASKED]
    cells += [SipCell.status(status) for status in STATUSES]
    cells += [SipCell.event(name) for name in EVENTS]
    for transport in Transport:
        cells += [*SipCell.latencies(transport), SipCell.latency_sum(transport)]

    assert sorted(cells) == list(range(SipCell.COUNT))


def test_every_event_of_the_server_has_a_cell():
    """What the redirect server says it counts is counted here."""
    told = re.findall(r"`([a-z-]+)`", RedirectServer.__doc__)

    assert {name for name in told if name != "event"} <= set(EVENTS)


def test_everything_the_enum_client_counts_has_a_cell():
    """What it counts, and its two levels."""
    assert sorted([*ASKED, "pending", "kept"]) == sorted(asdict(asked()))


def test_the_server_is_copied_without_counting_twice():
    """Only what is new goes into the slab, so that a worker goes on where another ended."""
    slab = Counters(1, SipCell.COUNT).worker(0)
    slab.add(SipCell.status(302), 5)
    counts = SipCounts(slab)

    counts.copy(SipStatistics(Counter({302: 2}), Counter({"repeated": 1}), 3))
    counts.copy(SipStatistics(Counter({302: 4}), Counter({"repeated": 1}), 1))

    assert slab[SipCell.status(302)] == 9
    assert slab[SipCell.event("repeated")] == 1
    assert slab[SipCell.OPEN] == 1


def test_the_enum_client_is_copied_without_counting_twice():
    """What is new is added to what an earlier worker counted; levels are as they are."""
    slab = Counters(1, SipCell.COUNT).worker(0)
    slab.add(SipCell.asked("queries"), 5)
    told = [asked(queries=2, pending=2, kept=1), asked(queries=4, failed=1, kept=3)]
    counts = SipCounts(slab, lambda: told.pop(0))

    counts.copy(IDLE)
    assert (slab[SipCell.ENUM_PENDING], slab[SipCell.ENUM_KEPT]) == (2, 1)
    counts.copy(IDLE)
    assert (slab[SipCell.ENUM_PENDING], slab[SipCell.ENUM_KEPT]) == (0, 3)
    assert (slab[SipCell.asked("queries")], slab[SipCell.asked("failed")]) == (9, 1)


def test_a_new_worker_begins_with_nothing_open():
    """Levels begin anew, counts go on."""
    slab = Counters(1, SipCell.COUNT).worker(0)
    levels = (SipCell.OPEN, SipCell.ENUM_PENDING, SipCell.ENUM_KEPT)
    for level in levels:
        slab.put(level, 7)
    slab.add(SipCell.asked("joined"), 7)

    SipCounts(slab).event("fault")

    assert [slab[level] for level in levels] == [0, 0, 0]
    assert (slab[SipCell.event("fault")], slab[SipCell.asked("joined")]) == (1, 7)
    assert connection_cells(slab).open == SipCell.CONNECTIONS


def test_latencies_have_buckets_and_a_sum():
    """A wait counts in its bucket and in the sum of its transport."""
    slab = Counters(1, SipCell.COUNT).worker(0)

    SipCounts(slab).waited(Transport.TCP, 30_000)

    cells = SipCell.latencies(Transport.TCP)
    assert [slab[cell] for cell in cells][:4] == [0, 0, 1, 0]
    assert slab[SipCell.latency_sum(Transport.TCP)] == 30_000
