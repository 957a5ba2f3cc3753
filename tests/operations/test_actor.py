"""Who acts has a role, and it is given."""

import pytest

from enumd.operations.actor import Doer, Role


def test_who_says_nothing_is_anybody():
    """A role has to be given, it is never taken."""
    assert Doer("ada", "api").role is Role.ANYBODY


def test_a_role_is_written_as_people_say_it():
    """A token or a party names it so."""
    assert Role("registrar") is Role.REGISTRAR
    with pytest.raises(ValueError, match="root"):
        Role("root")
