"""Who acts is named by door and party."""

from enumd.operations.actor import Doer, Role


def test_a_doer_is_named_as_the_log_has_it():
    """Door and party; the door alone where it is nobody in particular."""
    assert str(Doer("ada", "cli", Role.OPERATOR)) == "cli:ada"
    assert str(Doer(None, "api")) == "api"


def test_who_says_nothing_is_anybody():
    """A role has to be given, it is never taken."""
    assert Doer("ada", "api").role is Role.ANYBODY
