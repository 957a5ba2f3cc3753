"""Registry against index: whether what is published is what the registry says.

The index is compared with what publishing would write now: every name of both, or a sample of each
that begins at random places, so that doctor stays quick however many numbers there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import dns.name
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.core.number import LONGEST
from enumd.index.layout import Answer, is_digits, pack_digits, unpack_labels
from enumd.index.reader import Snapshot
from enumd.index.view import ZoneView
from enumd.registry.compile.names import names_at, names_of
from enumd.registry.lifecycle import State
from enumd.registry.origin import zones_and_origins
from enumd.registry.recovery import random_below
from enumd.registry.schema import NumberRow, ZoneRow

SHOWN: Final = 5
"""How many differing names of a zone are told one by one."""

_RUN: Final = 100
"""How many neighbours a sample takes at each random place."""

_KEY_OCTETS: Final = 511
"""The longest key LMDB takes."""

_ABSENT: Final = b"\xff"
"""Above every key."""

_PUBLISHED: Final = (State.CLAIMED.value, State.SUSPENDED.value)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What comparing one zone came to."""

    apex: str
    compared: int = 0
    """How many names were compared."""
    names: int = 0
    """How many are published."""
    serial: int = 0
    differing: int = 0
    faults: tuple[str, ...] = ()
    """What differs, a few names of it; nothing where registry and index agree."""


def compare(session: Session, snapshot: Snapshot, sample: int | None) -> Iterator[Agreement]:
    """Yield what comparing each zone comes to; all of its names without a *sample*.

    Registry and index are two databases, so a change committed between the two snapshots shows as
    a serial that differs; then nothing more is compared.
    """
    rows = {
        zone.tree.name.to_wire() or b"": (zone, origin)
        for zone, origin in zones_and_origins(session)
    }
    for apex in snapshot.zones.keys() - rows.keys():
        name = str(dns.name.from_wire(apex, 0)[0])
        yield Agreement(name, faults=("is published, and not in the registry",))
    for apex, (zone, origin) in rows.items():
        view = snapshot.zones.get(apex)
        if view is None:
            yield Agreement(zone.apex, faults=("is in the registry, and not published",))
        elif view.zone.serial.value != zone.serial:
            behind = f"is published with serial {view.zone.serial}, the registry has {zone.serial}"
            yield Agreement(zone.apex, faults=(behind,))
        elif view.zone.made_from not in (None, origin):
            other = f"is published with serial {zone.serial} from another state of the registry"
            yield Agreement(zone.apex, faults=(other,))
        else:
            here = (session, zone, view)
            yield _judged(zone, view, _whole(*here) if sample is None else _sample(*here, sample))


Names = Iterator[tuple[bytes, Answer | None, Answer | None]]
"""Keys, each with what the registry wants there and what is published."""


def _judged(zone: ZoneRow, view: ZoneView, names: Names) -> Agreement:
    """Return what comparing *names* comes to."""
    compared = differing = 0
    faults: list[str] = []
    for key, wanted, there in names:
        compared += 1
        if wanted != there:
            differing += 1
            if differing <= SHOWN:
                faults.append(_difference(key, wanted, there))
    if differing > SHOWN:
        faults.append(f"differs at {differing:,} of {compared:,} names compared")
    total = view.zone.names
    return Agreement(zone.apex, compared, total, zone.serial, differing, tuple(faults))


def _whole(session: Session, zone: ZoneRow, view: ZoneView) -> Names:
    """Yield every name of registry and index; both come in the order of their keys."""
    wanted, there = names_of(session, zone), view.walk()
    ours, theirs = _next(wanted), _next(there)
    while (key := min(ours[0], theirs[0])) != _ABSENT:
        yield (
            key,
            ours[1] if ours[0] == key else None,
            theirs[1] if theirs[0] == key else None,
        )
        ours, theirs = (
            _next(wanted) if ours[0] == key else ours,
            _next(there) if theirs[0] == key else theirs,
        )


def _sample(session: Session, zone: ZoneRow, view: ZoneView, sample: int) -> Names:
    """Yield names from random places of registry and index."""
    keys = _published_keys(view, sample // 2) | _registered_keys(session, zone, sample // 2)
    chosen = [_digits_and_owner(zone, key) for key in sorted(keys)]
    for key, wanted in sorted(names_at(session, zone, chosen).answers.items()):
        yield key, wanted, _at(view, key)


def _published_keys(view: ZoneView, count: int) -> set[bytes]:
    """Return keys of the index: all, if they are few, else runs that begin at random places."""
    first = next(view.after(b""), None)
    last = next(view.before(_ABSENT), None)
    if first is None or last is None or view.zone.names <= count:
        return {key for key, _ in view.after(b"")}
    # Keys compare as the numbers they are when filled up to one length.
    low, high = (int.from_bytes(key.ljust(_KEY_OCTETS, b"\0")) for key, _ in (first, last))
    starts = [low + random_below(high - low + 1) for _ in range(max(1, count // _RUN))]
    runs = (islice(view.after(start.to_bytes(_KEY_OCTETS)), _RUN) for start in starts)
    return {key for run in runs for key, _ in run}


def _registered_keys(session: Session, zone: ZoneRow, count: int) -> set[bytes]:
    """Return keys of numbers that should be published: all, if they are few, else random runs."""
    here = (NumberRow.zone_id == zone.id, NumberRow.state.in_(_PUBLISHED))
    query = select(NumberRow.digits).where(*here).order_by(NumberRow.digits)
    found = list(session.scalars(query.limit(count + 1)))
    if len(found) > count:
        ends = select(func.min(NumberRow.digits), func.max(NumberRow.digits)).where(
            NumberRow.zone_id == zone.id
        )
        low, high = (int(digits.ljust(LONGEST, "0")) for digits in session.execute(ends).one())
        found = []
        for _ in range(max(1, count // _RUN)):
            start = str(low + random_below(high - low + 1)).zfill(LONGEST)
            found += session.scalars(query.where(NumberRow.digits >= start).limit(_RUN))
    return {pack_digits(digits[len(zone.prefix) :]) for digits in found}


def _digits_and_owner(zone: ZoneRow, key: bytes) -> tuple[str | None, str | None]:
    """Return what the registry calls the name of *key*: the digits of a number, or an owner."""
    labels = unpack_labels(key)
    if is_digits(labels) and labels[:1] != (b"*",):
        return zone.prefix + b"".join(reversed(labels)).decode(), None
    return None, dns.name.Name(labels).to_text()


def _at(view: ZoneView, key: bytes) -> Answer | None:
    """Return what is published under *key*."""
    return view.get(key) if is_digits(unpack_labels(key)) else view.get_other(key)


def _next(names: Iterator[tuple[bytes, Answer]]) -> tuple[bytes, Answer | None]:
    """Return the next name, or one above all others at the end."""
    return next(names, (_ABSENT, None))


def _difference(key: bytes, wanted: Answer | None, there: Answer | None) -> str:
    """Return how a name differs."""
    owner = b".".join(unpack_labels(key)).decode("ascii", "backslashreplace") or "the apex"
    if there is None:
        return f"lacks {owner}, which the registry has"
    if wanted is None:
        return f"has {owner}, which is not in the registry"
    return f"has other records at {owner} than the registry"
