"""The tables, their constraints and their triggers."""

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from enumd.core.apex import Apex, parse_name
from enumd.registry.changes import Actor
from enumd.registry.schema import ChangeRow, NumberRow, Row, TallyRow, ZoneRow

CLAIMED = {"state": "claimed", "claimed_s": 1}


@pytest.fixture
def session(tree):
    """Give a session that may write, in a registry with one zone."""
    with tree.change(Actor("a", "test"), 1) as change:
        yield change.session
        change.session.rollback()


def test_every_constraint_and_index_has_a_name():
    """
    An error of the database can always say which rule it means.
    """
    for table in Row.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name for index in table.indexes), table.name


def test_a_zone_knows_its_apex(session):
    """
    The row of a zone gives the apex the core works with.
    """
    zone = session.scalars(select(ZoneRow)).one()
    assert Apex(parse_name("enum.example.org."), "44") == zone.tree


class TestNumber:
    """What a row of `number` may say."""

    @pytest.mark.parametrize(
        "columns",
        [
            {"digits": "44x", **CLAIMED},
            {"digits": "", **CLAIMED},
            {"digits": "4" * 33, **CLAIMED},
            {"digits": "441", "state": "free"},
            {"digits": "441", "state": "claimed"},
            {"digits": "441", "state": "held", "hold_hash": b"x"},
            {"digits": "441", "state": "held", "until_s": 1},
            {"digits": "441", **CLAIMED, "until_s": 1},
            {"digits": "441", **CLAIMED, "suspended_why": "x"},
            {"digits": "441", "state": "suspended", "claimed_s": 1},
            {"digits": "441", "state": "released", "claimed_s": 1},
            {"digits": "441", **CLAIMED, "not_after_s": 9, "free_s": 8},
        ],
    )
    def test_a_row_that_contradicts_itself_is_refused(self, session, columns):
        """
        The database itself refuses what no number can be.
        """
        session.add(NumberRow(zone_id=1, **columns))
        with pytest.raises(DBAPIError):
            session.flush()

    @pytest.mark.parametrize("column", [{"digits": "442"}, {"zone_id": 2}])
    def test_a_number_stays_itself(self, session, column):
        """
        Zone and digits of a row never change: the tally counts on it.
        """
        session.add(NumberRow(zone_id=1, digits="441", **CLAIMED))
        session.flush()
        with pytest.raises(DBAPIError, match="never change"):
            session.execute(update(NumberRow).values(column))


class TestTally:
    """The count of touched numbers, kept by triggers."""

    def test_every_insert_and_delete_is_counted(self, session):
        """
        A thousand is counted by the digits without the last three, apart by length.
        """
        for digits in ("441632960000", "441632960999", "441632961000", "44", "441", "4416"):
            session.add(NumberRow(zone_id=1, digits=digits, **CLAIMED))
        session.flush()
        counted = {
            (row.length, row.thousand): row.touched for row in session.scalars(select(TallyRow))
        }
        expected = {(12, "441632960"): 2, (12, "441632961"): 1, (2, ""): 1, (3, ""): 1, (4, "4"): 1}
        assert expected == counted
        session.execute(delete(NumberRow).where(NumberRow.digits == "441632960999"))
        query = select(TallyRow.touched).where(TallyRow.thousand == "441632960")
        assert session.scalar(query.execution_options(populate_existing=True)) == 1


class TestChangeLog:
    """The log cannot be rewritten."""

    def test_what_is_logged_stays(self, session):
        """
        UPDATE, DELETE, and what each database has besides, are refused by the database.
        """
        besides = {
            "sqlite": "INSERT OR REPLACE INTO change (id, transaction_id, at_s, door, action) "
            "SELECT id, 1, 1, 2, 3 FROM change",
            "postgresql": "TRUNCATE change",
        }
        assert session.scalar(select(ChangeRow.id).limit(1)) is not None
        third = text(besides[session.get_bind().dialect.name])
        for statement in (update(ChangeRow).values(door="nobody"), delete(ChangeRow), third):
            with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
                session.execute(statement)
