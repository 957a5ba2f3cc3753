"""Numbers found, listed, held, claimed, shown, and what becomes of them later."""

from __future__ import annotations

from enumd.core.endpoint import Endpoint
from enumd.operations.desk import Deed, Look
from enumd.operations.number import (
    AskProof,
    ChangeRegistrar,
    ClaimNumber,
    EndpointFacts,
    HoldNumber,
    ListNumbers,
    LoggedEvent,
    NumberCard,
    NumberClaimed,
    NumberFacts,
    NumberHeld,
    NumberHistory,
    NumberList,
    ProofOfHolder,
    ReadNumberLog,
    RecoverNumber,
    ReleaseNumber,
    ResumeNumber,
    ShowNumber,
    SuspendNumber,
    TransferNumber,
)
from enumd.operations.request import plain
from enumd.operations.times import seconds, timestamp
from enumd.operations.work.reading import name_of, number_of
from enumd.registry import endpoints, history, number_list, number_row, numbers, tenure, zones
from enumd.registry.lifecycle import State
from enumd.registry.number_row import NumberRecord

_STATES = {"quarantine": State.RELEASED}
"""What people call a state otherwise than the registry does."""


def listing(look: Look, request: ListNumbers) -> NumberList:
    """List numbers that are not free."""
    wish = number_list.Wish(
        holder=request.holder,
        registrar=request.registrar,
        state=(_STATES.get(request.state) or State(request.state)) if request.state else None,
        pool=request.pool,
        apex=name_of(request.zone),
    )
    found = number_list.listing(look.session, wish, look.now_s, request.limit + 1)
    facts = tuple(map(describe_number, found[: request.limit]))
    return NumberList(facts, more=len(found) > request.limit)


def show(look: Look, request: ShowNumber) -> NumberCard:
    """Show a number and its endpoints."""
    number = number_of(look, request.number)
    zone = zones.find_for(look.session, number, name_of(request.zone))
    record = numbers.show(look.session, number, look.now_s, zone.tree.name)
    ways = endpoints.listing(look.session, number, look.now_s, zone.tree.name)
    return NumberCard(
        **plain(describe_number(record)),
        owner_name=str(zone.tree.owner_name(number)),
        endpoints=tuple(map(describe_endpoint, ways)),
        has_own_ttl=record.has_own_ttl,
    )


def log(look: Look, request: ReadNumberLog) -> NumberHistory:
    """Show what has happened to a number."""
    number, zone = number_of(look, request.number), name_of(request.zone)
    events = history.of_number(look.session, number, zone, request.limit)
    return NumberHistory(
        tuple(
            LoggedEvent(
                timestamp(event.at_s),
                event.serial,
                str(event.actor),
                event.action,
                event.before,
                event.after,
            )
            for event in events
        )
    )


def proof(look: Look, request: AskProof) -> ProofOfHolder:
    """Tell whether a number has a recovery code."""
    number = number_of(look, request.number)
    zone = zones.find_for(look.session, number, name_of(request.zone))
    row = number_row.find(look.session, zone, number)
    return ProofOfHolder(row is not None and row.recovery is not None)


def hold(deed: Deed, request: HoldNumber) -> NumberHeld:
    """Keep a free number for a while."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    held = numbers.hold(deed.change, number, request.holder, zone)
    return NumberHeld(str(number), held.token, timestamp(held.until_s))


def claim(deed: Deed, request: ClaimNumber) -> NumberClaimed:
    """Make a free number somebody's."""
    not_after_s = seconds(request.until) if request.until else None
    if request.number is None:
        claimed = numbers.claim_any(
            deed.change,
            request.holder,
            like=request.like,
            pool=request.pool,
            not_after_s=not_after_s,
        )
    else:
        claimed = numbers.claim(
            deed.change,
            number_of(deed, request.number),
            request.holder,
            hold_token=request.hold,
            recovery_code=request.recovery_code,
            not_after_s=not_after_s,
            apex=name_of(request.zone),
        )
    return describe_claim(claimed)


def release(deed: Deed, request: ReleaseNumber) -> NumberFacts:
    """Give a number back."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_number(numbers.release(deed.change, number, request.recovery_code, zone))


def suspend(deed: Deed, request: SuspendNumber) -> NumberFacts:
    """Silence a number."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_number(numbers.suspend(deed.change, number, request.why, zone))


def resume(deed: Deed, request: ResumeNumber) -> NumberFacts:
    """Let a suspended number answer again."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_number(numbers.resume(deed.change, number, zone))


def transfer(deed: Deed, request: TransferNumber) -> NumberClaimed:
    """Give a number to another holder."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_claim(
        tenure.transfer(deed.change, number, request.holder, request.recovery_code, zone)
    )


def registrar(deed: Deed, request: ChangeRegistrar) -> NumberFacts:
    """Let another registrar look after a number."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_number(
        tenure.change_registrar(deed.change, number, request.registrar, request.recovery_code, zone)
    )


def recover(deed: Deed, request: RecoverNumber) -> NumberClaimed:
    """Give the holder a new recovery code."""
    number, zone = number_of(deed, request.number), name_of(request.zone)
    return describe_claim(tenure.recover(deed.change, number, zone))


def describe_number(record: NumberRecord) -> NumberFacts:
    """Return what the registry knows of a number as a result has it."""
    return NumberFacts(
        number=str(record.number),
        state=record.state.value,
        zone=record.zone,
        pool=record.pool,
        in_zone=record.in_zone,
        holder=record.holder,
        registrar=record.registrar,
        claimed=timestamp(record.claimed_s),
        until=timestamp(record.until_s),
        not_after=timestamp(record.not_after_s),
        suspended_why=record.suspended_why,
        ttl_s=record.ttl_s,
    )


def describe_claim(claimed: numbers.Claim) -> NumberClaimed:
    """Return a claim as a result has it."""
    until = timestamp(claimed.not_after_s)
    return NumberClaimed(str(claimed.number), claimed.holder, claimed.recovery_code, until)


def describe_endpoint(way: Endpoint) -> EndpointFacts:
    """Return an endpoint as a result has it."""
    return EndpointFacts(way.preference, str(way.service), str(way.uri))
