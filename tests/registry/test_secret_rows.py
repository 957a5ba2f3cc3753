"""Secrets that the log refers to."""

import pytest

from enumd.registry import secret_rows
from enumd.registry.changes import Actor
from enumd.registry.schema import SecretRow


@pytest.fixture
def session(tree):
    """Give a session that may write."""
    with tree.change(Actor(None, "test"), 1) as change:
        yield change.session


@pytest.mark.parametrize("stored", ["$scrypt$ln=12,r=8,p=1$c2FsdA==$aGFzaA==", b"\0\xff"])
def test_what_is_kept_can_be_recalled(session, stored):
    """By a reference that says nothing of it; keeping it twice is keeping it."""
    for _ in range(2):
        secret_rows.keep(session, stored)
    session.flush()
    octets = stored if isinstance(stored, bytes) else stored.encode()
    reference = secret_rows.refer(stored)

    assert secret_rows.recall(session, reference) == octets
    assert reference == secret_rows.refer(octets)
    assert len(reference) == 32
    assert octets.hex() not in reference
    assert session.query(SecretRow).count() == 1


def test_nothing_is_nothing(session):
    """What a row does not have is neither kept nor referred to."""
    secret_rows.keep(session, None)

    assert secret_rows.refer(None) is None
    assert secret_rows.recall(session, None) is None
    assert secret_rows.recall(session, "0" * 32) is None
    assert session.query(SecretRow).count() == 0
