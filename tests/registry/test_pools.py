"""Pools."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.errors import (
    Conflict,
    NotFound,
    NumberError,
    NumberOutsideTree,
    NumberTooLong,
    PolicyRefused,
)
from enumd.registry import pools, zones
from enumd.registry.changes import Actor
from enumd.registry.schema import NumberRow

NOW_S = 1_795_000_000
APEX = parse_name("enum.example.org")


@pytest.fixture
def change(tree):
    """Give one open transaction in a registry with the pool of drama numbers."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        yield opened


def add(change, first, last, name="new"):
    """Add a pool to the zone."""
    zone = zones.show(change.session, APEX)
    return pools.add(change, name, zone, Number(first), Number(last))


class TestAdd:
    """Ranges that can be pools."""

    @pytest.mark.parametrize(
        ("first", "last", "error"),
        [
            ("441", "4410", NumberError),
            ("4412", "4411", NumberError),
            ("331", "332", NumberOutsideTree),
            ("49", "49", NumberOutsideTree),
            ("44" + "0" * 14, "44" + "9" * 14, NumberTooLong),
        ],
    )
    def test_a_range_that_is_none_is_refused(self, change, first, last, error):
        """
        Unequal lengths, a wrong order, another zone's numbers, too many digits.
        """
        with pytest.raises(error):
            add(change, first, last)

    @pytest.mark.parametrize("name", ["", "a b", "a:b", "-x", "ä", "x" * 64])
    def test_a_name_fits_the_command_line(self, change, name):
        """
        Pools are written NAME:FIRST-LAST, so a name has no colon and no blank.
        """
        with pytest.raises(PolicyRefused):
            add(change, "4420", "4429", name)

    def test_a_name_is_given_once(self, change):
        """
        Two pools of one name could not be told apart.
        """
        with pytest.raises(Conflict, match=r"drama already: \+441632960000"):
            add(change, "4420", "4429", "drama")

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.lists(
            st.tuples(st.integers(0, 120), st.integers(0, 120)).map(sorted),
            min_size=2,
            max_size=5,
        )
    )
    def test_pools_overlap_when_their_integers_do(self, change, ranges):
        """
        Whether ranges meet is decided as among numbers, whatever zeros they begin with.
        """
        savepoint = change.session.begin_nested()
        there = []
        for place, (first, last) in enumerate(ranges):
            overlaps = any(first <= other[1] and other[0] <= last for other in there)
            try:
                add(change, f"44{first:03}", f"44{last:03}", f"p{place}")
                there.append((first, last))
                added = True
            except Conflict:
                added = False
            assert added is not overlaps
        savepoint.rollback()
        change.session.expire_all()

    def test_ranges_of_other_lengths_and_zones_do_not_meet(self, change):
        """
        A shorter number, or the same in another tree, is another number.
        """
        add(change, "44163296000", "44163296099")
        other = zones.add(change, Apex(parse_name("other.example.org"), "44"))
        pools.add(change, "twin", other, Number("441632960000"), Number("441632960999"))
        assert [each.name for each in pools.listing(change.session)] == ["drama", "new", "twin"]
        assert [each.name for each in pools.listing(change.session, other)] == ["twin"]


