"""Registry against index: whether what is published is what the registry says.

The index is compared with what publishing would write now: every name of both, and every state of a
number that DNS does not answer; or a sample of each that begins at random places, so that doctor
stays quick however many numbers there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import dns.name
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enumd.core.number import LONGEST
from enumd.index.entries import Entry, EntryState
from enumd.index.layout import Answer, is_digits, pack_digits, unpack_labels
from enumd.index.reader import Snapshot
from enumd.index.view import ZoneView
from enumd.registry.compile.affected import Change, affected
from enumd.registry.compile.names import Name, compile_names, compile_zone
from enumd.registry.lifecycle import State
from enumd.registry.origin import Lines, read_zones
from enumd.registry.recovery import random_below
from enumd.registry.schema import NumberRow, ZoneRow

T = TypeVar("T")

SHOWN: Final = 5
"""How many differing names of a zone, and states, are told one by one."""

_RUN: Final = 100
"""How many neighbours a sample takes at each random place."""

_KEY_OCTETS: Final = 511
"""The longest key LMDB takes."""

_FOREVER_S: Final = 1 << 40
"""After every claim that has an end."""

_ABSENT: Final = b"\xff"
"""Above every key."""

_PUBLISHED: Final = (State.CLAIMED.value, State.SUSPENDED.value)
_WITH_STATE: Final = (State.SUSPENDED.value, State.RELEASED.value)

Pairs = Iterator[tuple[bytes, T | None, T | None]]
"""Keys, each with what the registry wants there and what is published."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What comparing one zone came to."""

    apex: str
    compared: int = 0
    """How many names were compared."""
    names: int = 0
    """How many are published."""
    serial: int = 0
    states: int = 0
    """How many states were compared: of numbers that are suspended or in quarantine."""
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
        for zone, origin in read_zones(session, Lines(session))
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
            yield _compare(session, zone, view, sample)


def _compare(session: Session, zone: ZoneRow, view: ZoneView, sample: int | None) -> Agreement:
    """Return what comparing the names and the states of one zone comes to."""
    if sample is None:
        as_of_s = _as_of_s(view)
        answers = ((key, answer) for key, answer, _ in compile_zone(session, zone, as_of_s))
        entries = ((key, entry) for key, _, entry in compile_zone(session, zone, as_of_s))
        names = _side_by_side(_skip_nothing(answers), view.walk())
        states = _side_by_side(_skip_nothing(entries), view.entries_after(b""))
    else:
        names = _sample_names(session, zone, view, sample)
        states = _sample_states(session, zone, view, sample)
    compared, differing, faults = _judge(names, "names", _tell_answers)
    told, wrong, others = _judge(states, "states", lambda *found: _tell_states(zone, *found))
    return Agreement(
        zone.apex, compared, view.zone.names, zone.serial, told, differing + wrong, faults + others
    )


def _as_of_s(view: ZoneView) -> int:
    """Return a second at which the registry says what is published, if it has not changed since.

    What has ended since the zone was published is in the index until the next publication.
    """
    return view.zone.due_s - 1 if view.zone.due_s else _FOREVER_S


def _skip_nothing(rows: Iterator[tuple[bytes, T | None]]) -> Iterator[tuple[bytes, T]]:
    """Yield the *rows* that are something."""
    return ((key, value) for key, value in rows if value is not None)


def _judge(
    pairs: Pairs[T], what: str, tell: Callable[[bytes, T | None, T | None], str]
) -> tuple[int, int, tuple[str, ...]]:
    """Return how many *pairs* there are, how many differ, and what is to be told of those."""
    compared = differing = 0
    faults: list[str] = []
    for key, wanted, there in pairs:
        compared += 1
        if wanted != there:
            differing += 1
            if differing <= SHOWN:
                faults.append(tell(key, wanted, there))
    if differing > SHOWN:
        faults.append(f"differs at {differing:,} of {compared:,} {what} compared")
    return compared, differing, tuple(faults)


def _side_by_side(wanted: Iterator[tuple[bytes, T]], there: Iterator[tuple[bytes, T]]) -> Pairs[T]:
    """Yield everything of registry and index; both come in the order of their keys."""
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


