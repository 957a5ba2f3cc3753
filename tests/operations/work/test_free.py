"""Free numbers found, and offered in place of one that is taken."""

import pytest

from enumd.operations.actor import Doer
from enumd.operations.desk import Desk
from enumd.operations.number import FindNumbers
from enumd.operations.opening import reading
from enumd.operations.performed import QUIET
from enumd.operations.pool import AddPool, RemovePool
from enumd.operations.work.free import SIMILAR, find_similar

NUMBER = "+441632960017"


@pytest.fixture
def similar(home):
    """Return a function that finds numbers like one."""

    def find(number=NUMBER):
        with reading(home) as session:
            desk = Desk(home, Doer(None, "test"), QUIET, home.now_s)
            return list(find_similar(desk.looking(session), number))

    return find


def test_the_longest_common_end_decides(similar, done, claimed):
    """Three digits if there are such, else two, else one; never more than a few."""
    assert similar() == ["+441632960007"]
    done(AddPool("more", "+441632961000", "+441632969999"))
    assert similar() == ["+441632961017", "+441632962017", "+441632963017"]
    assert len(similar()) == SIMILAR


def test_where_nothing_is_like_it_nothing_is_offered(similar, done):
    """A home without pools has nothing to offer either."""
    done(AddPool("one", "+441632970000", "+441632970000"))
    done(RemovePool("demo"))
    assert similar() == []
    done(RemovePool("one"))
    assert similar() == []


def test_free_numbers_are_found_by_pool_and_pattern(done, claimed):
    """What is taken is not among them."""
    found = done(FindNumbers(pool="demo", like="*1?", limit=3)).numbers

    assert [one.number[-2:] for one in found] == ["10", "11", "12"]
    assert "+441632960017" not in [one.number for one in done(FindNumbers()).numbers]