class TestShow:
    """How many numbers are in which state."""

    def test_a_new_pool_is_free(self, tree):
        """
        A thousand numbers, all free.
        """
        with tree.read() as session:
            figures = pools.show(session, "drama", NOW_S)
        assert (figures.size, figures.free) == (1000, 1000)
        assert figures.zone == "enum.example.org."

    def test_every_state_is_counted_as_it_is_now(self, change):
        """
        What has lapsed is free from its second on.
        """
        base = {"zone_id": 1, "claimed_s": 1, "until_s": None}
        silenced = {"state": "suspended", "suspended_why": "fraud"}
        held = {"claimed_s": None, "hold_hash": b"x", "state": "held"}
        rows = [
            {"state": "claimed"},
            {"state": "claimed"},
            silenced,
            {"state": "released", "until_s": NOW_S},
            {"state": "released", "until_s": NOW_S + 1},
            {**held, "until_s": NOW_S - 1},
            {**held, "until_s": NOW_S + 9},
            {"state": "claimed", "not_after_s": NOW_S + 1, "free_s": NOW_S + 9},
            {"state": "claimed", "not_after_s": NOW_S, "free_s": NOW_S + 1},
            {"state": "claimed", "not_after_s": NOW_S - 1, "free_s": NOW_S},
            {**silenced, "not_after_s": NOW_S, "free_s": NOW_S + 1},
            {**silenced, "not_after_s": NOW_S - 9, "free_s": NOW_S - 8},
        ]
        for place, row in enumerate(rows):
            values = {**base, **row, "digits": f"4416329600{place:02}"}
            change.session.execute(insert(NumberRow).values(**values))
        figures = pools.show(change.session, "drama", NOW_S)
        counted = (figures.claimed, figures.suspended, figures.quarantined, figures.held)
        assert counted == (3, 1, 3, 1)
        assert figures.free == 992

    def test_an_unknown_pool_is_not_found(self, change):
        """
        The name is said.
        """
        with pytest.raises(NotFound, match="'none'"):
            pools.show(change.session, "none", NOW_S)

    def test_a_pool_is_counted_in_a_few_statements(self, change, tree, statements):
        """
        However many numbers are claimed.
        """
        with statements(tree) as sent:
            pools.show(change.session, "drama", NOW_S)
        assert len(sent) <= 6


class TestRefuseOutside:
    """Which numbers a zone gives out."""

    def test_a_zone_with_pools_gives_out_what_lies_in_them(self, change):
        """
        Real numbers of other people are not for the taking.
        """
        zone = zones.show(change.session, APEX)
        pools.refuse_outside(change.session, zone, Number("441632960999"))
        with pytest.raises(NotFound, match=r"in no pool of enum\.example\.org\. \(drama\)"):
            pools.refuse_outside(change.session, zone, Number("442079460000"))

    def test_a_zone_without_pools_gives_out_all_it_stands_for(self, change):
        """
        A tree of one's own needs no pool.
        """
        zone = zones.add(change, Apex(parse_name("other.example.org"), "49"))
        pools.refuse_outside(change.session, zone, Number("4930123"))


class TestEdit:
    """Other names and ends."""

    def test_what_is_not_said_stays(self, change):
        """
        Name and ends change one by one; what nothing changes is not logged.
        """
        pool, zone = pools.edit(change, "drama", pools.PoolEdit(last=Number("441632960499")))
        assert (pool.name, pool.first, pool.last) == ("drama", "441632960000", "441632960499")
        pools.edit(change, "drama", pools.PoolEdit(name="film", first=Number("441632960100")))
        serial = zone.serial
        pools.edit(change, "film", pools.PoolEdit(name="film"))
        assert pools.image(pools.find(change.session, "film")) == {
            "name": "film",
            "first": "441632960100",
            "last": "441632960499",
            "created_s": NOW_S,
        }
        assert zone.serial == serial

    def test_another_pool_is_in_the_way(self, change):
        """
        Neither its name nor its numbers are taken; its own are.
        """
        zone = zones.listing(change.session)[0]
        pools.add(change, "other", zone, Number("441632961000"), Number("441632961999"))
        with pytest.raises(Conflict, match="other"):
            pools.edit(change, "drama", pools.PoolEdit(name="other"))
        with pytest.raises(Conflict, match="other"):
            pools.edit(change, "drama", pools.PoolEdit(last=Number("441632961000")))
        with pytest.raises(NumberError):
            pools.edit(change, "drama", pools.PoolEdit(last=Number("44163296000")))

    def test_a_pool_is_removed(self, change):
        """
        It is gone, and an unknown one names those there are.
        """
        assert pools.remove(change, "drama") == "enum.example.org."
        with pytest.raises(NotFound) as refused:
            pools.remove(change, "drama")
        assert "pool add" in refused.value.advice