def _sample_names(session: Session, zone: ZoneRow, view: ZoneView, sample: int) -> Pairs[Answer]:
    """Yield names from random places of registry and index."""
    keys = _published_keys(view.before, view.after, sample // 2)
    keys |= _registered_keys(session, zone, _PUBLISHED, sample // 2)
    chosen = [_digits_and_owner(zone, key) for key in sorted(keys)]
    for key, wanted, _ in _compile(session, zone, view, chosen):
        yield key, wanted, _at(view, key)


def _sample_states(session: Session, zone: ZoneRow, view: ZoneView, sample: int) -> Pairs[Entry]:
    """Yield states of numbers from random places of registry and index."""
    keys = _published_keys(view.entries_before, view.entries_after, sample // 2)
    keys |= _registered_keys(session, zone, _WITH_STATE, sample // 2)
    chosen = [_digits_and_owner(zone, key) for key in sorted(keys)]
    for key, _, wanted in _compile(session, zone, view, chosen):
        yield key, wanted, view.entry(key)


def _compile(session: Session, zone: ZoneRow, view: ZoneView, chosen: list[Change]) -> list[Name]:
    """Return what the registry says of the *chosen* names."""
    return compile_names(session, zone, affected(zone.prefix, chosen), _as_of_s(view))[1]


_Walk = Callable[[bytes], Iterator[tuple[bytes, object]]]
"""What an index has on one side of a key, nearest first."""


def _published_keys(before: _Walk, after: _Walk, count: int) -> set[bytes]:
    """Return keys of the index: all, if they are few, else runs that begin at random places."""
    first = [key for key, _ in islice(after(b""), count + 1)]
    if len(first) <= count:
        return set(first)
    last, _ = next(before(_ABSENT))
    # Keys compare as the numbers they are when filled up to one length.
    low, high = (int.from_bytes(key.ljust(_KEY_OCTETS, b"\0")) for key in (first[0], last))
    starts = [low + random_below(high - low + 1) for _ in range(max(1, count // _RUN))]
    runs = (islice(after(start.to_bytes(_KEY_OCTETS)), _RUN) for start in starts)
    return {key for run in runs for key, _ in run}


def _registered_keys(
    session: Session, zone: ZoneRow, states: Iterable[str], count: int
) -> set[bytes]:
    """Return keys of numbers in one of *states*: all, if they are few, else random runs."""
    here = (NumberRow.zone_id == zone.id, NumberRow.state.in_(states))
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


def _digits_and_owner(zone: ZoneRow, key: bytes) -> Change:
    """Return what the registry calls the name of *key*: the digits of a number, or an owner."""
    labels = unpack_labels(key)
    if is_digits(labels) and labels[:1] != (b"*",):
        return zone.prefix + b"".join(reversed(labels)).decode(), None
    return None, dns.name.Name(labels).to_text()


def _at(view: ZoneView, key: bytes) -> Answer | None:
    """Return what is published under *key*."""
    return view.get(key) if is_digits(unpack_labels(key)) else view.get_other(key)


def _next(rows: Iterator[tuple[bytes, T]]) -> tuple[bytes, T | None]:
    """Return the next row, or one above all others at the end."""
    return next(rows, (_ABSENT, None))


def _tell_answers(key: bytes, wanted: Answer | None, there: Answer | None) -> str:
    """Return how a name differs."""
    owner = b".".join(unpack_labels(key)).decode("ascii", "backslashreplace") or "the apex"
    if there is None:
        return f"lacks {owner}, which the registry has"
    if wanted is None:
        return f"has {owner}, which is not in the registry"
    return f"has other records at {owner} than the registry"


def _tell_states(zone: ZoneRow, key: bytes, wanted: Entry | None, there: Entry | None) -> str:
    """Return how the state of a number differs."""
    digits, _ = _digits_and_owner(zone, key)
    said, right = _in_words(there), _in_words(wanted)
    return f"says of +{digits} that it is {said}; in the registry it is {right}"


def _in_words(state: Entry | None) -> str:
    """Return what callers are told of a number that is in *state*."""
    if state is None:
        return "neither suspended nor in quarantine"
    if state.state is EntryState.SUSPENDED:
        return "suspended"
    if not state.until_s:
        return "in quarantine"
    return "in quarantine until " + time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(state.until_s))
