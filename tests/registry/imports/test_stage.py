"""What is made ready for the registry."""

import os
import sqlite3
import tempfile

import pytest

from enumd.registry.files.rows import Refusal
from enumd.registry.imports.stage import Sheet, Stage


def group(digits):
    """Return a group of one number."""
    return digits, ((10, "sip", "sip:a@b"),), (1,), (), (), None


def sheet(batch, *lasts):
    """Return a sheet with new numbers, each with one endpoint, a line of the log and a refusal."""
    made = Sheet(batch)
    for last in lasts:
        ref = made.ref()
        made.numbers.append((ref, 1, f"44163296{last}", None, False, False, False))
        made.endpoints.append((ref, 10, 0, "sip", f"sip:{last}@b"))
        made.log.append((1, f"44163296{last}", None, "number.import", None, None))
        made.refusals.append(Refusal(last, "number-taken", "number", "it is"))
    return made


@pytest.fixture
def stage():
    """Give an empty stage."""
    with Stage() as made:
        yield made


def test_a_sheet_takes_the_place_of_the_one_before(stage):
    """A batch that is decided again leaves nothing of the first time, and stays in its place."""
    stage.put(sheet(0, 1001, 1002))
    stage.put(sheet(1, 2001))

    stage.put(sheet(0, 1002))

    assert [row[3] for row in stage.rows("stage_number")] == ["441632961002", "441632962001"]
    assert [row[5] for row in stage.rows("stage_endpoint")] == ["sip:1002@b", "sip:2001@b"]
    assert [refusal.line for refusal in stage.refusals()] == [1002, 2001]
    assert stage.zones() == [1]
    stage.put(Sheet(0))
    stage.put(Sheet(1))
    assert stage.zones() == []


def test_batches_are_found_by_what_is_in_them(stage):
    """The batch of a key is the last that begins before it; the groups come out as they went in."""
    first, second = [group("4410"), group("4411")], [("", None, (), (), (), None), group("4420")]
    assert [stage.add(first), stage.add(second), stage.add([])] == [0, 1, 2]

    assert stage.holding(["4411", "4410"]) == [0]
    assert stage.holding(["44", "1"]) == []
    assert 1 not in stage.holding(["44105"])
    assert stage.groups(1) == second
    assert stage.batches == range(3)


def test_new_numbers_are_counted_by_thousands(stage):
    """What a trigger of the registry would count row by row is counted once, and again if asked."""
    stage.put(sheet(0, 1001, 1002, 2001))
    for _ in range(2):
        stage.seal()
        found = sqlite3.connect(stage.path).execute("SELECT * FROM stage_tally").fetchall()
        assert sorted(found) == [(1, 12, "441632961", 2), (1, 12, "441632962", 1)]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ((1, 1, "44x", None, False, False, False), "numbers"),
        ((1, 1, "44", -1, False, False, False), "numbers"),
        ((1, 65_536, 0, "sip", "sip:a@b"), "endpoints"),
        (("A", 1, 0, 60, b""), "records"),
    ],
)
def test_what_the_registry_would_refuse_is_refused_here(stage, row, kind):
    """The rules for single rows are those of the registry, which does not look again."""
    made = Sheet(0)
    getattr(made, kind).append(row)
    with pytest.raises(sqlite3.IntegrityError):
        stage.put(made)


def test_uris_are_those_that_will_be(stage):
    """A number that is going to be written tells where it leads; others tell nothing."""
    stage.put(sheet(0, 1001))
    assert stage.uris(["441632961001", "441632969999"]) == {"441632961001": ["sip:1001@b"]}


def test_nothing_is_left_of_it():
    """The file goes with the import."""
    with Stage() as stage:
        stage.put(sheet(0, 1001))
    assert not stage.path.exists()


def test_what_a_killed_import_left_goes_with_the_next(tmp_path, monkeypatch):
    """A folder that nobody holds any more is removed; those of imports under way are not."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "enumd-import-left"
    left.mkdir()
    (left / "stage.db").touch()
    os.utime(left, (0, 0))
    (tmp_path / "enumd-import-new").mkdir()
    (tmp_path / "enumd-import-file").touch()

    with Stage() as first, Stage() as second:
        second.put(sheet(0, 1001))
        assert first.path.exists()
        assert not left.exists()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"enumd-import-file", "enumd-import-new"}
