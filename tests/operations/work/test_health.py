"""The registry compared with its index."""

from enumd.operations.actor import Doer, Role
from enumd.operations.endpoint import AddEndpoint
from enumd.operations.health import ExamineRegistry
from enumd.operations.number import SuspendNumber
from enumd.operations.perform import perform
from enumd.operations.times import timestamp

NUMBER = "+441632960017"
OPERATOR = Doer("ada", "test", Role.OPERATOR)


def test_what_was_published_agrees(done, claimed, clock):
    """Names and states are counted, and when the registry was changed is told."""
    done(AddEndpoint(NUMBER, "sip:ada@example.net"))
    clock.now_s += 60
    done(SuspendNumber(NUMBER, "a test"))
    health = done(ExamineRegistry())

    (zone,) = health.zones
    assert (zone.zone, zone.serial, zone.faults) == ("enum.example.org.", 4, ())
    assert zone.states == 1
    assert (health.changed, health.fault) == (timestamp(clock.now_s), None)


def test_what_was_not_published_is_told(done, home, monkeypatch):
    """Zone by zone, in words."""
    from enumd.operations.number import ClaimNumber

    with monkeypatch.context() as crashed:
        crashed.setattr("enumd.operations.publishing.publish", lambda *_, **__: [])
        perform(ClaimNumber("ada@example.net", NUMBER), OPERATOR, home)

    (zone,) = done(ExamineRegistry(sample=None)).zones
    assert "serial 1, the registry has 2" in zone.faults[0]


def test_an_index_that_cannot_be_read_is_no_error(done, home):
    """The fault and its remedy are the result."""
    (home.config.index_path / "data.mdb").write_bytes(b"torn" * 4096)
    health = done(ExamineRegistry())

    assert health.zones == () and health.fault and health.remedy
