"""A home made with its first zone, and a registry brought up."""

import stat

import pytest

from enumd.errors import Conflict, NumberOutsideTree
from enumd.operations.actor import Doer, Role
from enumd.operations.home import Home
from enumd.operations.perform import perform
from enumd.operations.pool import ListPools
from enumd.operations.setup import MakeHome, NewPool, UpgradeRegistry
from enumd.operations.zone import ListZones

OPERATOR = Doer("ada", "test", Role.OPERATOR)
POOL = NewPool("demo", "+441632960000", "+441632960999")


def test_a_home_is_made_for_its_owner_alone(tmp_path):
    """Directory, configuration, registry, zone, pools and index are there at once."""
    home = Home(tmp_path / "home")
    performed = perform(MakeHome("enum.example.org", "44", (), (POOL,)), OPERATOR, home)

    assert performed.result.home == str(home.path)
    assert (performed.result.zone, performed.result.pools) == ("enum.example.org.", ("demo",))
    assert [one.to_serial for one in performed.published] == [performed.result.serial]
    for path in (home.path, home.path / "enumd.toml", home.path / "registry.db"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_second_home_in_its_place_is_refused(home, done):
    """Nothing of the first is touched."""
    with pytest.raises(Conflict):
        perform(MakeHome("other.example"), OPERATOR, home)
    assert [one.zone for one in done(ListZones()).zones] == ["enum.example.org."]


def test_a_home_that_failed_half_way_is_made_the_second_time(tmp_path):
    """A registry without a zone is what such a failure leaves."""
    home = Home(tmp_path / "home")
    wrong = MakeHome("enum.example.org", "44", (), (NewPool("demo", "+49301", "+49309"),))
    with pytest.raises(NumberOutsideTree):
        perform(wrong, OPERATOR, home)

    assert perform(MakeHome("enum.example.org"), OPERATOR, home).result.serial == 1
    assert perform(ListPools(), OPERATOR, home).result.pools == ()


def test_an_index_whose_registry_is_gone_is_not_taken_over(home):
    """The way back to the registry is told."""
    (home.path / "registry.db").unlink()

    with pytest.raises(Conflict, match="published from a registry that is not there"):
        perform(MakeHome("other.example"), OPERATOR, home)


def test_a_registry_of_today_needs_no_upgrade(home, done):
    """The schema stays, and nothing is copied."""
    done_ = done(UpgradeRegistry())

    assert not done_.changed and done_.copy is None
