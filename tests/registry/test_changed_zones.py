"""Which zones have changed since an index was published."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.index.checkpoint import Checkpoint
from enumd.registry import changed_zones as module
from enumd.registry import numbers, parties, zones
from enumd.registry.changed_zones import Log, find_next_end_s, find_zones_with_ends
from enumd.registry.changes import Actor
from enumd.registry.origin import Lines

NOW_S = 1_795_000_000
ADA = Actor("ada", "test")
OTHER = Apex(parse_name("other.example.org"), "49")


def look(registry, before=None):
    """Return the zones that the log names after *before*, and where an index is now."""
    with registry.read() as session:
        log = Log(session, Lines(session), before)
        return log.find_zones(), log.checkpoint(0), log.lags


def claim(registry, digits, **terms):
    """Claim a number; return the id of its zone."""
    with registry.change(ADA, NOW_S) as change:
        numbers.claim(change, Number(digits), "ada@example.net", **terms)
        return zones.find_for(change.session, Number(digits)).id


class TestLog:
    """The end of the log against what an index says of it."""

    def test_zones_are_those_named_since(self, tree):
        """
        Nothing, one zone, or a zone that came or went; parties are no zone's.
        """
        first = look(tree)[1]
        assert look(tree, first) == (set(), first, False)

        zone_id = claim(tree, "441632960017")
        assert look(tree, first)[0] == {zone_id}

        second = look(tree, first)[1]
        with tree.change(ADA, NOW_S) as change:
            other = zones.add(change, OTHER)
            parties.add(change, parties.PartyKind.REGISTRAR, "bob", "bob@example.net")
        assert look(tree, second)[0] == {other.id}
        assert look(tree, first)[0] == {zone_id, other.id}

    def test_what_does_not_lead_here_may_be_any_zone(self, tree):
        """
        Without a place in the log, or with one it has not, every zone may have changed.
        """
        mark = look(tree)[1]
        claim(tree, "441632960017")

        assert look(tree)[0] is None
        assert look(tree, replace(mark, line="0" * 32))[0] is None
        assert look(tree, replace(mark, change=mark.change + 100))[0] is None
        assert look(tree, replace(mark, horizon=1 << 60))[0] is None

    def test_of_many_lines_it_does_not_tell(self, tree, monkeypatch):
        """
        Zones are fewer than the lines of an import; an index that lags is written again.
        """
        mark = look(tree)[1]
        for last in range(3):
            claim(tree, f"44163296001{last}")
        monkeypatch.setattr(module, "_FEW", 2)
        assert look(tree, mark)[2]
        monkeypatch.setattr(module, "MANY", 2)
        assert look(tree, mark)[0] is None

    def test_an_empty_log_is_a_place_too(self, registry):
        """
        Whatever comes after it is found.
        """
        mark = look(registry)[1]
        assert (mark.change, mark.line) == (0, "")
        with registry.change(ADA, NOW_S) as change:
            zone = zones.add(change, OTHER)
        assert look(registry, mark)[0] == {zone.id}


class TestRunning:
    """Transactions that take an id before another one commits, as PostgreSQL lets them."""

    @pytest.fixture
    def running(self, tree, monkeypatch):
        """Give a way to say which transactions are running."""
        now = [0, 0]
        monkeypatch.setattr(Log, "_running", lambda log: tuple(now))

        def say(oldest, following):
            now[:] = oldest, following

        return say

    def test_lines_are_looked_through_until_all_have_ended(self, tree, running):
        """
        What was not settled is looked at again, one set of transactions after the other.
        """
        first = look(tree)[1]
        zone_id = claim(tree, "441632960017")
        running(7, 9)
        second = look(tree, first)[1]
        assert (second.settled, second.awaited, second.horizon) == (first.change, second.change, 9)
        assert look(tree, second)[0] == {zone_id}

        claim(tree, "441632960018")
        running(8, 12)
        third = look(tree, second)[1]
        assert (third.settled, third.awaited, third.horizon) == (
            first.change,
            second.change,
            9,
        )
        running(9, 13)
        fourth = look(tree, third)[1]
        assert (fourth.settled, fourth.awaited) == (second.change, fourth.change)
        running(13, 13)
        fifth = look(tree, fourth)[1]
        assert fifth == Checkpoint(fourth.change, fourth.line, fourth.change)
        assert look(tree, fifth)[0] == set()

    def test_an_index_that_knows_nothing_waits_for_all(self, tree, running):
        """
        Whoever is running may have taken any id.
        """
        running(7, 9)
        assert look(tree)[1].settled == 0

    @pytest.mark.peer
    @pytest.mark.parametrize("registry", ["postgresql"], indirect=True)
    def test_a_late_commit_is_seen(self, tree):
        """
        A transaction that commits after another with later ids is found by the next publish.
        """
        with tree.change(ADA, NOW_S) as change:
            other = zones.add(change, OTHER)
        mark = look(tree)[1]
        with tree.change(ADA, NOW_S) as late:
            numbers.claim(late, Number("491632960017"), "bob@example.net", apex=OTHER.name)
            late.session.flush()
            zone_id = claim(tree, "441632960017")
            found, mark, _ = look(tree, mark)
            assert found == {zone_id}
        assert other.id in look(tree, mark)[0]


class TestEnds:
    """Claims that end."""

    def test_zones_and_seconds_are_found(self, tree):
        """
        The zones in which a claim ends between two seconds, and when the next one does.
        """
        claim(tree, "441632960019")
        zone_id = claim(tree, "441632960017", not_after_s=NOW_S + 60)
        with tree.read() as session:
            assert find_zones_with_ends(session, NOW_S, NOW_S + 59) == set()
            assert find_zones_with_ends(session, NOW_S + 60, NOW_S + 60) == {zone_id}
            assert find_next_end_s(session, NOW_S) == NOW_S + 60
            assert find_next_end_s(session, NOW_S + 60) == 0

    # PostgreSQL chooses by statistics, so only SQLite's plan can be foretold.
    @pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
    def test_they_are_found_in_their_order(self, tree):
        """
        Ends are looked up in an index that has them by the second, zone by zone.
        """
        asked = []

        def listen(connection, cursor, statement, parameters, context, many):
            asked.append((statement, parameters))

        event.listen(tree._engine, "before_cursor_execute", listen)
        with tree.read() as session:
            find_zones_with_ends(session, NOW_S, NOW_S + 60)
            find_next_end_s(session, NOW_S)
        event.remove(tree._engine, "before_cursor_execute", listen)

        with tree.read() as session:
            for statement, values in [each for each in asked if "not_after_s" in each[0]]:
                explain = "EXPLAIN QUERY PLAN " + statement
                plan = session.connection().exec_driver_sql(explain, values).all()
                assert any("ix_number_due (zone_id=? AND not_after_s>?" in row[3] for row in plan)
        assert len(asked) >= 2
