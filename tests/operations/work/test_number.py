"""Numbers found, listed, held, claimed, shown, and what becomes of them."""

import pytest

from enumd.errors import BadRequest, NumberError, PolicyRefused, VerificationFailed
from enumd.operations.endpoint import AddEndpoint
from enumd.operations.number import (
    AskProof,
    ChangeRegistrar,
    ClaimNumber,
    FindNumbers,
    HoldNumber,
    ListNumbers,
    ReadNumberLog,
    RecoverNumber,
    ReleaseNumber,
    ResumeNumber,
    ShowNumber,
    SuspendNumber,
    TransferNumber,
)
from enumd.operations.party import AddParty
from enumd.operations.times import timestamp

NUMBER = "+441632960017"
DAY_S = 86_400


def test_a_number_is_found_held_and_claimed(done, clock):
    """The hold says until when, and is the way to the claim."""
    (free,) = done(FindNumbers(like="*17")).numbers
    held = done(HoldNumber(free.number))

    assert (free.number, free.pool, free.recycled) == (NUMBER, "demo", False)
    assert held.until == timestamp(clock.now_s + 1800)
    claimed = done(ClaimNumber("ada@example.net", NUMBER, hold=held.hold))
    assert (claimed.holder, claimed.not_after) == ("ada@example.net", None)


def test_a_claim_may_end(done, clock):
    """A moment that has passed is refused, and a text that is none is no request."""
    later = timestamp(clock.now_s + DAY_S)

    assert done(ClaimNumber("ada@example.net", until=later)).not_after == later
    with pytest.raises(PolicyRefused):
        done(ClaimNumber("ada@example.net", until="1970-01-01T00:00:00Z"))
    with pytest.raises(BadRequest):
        done(ClaimNumber("ada@example.net", until="tomorrow"))


def test_any_number_like_it_is_claimed(done):
    """Which one is in the result."""
    assert done(ClaimNumber("ada@example.net", like="*5", pool="demo")).number.endswith("5")


def test_a_number_is_shown_with_its_name_and_its_endpoints(done, claimed):
    """What the registry knows is what the result has."""
    done(AddEndpoint(NUMBER, "sip:ada@example.net"))
    shown = done(ShowNumber("tel:+44-1632-960017"))

    assert (shown.state, shown.holder, shown.has_own_ttl) == ("claimed", "ada@example.net", False)
    assert shown.owner_name.endswith(".enum.example.org.")
    assert [way.uri for way in shown.endpoints] == ["sip:ada@example.net"]
    with pytest.raises(NumberError):
        done(ShowNumber("+44l632"))


def test_a_list_says_whether_there_are_more(done, claimed):
    """Quarantine is what people call released."""
    other = done(ClaimNumber("ada@example.net")).number
    assert done(ListNumbers(limit=1)).more
    assert not done(ListNumbers(limit=2)).more

    done(ReleaseNumber(other))
    assert [one.number for one in done(ListNumbers(state="quarantine")).numbers] == [other]
    assert [one.number for one in done(ListNumbers(state="claimed")).numbers] == [NUMBER]


def test_what_happened_is_read_in_order(done, claimed):
    """The latest alone, where a limit is given."""
    done(SuspendNumber(NUMBER, "a test"))
    events = done(ReadNumberLog(NUMBER)).events

    assert [event.action for event in events] == ["number.claim", "number.suspend"]
    assert done(ReadNumberLog(NUMBER, limit=1)).events == events[1:]


def test_a_number_is_silenced_and_heard_again(done, claimed):
    """The state says which."""
    silenced = done(SuspendNumber(NUMBER, "abuse"))
    assert (silenced.state, silenced.suspended_why, silenced.in_zone) == (
        "suspended",
        "abuse",
        True,
    )
    assert done(ResumeNumber(NUMBER)).state == "claimed"


def test_a_code_proves_the_holder(done, claimed):
    """It is asked for where there is one, and another is wrong."""
    assert done(AskProof(NUMBER)).recovery_code
    assert not done(AskProof("+441632960003")).recovery_code
    with pytest.raises(VerificationFailed):
        done(ReleaseNumber(NUMBER, "AAAA-AAAA-AAAA"))
    released = done(ReleaseNumber(NUMBER, claimed.recovery_code))
    assert released.state == "released" and released.until


def test_a_number_moves_to_another_holder_or_registrar(done, claimed):
    """A new holder has a new code; a registrar changes nothing for the holder."""
    done(AddParty("acme", "registrar", "noc@acme.example"))
    assert done(ChangeRegistrar(NUMBER, "acme")).registrar == "acme"

    moved = done(TransferNumber(NUMBER, "ben@example.net", claimed.recovery_code))
    assert moved.holder == "ben@example.net"
    recovered = done(RecoverNumber(NUMBER))
    assert len({claimed.recovery_code, moved.recovery_code, recovered.recovery_code}) == 3
