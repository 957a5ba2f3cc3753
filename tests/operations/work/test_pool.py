"""Pools added, listed, shown, edited, removed."""

import pytest

from enumd.errors import NotFound
from enumd.operations.actor import Doer, Role
from enumd.operations.perform import perform
from enumd.operations.pool import AddPool, EditPool, ListPools, RemovePool, ShowPool

OPERATOR = Doer("ada", "test", Role.OPERATOR)


def test_a_pool_belongs_to_the_zone_of_its_numbers(done):
    """Its size follows from its ends."""
    added = done(AddPool("more", "+44 1632 961000", "+44 1632 961009"))

    assert (added.zone, added.first, added.last) == (
        "enum.example.org.",
        "+441632961000",
        "+441632961009",
    )
    assert [(one.pool, one.size) for one in done(ListPools()).pools] == [("demo", 18), ("more", 10)]


def test_a_pool_counts_its_numbers(done, claimed):
    """In which state, and how many in all."""
    shown = done(ShowPool("demo"))

    assert (shown.size, shown.free, shown.claimed) == (18, 17, 1)
    assert (shown.held, shown.suspended, shown.quarantined) == (0, 0, 0)


def test_a_pool_gets_another_name_or_other_ends(done):
    """What is not said stays."""
    assert done(EditPool("demo", "drama")).first == "+441632960000"
    assert done(EditPool("drama", last="+441632960003")).last == "+441632960003"
    with pytest.raises(NotFound):
        done(ShowPool("demo"))


def test_the_last_pool_of_a_zone_is_noted(home, done):
    """Without any, all its numbers can be claimed: who removes it should know."""
    done(AddPool("more", "+441632961000", "+441632961009"))

    assert perform(RemovePool("more"), OPERATOR, home).notes == ()
    performed = perform(RemovePool("demo"), OPERATOR, home)
    assert (performed.result.pool, performed.result.zone) == ("demo", "enum.example.org.")
    assert "has no pool any more" in performed.notes[0]
