"""What changes about a number that stays claimed: its code, its holder, its registrar."""

from __future__ import annotations

from typing import NamedTuple

import dns.name

from enumd.core.number import Number
from enumd.errors import Conflict, NotPermitted
from enumd.registry import (
    number_image,
    number_log,
    number_row,
    parties,
    proofs,
    recovery,
    secret_rows,
)
from enumd.registry.changes import Change
from enumd.registry.number_row import NumberRecord
from enumd.registry.numbers import Claim
from enumd.registry.schema import NumberRow, PartyRow, ZoneRow


def recover(change: Change, number: Number, apex: dns.name.Name | None = None) -> Claim:
    """Give the holder of *number* a new recovery code in place of a lost one.

    This is an act of the operator, who has made sure of the holder in some other way; the log
    keeps that it was done, and never the code.

    Raises:
        NotFound, Conflict: it is not claimed.
    """
    issued = recovery.issue()  # before the lock, which others wait for
    zone, row = number_row.locate_standing(change, number, apex)
    if row.holder_id is None:
        raise Conflict(f"{number} has no holder who could have a code").advise(
            f"Say whose it is: enumd number transfer {number} --holder CONTACT"
        )
    holder = change.session.get_one(PartyRow, row.holder_id)
    return _hand_over(change, zone, row, holder, _Handing("number.recover", issued))


def transfer(
    change: Change,
    number: Number,
    holder: str,
    recovery_code: str | None = None,
    apex: dns.name.Name | None = None,
) -> Claim:
    """Give a claimed number to another holder, endpoints and all, under a new recovery code.

    Without the present code this is an act of the operator; the log says which it was.

    Raises:
        NotFound, Conflict: it is not claimed.
        VerificationFailed: the code is wrong.
    """
    issued = recovery.issue()  # before the lock, which others wait for
    zone, row = number_row.locate_claimed(change, number, apex)
    by = proofs.verify_act(row, recovery_code)
    party = parties.holder(change, holder)
    return _hand_over(change, zone, row, party, _Handing("number.transfer", issued, by))


class _Handing(NamedTuple):
    """Why a number gets a new recovery code, and which."""

    action: str
    issued: recovery.Issued
    by: proofs.Act = proofs.Act.OPERATOR


def _hand_over(
    change: Change, zone: ZoneRow, row: NumberRow, holder: PartyRow, handing: _Handing
) -> Claim:
    """Let the number of *row* be that of *holder* under a new code, and log it."""
    before = number_image.describe(change.session, row, change.now_s)
    secret_rows.keep(change.session, row.recovery)
    row.holder_id, row.recovery = holder.id, handing.issued.stored
    number_log.add(change, zone, handing.action, row, before, handing.by)
    since = row.claimed_s or 0
    code = handing.issued.code
    return Claim(Number(row.digits), zone.apex, holder.name, code, since, row.not_after_s)


def change_registrar(
    change: Change,
    number: Number,
    name: str,
    recovery_code: str | None = None,
    apex: dns.name.Name | None = None,
) -> NumberRecord:
    """Let the registrar called *name* look after *number* from now on; its holder keeps it.

    Without the recovery code this is an act of the operator; the log says which it was.

    Raises:
        NotFound, Conflict: it is not claimed; no party is called so.
        NotPermitted: that party is no registrar.
        VerificationFailed: the code is wrong.
    """
    zone, row = number_row.locate_standing(change, number, apex)
    by = proofs.verify_act(row, recovery_code)
    party = parties.show(change.session, name)
    if party.kind != parties.PartyKind.REGISTRAR:
        raise NotPermitted(f"{party.name} is a {party.kind}, not a registrar").advise(
            "Registrars are listed by `enumd party list --kind registrar`; "
            "`enumd party add NAME --kind registrar` adds one."
        )
    before = number_image.describe(change.session, row, change.now_s)
    row.registrar_id = party.id
    number_log.add(change, zone, "number.registrar", row, before, by)
    return number_row.describe(change.session, zone, row, change.now_s)
