"""What identifies a transaction."""

import pytest

from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.transaction_key import OldKey, invite_key, key_of

OLD = "SIP/2.0/UDP 192.0.2.4"


@pytest.fixture
def read(octets):
    """Return the function that builds and reads requests."""
    return lambda **changes: Request.parse(datagram(octets(**changes)).head)


def test_invite_ack_and_cancel_share_one(read):
    """The key of an INVITE is that of the INVITE its ACK and its CANCEL mean."""
    invite = read()
    via = invite.via

    assert key_of(invite, "INVITE") == invite_key(via.branch, via.sent_by)
    for method in ("ACK", "CANCEL"):
        assert key_of(read(method=method), "INVITE") == key_of(invite, "INVITE")


def test_other_methods_have_their_own(read):
    """The branch may be the same: the method makes a difference."""
    invite = read()

    assert len({key_of(invite, method) for method in ("INVITE", "CANCEL", "OPTIONS")}) == 3


def test_an_old_client_is_known_by_its_fields(read):
    """Without the cookie in the branch, To tag and Via belong to the key."""
    key = key_of(read(Via=OLD, To="<sip:a@h>;tag=x"), "INVITE")

    assert isinstance(key, OldKey)
    assert (key.method, key.to_tag, key.sequence) == ("INVITE", b"x", 1)
    assert key != key_of(read(Via=OLD), "INVITE")
