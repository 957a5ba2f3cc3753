"""Registry against index: whether what is published is what the registry says.

The index is compared with what publishing would write now: every name of both, or a sample of each
that begins at random places, so that doctor stays quick however many numbers there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from enumd.cli.spelling import counted
from enumd.core.number import LONGEST
from enumd.index.layout import Answer, is_digits, pack_digits, unpack_labels

if TYPE_CHECKING:
    from sqlalchemy.orm import Session as Reading

    from enumd.index.reader import Snapshot
    from enumd.index.view import ZoneView
    from enumd.registry.schema import ZoneRow

SHOWN: Final = 5
"""How many differing names of a zone are told one by one."""

_RUN: Final = 100
"""How many neighbours a sample takes at each random place."""

_KEY_OCTETS: Final = 511
"""The longest key LMDB takes."""

_ABSENT: Final = b"\xff"
"""Above every key."""


def compare(
    reading: Reading, snapshot: Snapshot, sample: int | None
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each zone, how much of it was looked at, and what differs; all of it without *sample*.

    Registry and index are two databases, so a change committed between the two snapshots shows as
    a serial that differs; then nothing more is compared.
    """
    from enumd.registry import zones

    rows = {zone.tree.name.to_wire() or b"": zone for zone in zones.listing(reading)}
    for apex in snapshot.zones.keys() - rows.keys():
        yield _text(apex), "", ["is published, and not in the registry"]
    for apex, zone in rows.items():
        view = snapshot.zones.get(apex)
        if view is None:
            yield zone.apex, "", ["is in the registry, and not published"]
        elif view.zone.serial.value != zone.serial:
            behind = f"is published with serial {view.zone.serial}, the registry has {zone.serial}"
            yield zone.apex, "", [behind]
        elif sample is None:
            yield zone.apex, *_whole(reading, zone, view)
        else:
            yield zone.apex, *_sample(reading, zone, view, sample)


def _whole(reading: Reading, zone: ZoneRow, view: ZoneView) -> tuple[str, list[str]]:
    """Compare every name of a zone, both sides in the order of their keys."""
    from enumd.registry.zone_content import names_of

    faults: list[str] = []
    names = differing = 0
    wanted, there = names_of(reading, zone), view.walk()
    ours, theirs = _next(wanted), _next(there)
    while (key := min(ours[0], theirs[0])) != _ABSENT:
        names += 1
        mine = ours[1] if ours[0] == key else None
        its = theirs[1] if theirs[0] == key else None
        if mine != its:
            differing += 1
            if differing <= SHOWN:
                faults.append(_difference(zone, key, mine, its))
        ours = _next(wanted) if ours[0] == key else ours
        theirs = _next(there) if theirs[0] == key else theirs
    if differing > SHOWN:
        faults.append(f"differs at {counted(differing, 'name')} in all")
    return f"all {counted(names, 'name')} compared", faults


def _sample(reading: Reading, zone: ZoneRow, view: ZoneView, sample: int) -> tuple[str, list[str]]:
    """Compare the count of names, and names from random places of registry and index."""
    from enumd.registry.zone_content import names_at

    chosen = _published_keys(view, sample // 2) | _registered_keys(reading, zone, sample // 2)
    pairs = [_digits_and_owner(zone, key) for key in chosen]
    answers = names_at(reading, zone, pairs).answers if pairs else {}
    faults = [
        _difference(zone, key, answer, its)
        for key, answer in sorted(answers.items())
        if answer != (its := _at(view, key))
    ]
    if len(faults) > SHOWN:
        faults[SHOWN:] = [f"differs at {len(faults)} of {counted(len(answers), 'name')} compared"]
    names = counted(view.zone.names, "name")
    return f"serial {zone.serial}, {len(answers):,} of {names} compared", faults


def _published_keys(view: ZoneView, count: int) -> set[bytes]:
    """Return keys of the index: all, if they are few, else runs that begin at random places."""
    first = next(view.after(b""), None)
    last = next(view.before(_ABSENT), None)
    if first is None or last is None or view.zone.names <= count:
        return {key for key, _ in view.after(b"")}
    # Keys compare as the numbers they are when filled up to one length.
    low, high = (int.from_bytes(key.ljust(_KEY_OCTETS, b"\0")) for key, _ in (first, last))
    starts = [low + secrets.randbelow(high - low + 1) for _ in range(max(1, count // _RUN))]
    runs = (islice(view.after(start.to_bytes(_KEY_OCTETS)), _RUN) for start in starts)
    return {key for run in runs for key, _ in run}


def _registered_keys(reading: Reading, zone: ZoneRow, count: int) -> set[bytes]:
    """Return keys of numbers that should be published: all, if they are few, else random runs."""
    from sqlalchemy import func, select

    from enumd.registry.lifecycle import State
    from enumd.registry.schema import NumberRow

    published = (State.CLAIMED.value, State.SUSPENDED.value)
    here = (NumberRow.zone_id == zone.id, NumberRow.state.in_(published))
    query = select(NumberRow.digits).where(*here).order_by(NumberRow.digits)
    found = list(reading.scalars(query.limit(count + 1)))
    if len(found) > count:
        ends = select(func.min(NumberRow.digits), func.max(NumberRow.digits)).where(
            NumberRow.zone_id == zone.id
        )
        low, high = (int(digits.ljust(LONGEST, "0")) for digits in reading.execute(ends).one())
        found = []
        for _ in range(max(1, count // _RUN)):
            start = str(low + secrets.randbelow(high - low + 1)).zfill(LONGEST)
            found += reading.scalars(query.where(NumberRow.digits >= start).limit(_RUN))
    return {pack_digits(digits[len(zone.prefix) :]) for digits in found}


def _digits_and_owner(zone: ZoneRow, key: bytes) -> tuple[str | None, str | None]:
    """Return what the registry calls the name of *key*: the digits of a number, or an owner."""
    labels = unpack_labels(key)
    if is_digits(labels) and labels[0] != b"*":
        return zone.prefix + b"".join(reversed(labels)).decode(), None
    import dns.name

    return None, dns.name.Name(labels).to_text()


def _at(view: ZoneView, key: bytes) -> Answer | None:
    """Return what is published under *key*."""
    return view.get(key) if is_digits(unpack_labels(key)) else view.get_other(key)


def _next(names: Iterator[tuple[bytes, Answer]]) -> tuple[bytes, Answer | None]:
    """Return the next name, or one above all others at the end."""
    return next(names, (_ABSENT, None))


def _difference(zone: ZoneRow, key: bytes, wanted: Answer | None, there: Answer | None) -> str:
    """Return how a name differs."""
    owner = b".".join(unpack_labels(key)).decode("ascii", "backslashreplace")
    if there is None:
        return f"lacks {owner}, which the registry has"
    if wanted is None:
        return f"has {owner}, which is not in the registry"
    return f"has other records at {owner} than the registry"


def _text(apex: bytes) -> str:
    """Return an apex in wire form as text."""
    import dns.name

    return str(dns.name.from_wire(apex, 0)[0])
