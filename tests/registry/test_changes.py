"""The change log."""

import json

import pytest
from sqlalchemy import select

from enumd.core.apex import parse_name
from enumd.core.serial import Serial
from enumd.registry import changes, zones
from enumd.registry.changes import Actor, LogLine
from enumd.registry.schema import ChangeRow

NOW_S = 1_795_000_000
APEX = parse_name("enum.example.org")


def log(registry):
    """Return the lines that a test has written to the log of the zone."""
    with registry.read() as session:
        zone = zones.show(session, APEX)
        lines = session.scalars(select(ChangeRow).order_by(ChangeRow.id))
        return [row for row in lines if row.zone_id == zone.id][3:]


class TestActor:
    """Who changes something."""

    def test_reads_as_door_and_party(self):
        """The door alone where nobody is named."""
        assert str(Actor("ada", "cli")) == "cli:ada"
        assert str(Actor(None, "publish")) == "publish"
        assert str(Actor("", "api")) == "api:"

    @pytest.mark.parametrize("door", ["", "cli:ada"])
    def test_a_door_is_one_word(self, door):
        """Or the text of both could be read in two ways."""
        with pytest.raises(ValueError, match="is no door"):
            Actor(None, door)


class TestSerial:
    """One serial a transaction and zone."""

    def test_a_transaction_gives_one_serial(self, tree):
        """
        Whatever a transaction does in a zone stands under the same serial, the next under the next.
        """
        for _ in range(2):
            with tree.change(Actor("a", "test"), NOW_S) as change:
                zone = change.lock(zones.show(change.session, APEX))
                change.record(zone, "test.one")
                change.record(zone, "test.two")
        assert [row.serial for row in log(tree)] == [2, 2, 3, 3]

    def test_a_transaction_that_records_nothing_gives_none(self, tree):
        """
        Looking under the lock costs no serial.
        """
        with tree.change(Actor("a", "test"), NOW_S) as change:
            change.lock(zones.show(change.session, APEX))
            change.record_all(zones.show(change.session, APEX), [])
        assert log(tree) == []

    def test_serials_wrap(self, tree):
        """
        After 4294967295 comes 1 (RFC 1982), and the log goes on in its own order.
        """
        with tree.change(Actor("a", "test"), NOW_S) as change:
            zones.show(change.session, APEX).serial = (1 << 32) - 2
        for _ in range(3):
            with tree.change(Actor("a", "test"), NOW_S) as change:
                zone = change.lock(zones.show(change.session, APEX))
                change.record(zone, "test.one")
        with tree.read() as session:
            query = select(ChangeRow.serial).order_by(ChangeRow.id.desc()).limit(3)
            assert list(session.scalars(query)) == [2, 1, 4294967295]
        assert [row.serial for row in log(tree)] == [4294967295, 1, 2]


class TestAdvance:
    """A zone that moves here from another server."""

    def test_the_next_serial_comes_after_the_one_known_elsewhere(self, tree):
        """
        A newer serial is gone on from, an older one changes nothing.
        """
        with tree.change(Actor("a", "test"), NOW_S) as change:
            zone = change.lock(zones.show(change.session, APEX))
            change.advance(zone, Serial(2026112200))
            change.record(zone, "test.one")
        with tree.change(Actor("a", "test"), NOW_S) as change:
            zone = change.lock(zones.show(change.session, APEX))
            change.advance(zone, Serial(7))
            change.record(zone, "test.two")
        assert [row.serial for row in log(tree)] == [2026112201, 2026112202]


class TestLast:
    """When the registry was changed last."""

    def test_it_is_the_latest_second_in_the_log(self, registry):
        """
        An empty log has none; a later change moves it, an earlier clock does not.
        """
        seconds = []
        for now_s in (None, 2_000, 5_000, 3_000):
            if now_s is not None:
                with registry.change(Actor("operator", "test"), now_s) as change:
                    change.record(None, "party.test")
            with registry.read() as session:
                seconds.append(changes.last_s(session))

        assert seconds == [0, 2_000, 5_000, 5_000]


class TestRecord:
    """Lines of the log."""

    def test_a_line_says_who_what_and_when(self, tree):
        """
        Actor, second, number, action, before and after as compact JSON.
        """
        with tree.change(Actor("ada", "test"), NOW_S + 5) as change:
            zone = change.lock(zones.show(change.session, APEX))
            change.record(zone, "number.claim", "441", {"b": 1, "a": "é"}, [1, None], owner="1")
        (row,) = log(tree)
        seen = (row.door, row.party, row.at_s, row.digits, row.action, row.owner)
        assert seen == ("test", "ada", NOW_S + 5, "441", "number.claim", "1")
        assert (row.before, row.after) == ('{"a":"é","b":1}', "[1,null]")

    def test_what_is_changed_together_is_one_transaction(self, tree):
        """
        Lines of several zones and of none have the id of the first of them, and none has it later.
        """
        for _ in range(2):
            with tree.change(Actor(None, "test"), NOW_S) as change:
                change.record(None, "test.party")
                change.record(change.lock(zones.show(change.session, APEX)), "test.one")
                change.record(change.lock(zones.show(change.session, APEX)), "test.two")
        with tree.read() as session:
            query = select(ChangeRow.transaction_id, ChangeRow.id, ChangeRow.party)
            rows = session.execute(query.order_by(ChangeRow.id.desc()).limit(6)).all()
        first, second = {row[0] for row in rows[3:]}, {row[0] for row in rows[:3]}
        assert len(first) == len(second) == 1
        assert max(first) < min(second)
        assert {row[2] for row in rows} == {None}
        assert max(first) <= min(row[1] for row in rows[3:])

    def test_what_belongs_to_no_zone_has_no_serial(self, tree):
        """
        A party belongs to no zone: its line carries neither.
        """
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            change.record(None, "party.add", after={"name": "x"})
        with tree.read() as session:
            row = session.scalars(select(ChangeRow).order_by(ChangeRow.id.desc())).first()
        assert (row.zone_id, row.serial) == (None, None)

    def test_many_lines_are_one_statement(self, tree, statements):
        """
        An import logs a thousand numbers without a thousand statements.
        """
        entries = [LogLine("number.claim", str(441000 + place)) for place in range(1000)]
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            zone = change.lock(zones.show(change.session, APEX))
            with statements(tree) as sent:
                change.record_all(zone, entries)
        assert len(sent) <= 3
        assert len(log(tree)) == 1000


@pytest.mark.parametrize("value", [None, 1, "x", ["a", {"b": None}]])
def test_compact_json_means_the_same(value):
    """
    What is written can be read again; nothing stays nothing.
    """
    written = changes.compact(value)
    assert written is None if value is None else json.loads(written) == value
