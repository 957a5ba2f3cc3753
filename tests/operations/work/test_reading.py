"""What requests write as text becomes values."""

import dns.name
import pytest

from enumd.errors import BadRequest, NotFound, NumberTooLong
from enumd.operations.actor import Doer
from enumd.operations.desk import Desk
from enumd.operations.home import Home
from enumd.operations.opening import reading
from enumd.operations.performed import QUIET
from enumd.operations.work.reading import name_of, number_of, only_zone
from enumd.operations.zone import AddZone


def test_a_number_is_as_long_as_the_home_allows(tmp_path):
    """The limit is that of the configuration."""
    (tmp_path / "enumd.toml").write_text("[numbers]\nmax_digits = 12\n")
    desk = Desk(Home(tmp_path), Doer(None, "test"), QUIET, 0)

    assert str(number_of(desk, "tel:+44-1632-960017")) == "+441632960017"
    with pytest.raises(NumberTooLong):
        number_of(desk, "+4416329600170")


def test_a_zone_that_is_not_named_is_none():
    """An empty name is no name either."""
    assert name_of("enum.example") == dns.name.from_text("enum.example")
    assert name_of(None) is None is name_of("")


def test_the_only_zone_need_not_be_named(home, done):
    """Where there are two, or none is called so, it is asked for."""
    with reading(home) as session:
        assert only_zone(session, None).apex == "enum.example.org."
        with pytest.raises(NotFound):
            only_zone(session, "other.example")
    done(AddZone("other.example"))
    with reading(home) as session:
        assert only_zone(session, "other.example").apex == "other.example."
        with pytest.raises(BadRequest, match=r"there are enum\.example\.org\., other\.example\."):
            only_zone(session, None)
