"""What somebody shows to prove a right to a number, and the one proof nobody can bring twice."""

from __future__ import annotations

from enum import StrEnum

from enumd.core.number import Number
from enumd.errors import NotPermitted, PolicyRefused, VerificationFailed
from enumd.registry import parties, recovery
from enumd.registry.changes import Change
from enumd.registry.lifecycle import moment
from enumd.registry.schema import HoldRow, NumberRow, PartyRow


class Act(StrEnum):
    """By whose right something is done to a number that is somebody's; the log keeps it."""

    HOLDER = "holder"
    """The recovery code was given."""
    OPERATOR = "operator"
    """It was not: the registry acts over the holder's head."""


def refuse_second_hold(change: Change, number: Number, row: NumberRow, who: str) -> None:
    """Raise PolicyRefused where *who* has held the number since it was last claimed."""
    earlier = change.session.get(HoldRow, (row.id, who)) if row.id else None
    if earlier is not None:
        ended = moment(earlier.until_s)
        raise PolicyRefused(
            f"{who} held {number} until {ended}; it can be claimed, not held again"
        ).advise(f"Claim it: enumd number claim {number} --holder {who}")


def verify_token(row: NumberRow, token: str) -> None:
    """Raise VerificationFailed where *token* is not the one of the hold."""
    if not recovery.verify_token(token, row.hold_hash or b""):
        raise VerificationFailed(f"that is not the token of the hold on +{row.digits}").advise(
            "Give the hold that `enumd number hold` printed, or wait until it ends: nobody else "
            "sees it."
        )


def verify_code(row: NumberRow, code: str) -> None:
    """Raise VerificationFailed where *code* is not the recovery code of the number."""
    if row.recovery is None:
        raise VerificationFailed(f"+{row.digits} has no recovery code: ask the registry").advise(
            "It was imported, or its code was taken back; the operator can issue one: `enumd "
            "number recover`."
        )
    if not recovery.verify_code(code, row.recovery):
        raise VerificationFailed(f"that is not the recovery code of +{row.digits}").advise(
            "Give the code that was printed when the number was claimed; a later claim or "
            "transfer made a new one."
        )


def verify_act(row: NumberRow, code: str | None) -> Act:
    """Return who acts on a number that is somebody's: its holder with the *code*, or the operator.

    Raises:
        VerificationFailed: *code* is given and wrong.
    """
    if code is None:
        return Act.OPERATOR
    verify_code(row, code)
    return Act.HOLDER


def verify_former_holder(change: Change, row: NumberRow, holder: str, code: str) -> None:
    """Raise where *holder* with *code* is not who had the number before its quarantine."""
    verify_code(row, code)
    former = change.session.get_one(PartyRow, row.holder_id)
    if parties.holder(change, holder).id != former.id:
        raise NotPermitted(
            f"in quarantine +{row.digits} goes back to its former holder alone"
        ).advise(f"Choose another, `enumd number find`, or wait: enumd number show +{row.digits}")
