"""What is decided about a file, and decided again."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.registry import endpoints, numbers, zones
from enumd.registry.changes import Actor
from enumd.registry.files.one_name import Rules
from enumd.registry.files.reading import FileFormat, SourceFile
from enumd.registry.imports import deciding
from enumd.registry.imports.deciding import ImportPlan
from enumd.registry.imports.options import ImportOptions
from enumd.registry.imports.stage import Stage

NOW_S = 1_795_000_000


def group(last, uri="sip:a@example.net"):
    """Return a group of one number."""
    return f"44163296{last}", ((10, "sip", uri),), (int(last),), (), (), None


@pytest.fixture
def plan(tree, tmp_path, monkeypatch):
    """Give a plan of two batches, and the batches that are decided from then on."""
    source = SourceFile(tmp_path / "a.csv", FileFormat.CSV, Rules(), 15)
    decided = []
    with Stage() as stage:
        plan = ImportPlan(source, ImportOptions(NOW_S), None, stage)
        with tree.change(Actor("a", "test"), NOW_S) as change:
            batches = [(1, [group("0001"), group("0002")]), (2, [group("0003")])]
            plan.make(change, batches, lambda done: None)
        decide = ImportPlan._decide

        def listed(self, deciding, batch, groups):
            decided.append(batch)
            decide(self, deciding, batch, groups)

        monkeypatch.setattr(ImportPlan, "_decide", listed)
        yield plan, stage, decided


def claim(tree, last):
    """Claim a number."""
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        numbers.claim(change, Number(f"44163296{last}"), "ada@example.net")


def mended(tree, plan):
    """Mend a plan as the registry is now; return whether there was anything."""
    with tree.change(Actor("a", "test"), NOW_S) as change:
        return plan.mend(change)


def test_where_nothing_happened_nothing_is_decided_again(plan, tree):
    """A plan that is true stays; a number that is not in the file is nobody's concern."""
    each, _, decided = plan
    assert not mended(tree, each)
    assert decided == []
    assert (each.numbers.created, each.numbers.lines_taken) == (3, 3)


def test_only_the_batch_of_a_number_is_decided_again(plan, tree):
    """What others hold is as it was, and the counts are those of the file."""
    each, stage, decided = plan
    claim(tree, "0003")

    assert mended(tree, each)
    assert decided == [1]
    assert each.numbers.created == 2
    assert [refusal.code for refusal in stage.refusals()] == ["number-taken"]
    assert not mended(tree, each)


def test_everything_is_decided_again_where_more_changed_than_numbers(plan, tree, monkeypatch):
    """A change that may concern any number has all of them looked at."""
    each, _, decided = plan
    monkeypatch.setattr(deciding, "find_touched", lambda *_: None)
    assert mended(tree, each)
    assert decided == [0, 1]
    assert each.numbers.created == 3


def test_what_looked_at_other_numbers_looks_again(tree, tmp_path):
    """A loop through a number that was changed meanwhile is found, in whatever batch it is."""
    source = SourceFile(tmp_path / "a.csv", FileFormat.CSV, Rules(), 15)
    here = zones_apex(tree)
    with Stage() as stage:
        plan = ImportPlan(source, ImportOptions(NOW_S), None, stage)
        with tree.change(Actor("a", "test"), NOW_S) as change:
            there = [group("0001", f"sip:+441632960009@{here}")]
            plan.make(change, [(1, there), (2, [group("0005")])], lambda done: None)
        assert list(stage.refusals()) == []
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, Number("441632960009"), "ada@example.net")
            back = Endpoint.parse("sip", f"sip:+441632960001@{here}", 10)
            endpoints.add(change, Number("441632960009"), back)

        assert mended(tree, plan)
        assert [refusal.code for refusal in stage.refusals()] == ["number-loops"]


def test_a_loop_through_an_earlier_batch_is_found(tree, tmp_path):
    """Numbers that lead to each other are far apart in a file, and neither is in the registry."""
    source = SourceFile(tmp_path / "a.csv", FileFormat.CSV, Rules(), 15)
    here = zones_apex(tree)
    with Stage() as stage, tree.change(Actor("a", "test"), NOW_S) as change:
        plan = ImportPlan(source, ImportOptions(NOW_S), None, stage)
        batches = [
            (1, [group("0001", f"sip:+441632960009@{here}")]),
            (2, [group("0009", f"sip:+441632960001@{here}")]),
        ]
        plan.make(change, batches, lambda done: None)
        assert [refusal.line for refusal in stage.refusals()] == [9]


def zones_apex(tree):
    """Return the host of the only zone."""
    with tree.read() as session:
        return zones.listing(session)[0].apex.rstrip(".")
