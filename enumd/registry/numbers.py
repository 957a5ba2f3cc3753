"""Numbers: held, claimed, released, suspended, shown.

Every verb locks the zone first and decides on what it then reads, so of any number of people who
want one number at once exactly one gets it, and the others learn since when it is taken. What may
follow what stands in `lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.name
from sqlalchemy import delete
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, PolicyRefused
from enumd.registry import (
    free,
    hidden,
    number_image,
    number_log,
    number_row,
    parties,
    pools,
    proofs,
    recovery,
    search,
    zones,
)
from enumd.registry.changes import Change
from enumd.registry.lifecycle import State, moment
from enumd.registry.number_row import NumberRecord
from enumd.registry.pattern import Pattern
from enumd.registry.schema import EndpointRow, HoldRow, NumberRow, PartyRow, ZoneRow


@dataclass(frozen=True, slots=True)
class Hold:
    """A number kept for somebody until *until_s*; who has the *token* may claim it."""

    number: Number
    token: str
    until_s: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that is somebody's now. The registry cannot show the recovery code again."""

    number: Number
    zone: str
    holder: str
    recovery_code: str
    claimed_s: int
    not_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a claim comes with, whichever number it will be of."""

    issued: recovery.Issued
    not_after_s: int | None
    free_s: int | None
    """When the quarantine after *not_after_s* is over."""


def hold(
    change: Change, number: Number, contact: str | None = None, apex: dns.name.Name | None = None
) -> Hold:
    """Keep a free number for *contact* (the actor, if not given) for as long as the policy says.

    A hold is never extended, and a contact that has held a number cannot hold it again until
    somebody has claimed it: who wants it longer claims it.

    Raises:
        Conflict: it is held, claimed or in quarantine.
        PolicyRefused: this contact has held it before.
        NotFound: no zone or no pool has it.
    """
    who = (contact or str(change.actor)).strip().lower()
    zone, row = number_row.locate(change, number, apex)
    if number_row.state_of(row, change.now_s) is not State.FREE:
        raise Conflict(number_row.explain(number, row, change.now_s)).advise(
            f"Choose another, `enumd number find`, or see how it stands: enumd number show {number}"
        )
    pools.refuse_outside(change.session, zone, number)
    hidden.refuse_hidden_number(change.session, zone, number)
    before = number_image.describe(change.session, row, change.now_s)
    row = row or number_row.start(change, zone, number)
    proofs.refuse_second_hold(change, number, row, who)
    token, until_s = recovery.new_token(), change.now_s + change.policy.hold_s
    number_row.become(
        change, row, State.HELD, until_s=until_s, hold_hash=recovery.hash_token(token)
    )
    change.session.execute(delete(EndpointRow).where(EndpointRow.number_id == row.id))
    change.session.add(HoldRow(number_id=row.id, contact=who, until_s=until_s))
    number_log.add(change, zone, "number.hold", row, before)
    return Hold(number, token, until_s)


def claim(
    change: Change,
    number: Number,
    holder: str,
    *,
    hold_token: str | None = None,
    recovery_code: str | None = None,
    not_after_s: int | None = None,
    apex: dns.name.Name | None = None,
) -> Claim:
    """Make *number* belong to *holder*: a party's name, or a mail address.

    A held number asks for the token of the hold, a number in quarantine for its former holder
    and the recovery code. The claim ends at *not_after_s*, when given.

    Raises:
        Conflict: it is claimed, or held or in quarantine and nothing was given to prove a right.
        VerificationFailed: the token or the recovery code is wrong.
        NotPermitted: the code is right, but *holder* is not the former holder.
        PolicyRefused: *not_after_s* has passed.
        NotFound: no zone or no pool has it, or no party is called so.
    """
    terms = _terms(change, not_after_s)
    zone, row = number_row.locate(change, number, apex)
    state = number_row.state_of(row, change.now_s)
    if row is not None and state is State.HELD and hold_token is not None:
        proofs.verify_token(row, hold_token)
    elif row is not None and state is State.RELEASED and recovery_code is not None:
        proofs.verify_former_holder(change, row, holder, recovery_code)
    elif state is not State.FREE:
        raise Conflict(number_row.explain(number, row, change.now_s)).advise(
            f"Choose another, `enumd number find`, or see how it stands: enumd number show {number}"
        )
    pools.refuse_outside(change.session, zone, number)
    row = row or number_row.start(change, zone, number)
    return _claim(change, zone, row, parties.holder(change, holder), terms)


def claim_any(
    change: Change,
    holder: str,
    *,
    like: str | None = None,
    pool: str | None = None,
    not_after_s: int | None = None,
) -> Claim:
    """Pick a free number and make it belong to *holder*, in one step nobody can come between.

    Raises:
        NotFound: no free number fits; no such pool; no party is called so.
        NumberError: *like* is no pattern.
        PolicyRefused: *not_after_s* has passed.
    """
    pattern, terms = Pattern.parse(like), _terms(change, not_after_s)
    chosen = free.choose_pools(change.session, pool)
    # Always in the same order, so that two transactions never wait for each other.
    locked = {
        zone_id: change.lock(change.session.get_one(ZoneRow, zone_id))
        for zone_id in sorted({each.zone_id for each in chosen})
    }
    spans = [span for each in chosen for span in _turn(free.open_spans(change.session, each))]
    place = recovery.random_below(max((span.size for span in spans), default=1))
    picked = search.pick(change.session, spans, pattern, change.now_s, place)
    if picked is None:
        where = f"pool {pool}" if pool else "any pool"
        raise NotFound(f"no free number in {where} fits {pattern}").advise(
            "Ask for less with --like, or see what is free: enumd number find"
        )
    zone, number = locked[picked[0].zone_id], Number(picked[1])
    row = number_row.find(change.session, zone, number)
    row = row or number_row.start(change, zone, number)
    return _claim(change, zone, row, parties.holder(change, holder), terms)


def release(
    change: Change,
    number: Number,
    recovery_code: str | None = None,
    apex: dns.name.Name | None = None,
) -> NumberRecord:
    """Give a number back, suspended or not; its endpoints go, and it rests for the quarantine.

    Without a code this is an act of the operator; who asks in a holder's name gives the code. The
    log says which it was.

    Raises:
        NotFound, Conflict: it is not claimed.
        VerificationFailed: the code is wrong.
    """
    zone, row = number_row.locate_standing(change, number, apex)
    by = proofs.verify_act(row, recovery_code)
    before = number_image.describe(change.session, row, change.now_s)
    change.session.execute(delete(EndpointRow).where(EndpointRow.number_id == row.id))
    number_row.become(
        change,
        row,
        State.RELEASED,
        until_s=change.now_s + change.policy.quarantine_s,
        claimed_s=row.claimed_s,
        holder_id=row.holder_id,
        registrar_id=row.registrar_id,
        recovery=row.recovery,
    )
    number_log.add(change, zone, "number.release", row, before, by)
    return number_row.describe(change.session, zone, row, change.now_s)


def suspend(
    change: Change, number: Number, why: str, apex: dns.name.Name | None = None
) -> NumberRecord:
    """Silence a claimed number: it stays in the zone and answers that there is nothing.

    Raises:
        NotFound, Conflict: it is not claimed, or suspended already.
        PolicyRefused: no reason is given.
    """
    zone, row = number_row.locate_claimed(change, number, apex)
    if not why.isprintable():
        raise PolicyRefused(
            f"{why!r} cannot be a reason: it has characters that cannot be seen"
        ).advise("Write it in one line, without tabs and escapes.")
    if not why.strip():
        raise PolicyRefused(f"{number} is not suspended without a reason").advise(
            "Say why: the holder and the log are told, as in --why 'abuse, case 17'."
        )
    before = number_image.describe(change.session, row, change.now_s)
    row.state, row.suspended_why = State.SUSPENDED.value, why.strip()
    number_log.add(change, zone, "number.suspend", row, before)
    return number_row.describe(change.session, zone, row, change.now_s)


def resume(change: Change, number: Number, apex: dns.name.Name | None = None) -> NumberRecord:
    """Let a suspended number answer again.

    Raises:
        NotFound, Conflict: it is not suspended.
    """
    zone, row = number_row.locate(change, number, apex)
    if row is None or number_row.state_of(row, change.now_s) is not State.SUSPENDED:
        raise Conflict(f"{number_row.explain(number, row, change.now_s)}, not suspended").advise(
            f"Nothing has to be resumed; how it stands: enumd number show {number}"
        )
    before = number_image.describe(change.session, row, change.now_s)
    row.state, row.suspended_why = State.CLAIMED.value, None
    number_log.add(change, zone, "number.resume", row, before)
    return number_row.describe(change.session, zone, row, change.now_s)


def show(
    session: Session, number: Number, now_s: float, apex: dns.name.Name | None = None
) -> NumberRecord:
    """Return what the registry knows of *number* at *now_s*.

    Raises:
        NotFound: no zone stands for it.
        Conflict: two zones have the same claim to it.
    """
    zone = zones.find_for(session, number, apex)
    row = number_row.find(session, zone, number)
    if row is None:
        pool = pools.containing(session, zone, number)
        name = pool.name if pool else None
        return NumberRecord(number, zone.apex, name, State.FREE, in_zone=False)
    return number_row.describe(session, zone, row, now_s)


def _turn(spans: list[search.Span]) -> list[search.Span]:
    """Return *spans* from a random one on, round to it."""
    first = recovery.random_below(max(len(spans), 1))
    return spans[first:] + spans[:first]


def _terms(change: Change, not_after_s: int | None) -> _Terms:
    """Return what a claim comes with; made before the lock, which others wait for."""
    if not_after_s is not None and not_after_s <= change.now_s:
        raise PolicyRefused(
            f"a claim cannot end at {moment(not_after_s)}, which has passed"
        ).advise("Give a later date, in UTC, or none for a claim without an end.")
    free_s = None if not_after_s is None else not_after_s + change.policy.quarantine_s
    return _Terms(recovery.issue(), not_after_s, free_s)


def _claim(change: Change, zone: ZoneRow, row: NumberRow, party: PartyRow, terms: _Terms) -> Claim:
    """Make the number of *row* belong to *party*; that nobody else has it is settled before."""
    hidden.refuse_hidden_number(change.session, zone, Number(row.digits))
    before = number_image.describe(change.session, row, change.now_s)
    if row.id:  # only a number somebody has touched can have been held, or have endpoints
        for gone in (HoldRow, EndpointRow):
            change.session.execute(delete(gone).where(gone.number_id == row.id))
    number_row.become(
        change,
        row,
        State.CLAIMED,
        claimed_s=change.now_s,
        not_after_s=terms.not_after_s,
        free_s=terms.free_s,
        holder_id=party.id,
        recovery=terms.issued.stored,
    )
    number_log.add(change, zone, "number.claim", row, before)
    code, not_after_s = terms.issued.code, terms.not_after_s
    return Claim(Number(row.digits), zone.apex, party.name, code, change.now_s, not_after_s)
