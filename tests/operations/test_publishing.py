"""The index is brought up to the registry, or made anew."""

import pytest

from enumd.errors import IndexFault
from enumd.operations.actor import Doer, Role
from enumd.operations.desk import Desk
from enumd.operations.opening import open_registry
from enumd.operations.performed import QUIET, Streams
from enumd.operations.publishing import SAFE, bring_up, make_anew, publish_committed

OPERATOR = Doer("ada", "test", Role.OPERATOR)


@pytest.fixture
def desk(home):
    """Return the desk of an operator."""
    return Desk(home, OPERATOR, QUIET, home.now_s)


@pytest.fixture
def registry(home):
    """Return the registry of the home."""
    with open_registry(home) as opened:
        yield opened


def damage(desk):
    """Let the index be none."""
    (desk.home.config.index_path / "data.mdb").write_bytes(b"no index at all" * 1000)


def test_what_is_up_to_date_is_left_alone(desk, registry):
    """Publishing can be done again at any time."""
    assert bring_up(desk, registry) == ()


def test_an_index_that_was_lost_comes_back(desk, registry):
    """Zone by zone it is told what was done."""
    for path in desk.home.config.index_path.iterdir():
        path.unlink()

    (report,) = bring_up(desk, registry)
    assert (report.zone, report.from_serial, report.to_serial, report.how) == (
        "enum.example.org.",
        None,
        1,
        "whole",
    )


def test_what_is_not_ours_is_moved_aside_and_told(desk, registry):
    """Nothing is deleted that could be somebody's."""
    damage(desk)

    assert [one.how for one in make_anew(desk, registry)] == ["whole"]
    assert "it is kept in" in desk.notes[0]


def test_a_fault_after_a_commit_is_returned_with_what_is_safe(desk, registry):
    """It is for the end: the result comes first."""
    damage(desk)
    published, trouble = publish_committed(desk, registry)

    assert published == ()
    assert isinstance(trouble, IndexFault) and trouble.__notes__ == [SAFE]


def test_progress_is_told_where_somebody_watches(home, registry):
    """The meter says what it is that takes its time."""
    shown = []

    def meter(what, total):
        shown.append((what, total))
        return QUIET.meter(what, total)

    bring_up(Desk(home, OPERATOR, Streams(meter), home.now_s), registry)
    assert shown == [("publishing, names", None)]
