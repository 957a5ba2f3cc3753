"""What somebody shows to prove a right."""

import pytest

from enumd.core.number import Number
from enumd.errors import NotPermitted, PolicyRefused, VerificationFailed
from enumd.registry import parties, proofs, recovery
from enumd.registry.changes import Actor
from enumd.registry.schema import HoldRow, NumberRow

NOW_S = 1_795_000_000
CODE = "7KQ2-MM4T-XP01"


@pytest.fixture
def change(tree):
    """Give an open transaction."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


@pytest.fixture
def row(change):
    """Give the row of a number Ada released."""
    ada = parties.holder(change, "ada@example.net")
    row = NumberRow(zone_id=1, digits="441632960017", state="released", claimed_s=1)
    row.until_s, row.holder_id, row.recovery = NOW_S + 9, ada.id, recovery.hash_code(CODE)
    change.session.add(row)
    change.session.flush()
    return row


def test_the_right_code_proves(row):
    """
    The code passes, another does not, and none passes where there is none.
    """
    proofs.verify_code(row, CODE)
    with pytest.raises(VerificationFailed, match=r"not the recovery code of \+441632960017"):
        proofs.verify_code(row, CODE[::-1])
    row.recovery = None
    with pytest.raises(VerificationFailed, match="has no recovery code"):
        proofs.verify_code(row, CODE)


def test_the_right_token_proves(row):
    """
    The token passes, another does not, and none passes where there is no hold.
    """
    row.hold_hash = recovery.hash_token("h_1")
    proofs.verify_token(row, "h_1")
    with pytest.raises(VerificationFailed, match="not the token"):
        proofs.verify_token(row, "h_2")
    row.hold_hash = None
    with pytest.raises(VerificationFailed):
        proofs.verify_token(row, "")


def test_the_former_holder_needs_the_code_too(change, row):
    """
    A stranger with the code is not permitted; who lacks the code does not learn that.
    """
    proofs.verify_former_holder(change, row, "ada@example.net", CODE)
    with pytest.raises(NotPermitted):
        proofs.verify_former_holder(change, row, "ben@example.net", CODE)
    with pytest.raises(VerificationFailed):
        proofs.verify_former_holder(change, row, "ben@example.net", "wrong")


def test_a_second_hold_is_refused(change, row):
    """
    Whoever held it is remembered, others are not held back.
    """
    number = Number(row.digits)
    change.session.add(HoldRow(number_id=row.id, contact="ada", until_s=NOW_S))
    proofs.refuse_second_hold(change, number, row, "ben")
    proofs.refuse_second_hold(change, number, NumberRow(), "ada")
    with pytest.raises(PolicyRefused, match="ada held"):
        proofs.refuse_second_hold(change, number, row, "ada")
