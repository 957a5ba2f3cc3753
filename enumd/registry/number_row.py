"""One number in the database: located under the lock of its zone, judged, rewritten, described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, NumberTooLong
from enumd.registry import pools, secret_rows, zones
from enumd.registry.changes import Change
from enumd.registry.lifecycle import (
    STANDING,
    State,
    Stored,
    in_zone,
    may_follow,
    moment,
    state_at,
    until_at,
)
from enumd.registry.schema import NumberRow, PartyRow, ZoneRow


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """What the registry knows of a number at one moment."""

    number: Number
    zone: str
    pool: str | None
    state: State
    in_zone: bool
    until_s: int | None = None
    """When a hold or quarantine ends."""
    claimed_s: int | None = None
    not_after_s: int | None = None
    suspended_why: str | None = None
    holder: str | None = None
    """The holder; in quarantine the former one."""
    registrar: str | None = None
    ttl_s: int | None = None
    """The TTL its endpoints are answered with; None where nobody has it."""
    has_own_ttl: bool = False
    """That TTL is its own, not the one of the zone."""


def find(session: Session, zone: ZoneRow, number: Number) -> NumberRow | None:
    """Return the row of *number* in *zone* as it is now, or None where nobody has touched it."""
    query = select(NumberRow).where(NumberRow.zone_id == zone.id, NumberRow.digits == number.digits)
    return session.scalar(query.execution_options(populate_existing=True))


def locate(
    change: Change, number: Number, apex: dns.name.Name | None = None
) -> tuple[ZoneRow, NumberRow | None]:
    """Lock the zone of *number* and return it with the row of the number.

    Raises:
        NotFound, NumberOutsideTree, Conflict: as `zones.find_for` says.
    """
    zone = change.lock(zones.find_for(change.session, number, apex))
    return zone, find(change.session, zone, number)


def locate_claimed(
    change: Change, number: Number, apex: dns.name.Name | None = None
) -> tuple[ZoneRow, NumberRow]:
    """Lock the zone of *number* and return it with the row of the number, which is claimed.

    Raises:
        NotFound: nobody has claimed it.
        Conflict: it is held, suspended or in quarantine.
    """
    zone, row = locate_standing(change, number, apex)
    if state_of(row, change.now_s) is State.SUSPENDED:
        raise Conflict(explain(number, row, change.now_s)).advise(
            f"Let it answer again first: enumd number resume {number}"
        )
    return zone, row


def locate_standing(
    change: Change, number: Number, apex: dns.name.Name | None = None
) -> tuple[ZoneRow, NumberRow]:
    """Lock the zone of *number* and return it with the row of the number, claimed or suspended.

    Raises:
        NotFound: nobody has claimed it.
        Conflict: it is held or in quarantine.
    """
    zone, row = locate(change, number, apex)
    state = state_of(row, change.now_s)
    if row is None or state is State.FREE:
        raise NotFound(f"nobody has claimed {number}").advise(
            f"Claim it first: enumd number claim {number} --holder YOUR-MAIL"
        )
    if state not in STANDING:
        raise Conflict(explain(number, row, change.now_s)).advise(
            f"Nothing was changed; who has it stands in: enumd number show {number}"
        )
    return zone, row


def stored(row: NumberRow | None) -> Stored | None:
    """Return what *row* says of the life of its number."""
    if row is None or row.state is None:  # one that is not in the table yet
        return None
    return Stored(row.state, row.until_s, row.not_after_s, row.free_s)


def state_of(row: NumberRow | None, now_s: float) -> State:
    """Return the state of a number at *now_s*."""
    return state_at(stored(row), now_s)


def explain(number: Number, row: NumberRow | None, now_s: float) -> str:
    """Return the state of a number as a sentence: what it is, and since or until when."""
    if row is None or (state := state_of(row, now_s)) is State.FREE:
        return f"{number} is free"
    since = moment(row.claimed_s or 0)
    if state is State.CLAIMED:
        return f"{number} is claimed since {since}"
    if state is State.SUSPENDED:
        return f"{number} is claimed since {since} and suspended: {row.suspended_why}"
    word = "held" if state is State.HELD else "in quarantine"
    return f"{number} is {word} until {moment(until_at(stored(row), now_s) or 0)}"


def start(change: Change, zone: ZoneRow, number: Number) -> NumberRow:
    """Return a row for a number nobody has touched; `become` gives it a state and inserts it.

    Raises:
        NumberTooLong: it has more digits than the policy allows.
    """
    if len(number.digits) > change.policy.max_digits:
        why = f"at most {change.policy.max_digits} digits are allowed"
        raise NumberTooLong(why, str(number), change.policy.max_digits + 1)
    return NumberRow(zone_id=zone.id, digits=number.digits)


def become(change: Change, row: NumberRow, state: State, **columns: object) -> None:
    """Give *row* another state and *columns*, and forget all else it said; insert it if new.

    Raises:
        Conflict: *state* cannot follow the one it is in.
    """
    if not may_follow(state_of(row, change.now_s), state):
        raise Conflict(
            f"{explain(Number(row.digits), row, change.now_s)}: it cannot be {state}"
        ).advise(f"Nothing was changed; how it stands: enumd number show +{row.digits}")
    for name in ("recovery", "hold_hash"):
        if getattr(row, name) != columns.get(name):
            secret_rows.keep(change.session, getattr(row, name))
    for column, value in (BLANK | {"state": state.value} | columns).items():
        setattr(row, column, value)
    change.session.add(row)
    change.session.flush()


BLANK: Final[dict[str, object]] = dict.fromkeys(
    (
        *("until_s", "hold_hash", "claimed_s", "not_after_s", "free_s", "suspended_why"),
        *("holder_id", "registrar_id", "recovery", "ttl_s"),
    )
)
"""What a number that becomes something else forgets, whatever it is then given anew."""


def describe(session: Session, zone: ZoneRow, row: NumberRow, now_s: float) -> NumberRecord:
    """Return what the registry knows of a number that has a row."""
    pool = pools.containing(session, zone, Number(row.digits))
    names = NumberNames(
        pool.name if pool else None,
        _party(session, row.holder_id),
        _party(session, row.registrar_id),
    )
    return describe_row(zone, row, names, now_s)


class NumberNames(NamedTuple):
    """What the pool of a number and its parties are called."""

    pool: str | None
    holder: str | None
    registrar: str | None


def describe_row(zone: ZoneRow, row: NumberRow, names: NumberNames, now_s: float) -> NumberRecord:
    """Return what *row* says of its number at *now_s*; of a number that is free again nothing."""
    number, state = Number(row.digits), state_of(row, now_s)
    if state is State.FREE:
        return NumberRecord(number, zone.apex, names.pool, state, in_zone=False)
    return NumberRecord(
        number=number,
        zone=zone.apex,
        pool=names.pool,
        state=state,
        in_zone=in_zone(state),
        until_s=until_at(stored(row), now_s),
        claimed_s=row.claimed_s,
        not_after_s=row.not_after_s if state in STANDING else None,
        suspended_why=row.suspended_why if state in STANDING else None,
        holder=names.holder,
        registrar=names.registrar,
        ttl_s=(zone.ttl_s if row.ttl_s is None else row.ttl_s) if state in STANDING else None,
        has_own_ttl=row.ttl_s is not None,
    )


def _party(session: Session, party_id: int | None) -> str | None:
    """Return what a party is called."""
    return None if party_id is None else session.get_one(PartyRow, party_id).name
