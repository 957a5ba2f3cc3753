"""What a zone is published from."""

from dataclasses import replace

from sqlalchemy import inspect

from enumd.registry import zones
from enumd.registry.changes import Actor
from enumd.registry.origin import Lines, read_zones
from enumd.registry.schema import ZoneRow

NOW_S = 1_795_000_000


def origin_of(registry):
    """Return the origin of the one zone there is."""
    with registry.read() as session:
        ((_, origin),) = read_zones(session, Lines(session))
        return origin


def changed(registry, **values):
    """Change the zone and log it; return its origin."""
    with registry.change(Actor("operator", "test"), NOW_S) as change:
        zone = change.lock(zones.listing(change.session)[0])
        for name, value in values.items():
            setattr(zone, name, value)
        change.record(zone, "zone.test", after=sorted(values))
    return origin_of(registry)


class TestOrigins:
    """The last line of the log, and the zone's parameters."""

    def test_it_is_the_same_as_long_as_nothing_happens(self, tree):
        """
        Looking twice finds the same.
        """
        assert origin_of(tree) == origin_of(tree)

    def test_every_line_of_the_log_makes_another(self, tree):
        """
        A change of what all names have in common shows as that, of the SOA as that.
        """
        before = origin_of(tree)
        nothing = changed(tree)
        soa = changed(tree, rname="somebody.example.")
        ttl = changed(tree, ttl_s=77)

        assert before.change < nothing.change < soa.change < ttl.change
        assert len({each.line for each in (before, nothing, soa, ttl)}) == 4
        assert replace(nothing, change=0, line="") == replace(before, change=0, line="")
        assert (soa.head != nothing.head, soa.names) == (True, nothing.names)
        assert (ttl.head != soa.head, ttl.names != soa.names) == (True, True)

    def test_no_parameter_of_a_zone_is_left_out(self, tree):
        """
        Whatever column the table has, but for its ids and times, is part of the origin.
        """
        others = {"id", "apex", "prefix", "serial", "created_s", "removed_s"}
        before = origin_of(tree)
        for name, column in inspect(ZoneRow).columns.items():
            if name not in others:
                value = 12_345 if column.type.python_type is int else "other.example."
                after = changed(tree, **{name: value})
                assert after.head != before.head, name
                before = after

    def test_a_zone_without_a_line_under_its_serial_has_none(self, tree):
        """
        A serial that the log does not know cannot be told from the same serial of another time.
        """
        with tree.change(Actor("operator", "test"), NOW_S) as change:
            change.lock(zones.listing(change.session)[0]).serial = 77

        assert origin_of(tree) is None

    def test_zones_come_by_apex(self, tree):
        """
        They come in the order of `zones.listing`.
        """
        with tree.read() as session:
            assert [zone for zone, _ in read_zones(session, Lines(session))] == zones.listing(
                session
            )


class TestLines:
    """Whether the log leads here from an origin."""

    def test_only_the_very_line_of_the_very_zone_is_known(self, tree):
        """
        Another content, another id or another zone is not the line.
        """
        origin = origin_of(tree)
        changed(tree)
        with tree.read() as session:
            (zone,) = zones.listing(session)
            lines = Lines(session)
            assert lines.has(zone, origin)
            assert not lines.has(zone, replace(origin, line="0" * 32))
            assert not lines.has(zone, replace(origin, change=origin.change + 1))
            assert not lines.has(zone, replace(origin, change=origin.change + 1000))
            assert not lines.has(ZoneRow(id=zone.id + 1), origin)
