"""Rows inserted in bulk."""

from enumd.registry.bulk import BulkInsert
from enumd.registry.changes import Actor
from enumd.registry.schema import NumberRow
from enumd.registry.zones import listing


def test_tuples_become_rows(tree):
    """
    Tuples are inserted into the columns named, on both databases; no tuples are no statement.
    """
    with tree.change(Actor("ada", "test"), 1) as change:
        zone = listing(change.session)[0]
        insert = BulkInsert(change.session, NumberRow, "zone_id", "digits", "state", "claimed_s")
        insert([])
        insert([(zone.id, f"4416329600{last}", "claimed", 7) for last in range(10, 13)])

    with tree.read() as session:
        rows = session.query(NumberRow).order_by(NumberRow.digits).all()
    assert [(row.digits, row.claimed_s) for row in rows] == [
        (f"4416329600{last}", 7) for last in (10, 11, 12)
    ]
