"""What work is given besides the request."""

from enumd.operations.actor import Doer, Role
from enumd.operations.desk import Desk
from enumd.operations.performed import QUIET


def test_what_is_opened_later_is_the_same_desk(home):
    """A note that is left at one is found at the other."""
    desk = Desk(home, Doer(None, "test"), QUIET, 17)
    look, deed = desk.looking("session"), desk.doing(type("Change", (), {"session": "its own"}))
    look.note("one")
    deed.note("two")

    assert desk.notes == ["one", "two"]
    assert (look.session, deed.session) == ("session", "its own")
    assert (look.now_s, deed.now_s, look.home, deed.doer) == (17, 17, home, desk.doer)


def test_the_log_keeps_party_and_door(home):
    """The role is no part of it: what somebody may do changes, what they did does not."""
    actor = Desk(home, Doer("ada", "test", Role.READER), QUIET, 17).actor

    assert (actor.party, actor.door) == ("ada", "test")
