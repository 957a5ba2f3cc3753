"""What was made ready, written."""

import pytest
from sqlalchemy import func, select, text

from enumd.core.number import Number
from enumd.errors import Conflict, RegistryUnusable
from enumd.registry import numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.schema import ChangeRow, EndpointRow, NumberRow, TallyRow

NOW_S = 1_795_000_000


def csv_of(path, count, uri="sip:a@example.net"):
    """Write a file of *count* numbers and return its path."""
    path.write_text("".join(f"+441632{each:06},sip,{uri},10\n" for each in range(count)))
    return path


def test_the_number_of_statements_does_not_grow(tree, tmp_path, statements):
    """Others wait for as many statements whether a thousand numbers are written or three."""
    counts = []
    for place, count in enumerate((3, 1500, 2500)):
        path = csv_of(tmp_path / "a.csv", count, f"sip:{place}@example.net")
        with statements(tree) as sent:
            import_file(tree, path, ImportOptions(NOW_S))
        begin = next(place for place, each in enumerate(sent) if "INSERT INTO number" in each)
        written = [each for each in sent[begin - 8 :] if not each.startswith("COPY")]
        counts.append(len(written))

    assert counts[0] == counts[1] == counts[2] <= 16


def test_numbers_are_counted_as_if_one_by_one(tree, tmp_path):
    """The tally is right after an import, and after what is claimed one by one behind it."""
    import_file(tree, csv_of(tmp_path / "a.csv", 1500), ImportOptions(NOW_S))
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.claim(change, Number("441632960700"), "ada@example.net")
    import_file(tree, csv_of(tmp_path / "a.csv", 1700), ImportOptions(NOW_S))

    with tree.read() as session:
        found = dict(session.execute(select(TallyRow.thousand, TallyRow.touched)).all())
    assert found == {"441632000": 1000, "441632001": 700, "441632960": 1}


def test_ids_are_those_of_nobody_else(tree, tmp_path):
    """Numbers made by imports and otherwise get ids of their own, and the endpoints are theirs."""
    for place in range(3):
        path = csv_of(tmp_path / "a.csv", 3 + 2 * place)
        import_file(tree, path, ImportOptions(NOW_S))
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, Number(f"44163296000{place}"), "ada@example.net")

    with tree.read() as session:
        assert session.scalar(select(func.count(NumberRow.id.distinct()))) == 10
        query = select(NumberRow.digits).join(EndpointRow, EndpointRow.number_id == NumberRow.id)
        assert len(session.execute(query.where(NumberRow.digits < "4416329")).all()) == 7


def test_the_log_has_the_serial_of_the_import(tree, tmp_path):
    """All lines of an import carry one serial, in the order of the numbers."""
    import_file(
        tree, csv_of(tmp_path / "a.csv", 30), ImportOptions(NOW_S, actor=Actor("acme", "test"))
    )

    with tree.read() as session:
        serial = zones.listing(session)[0].serial
        query = select(ChangeRow.digits).where(ChangeRow.serial == serial).order_by(ChangeRow.id)
        assert list(session.scalars(query)) == [f"441632{each:06}" for each in range(30)]
        assert session.scalar(select(func.max(ChangeRow.at_s))) == NOW_S


def test_the_rules_of_the_database_hold_for_others(tree, tmp_path):
    """What an import is spared is checked again for whoever comes after it."""
    import_file(tree, csv_of(tmp_path / "a.csv", 3), ImportOptions(NOW_S))

    rows = (
        "INSERT INTO endpoint (number_id, preference, position, service, uri) "
        "VALUES (999999, 10, 0, 'sip', 'sip:a@b')",
        "INSERT INTO number (zone_id, digits, state) VALUES (1, '44', 'odd')",
    )
    for row in rows:
        with pytest.raises(Conflict), tree.change(Actor("ada", "test"), NOW_S) as change:
            change.session.execute(text(row))


def test_a_write_that_fails_leaves_nothing(tree, tmp_path, monkeypatch):
    """Numbers, endpoints and the rule that counts them are as before."""
    from enumd.registry.imports import writing

    path = csv_of(tmp_path / "a.csv", 30)
    monkeypatch.setattr(writing, "_LOG", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(RegistryUnusable):
        import_file(tree, path, ImportOptions(NOW_S))
    monkeypatch.undo()

    with tree.read() as session:
        assert session.query(NumberRow).count() == session.query(EndpointRow).count() == 0
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.claim(change, Number("441632960001"), "ada@example.net")
    with tree.read() as session:
        assert session.scalar(select(TallyRow.touched)) == 1
