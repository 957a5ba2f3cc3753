"""Free numbers like one that is taken."""

import pytest

from enumd.core.number import Number
from enumd.operations.opening import reading
from enumd.operations.pool import AddPool, RemovePool
from enumd.operations.work.similar import SIMILAR, find_similar

NUMBER = Number("441632960017")


@pytest.fixture
def similar(home):
    """Return a function that finds numbers like one."""

    def find(number=NUMBER):
        with reading(home) as session:
            return [str(one) for one in find_similar(session, number, home.now_s)]

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
