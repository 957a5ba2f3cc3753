"""Numbers decided in batches."""

import json

import pytest

from enumd.core.number import Number
from enumd.registry import numbers, parties
from enumd.registry.changes import Actor
from enumd.registry.imports.batch_loops import LoopCheck
from enumd.registry.imports.importing import ImportOptions, import_file
from enumd.registry.imports.number_batches import NumberImport, WantedNumber
from enumd.registry.imports.stage import Sheet
from enumd.registry.imports.zone_choice import ZoneFinder

NOW_S = 1_795_000_000
WAYS = ((10, "sip", "sip:a@example.net"), (20, "sip", "sip:b@example.net"))


def wanted(last, ways=WAYS):
    """Return a number as a file wants it; its line is its last digits."""
    return WantedNumber(f"44163296001{last}", ways, (last,))


@pytest.fixture
def importing(tree, tmp_path):
    """Give decisions for the party acme, who has two numbers and held a third."""
    path = tmp_path / "there.csv"
    lines = ("1,sip,sip:a@example.net,10", "1,sip,sip:b@example.net,20", "2,sip,sip:a@b.net,10")
    path.write_text("".join(f"+44163296001{line}\n" for line in lines))
    import_file(tree, path, ImportOptions(NOW_S, party="acme", add_party=True))
    with tree.change(Actor("acme", "test"), NOW_S) as change:
        numbers.hold(change, Number("441632960013"), "ada@example.net")
        party = parties.show(change.session, "acme")
        change.now_s += 1
        finder = ZoneFinder(change.session)
        yield NumberImport(change, party, finder, LoopCheck(change)), change


def test_a_batch_costs_few_statements(importing, tree, statements):
    """
    What a batch asks of the database does not depend on how many numbers are in it.
    """
    each, _ = importing
    counts = []
    for lasts in ((1, 2, 4), range(4, 10), range(1, 10)):
        with statements(tree) as sent:
            each.take([wanted(last) for last in lasts], Sheet(0))
        counts.append(len(sent))

    assert max(counts) <= 8


def test_only_differences_are_put_on_the_sheet(importing):
    """
    Numbers that are as the file wants them are counted and left alone.
    """
    each, _ = importing
    sheet = Sheet(0)

    each.take([wanted(1), wanted(2), wanted(4, ())], sheet)

    tally = each.tally
    assert (tally.created, tally.changed, tally.unchanged) == (1, 1, 1)
    assert (tally.lines_taken, tally.lines_unchanged) == (2, 1)
    assert [row[2] for row in sheet.numbers] == ["441632960014", "441632960012"]
    assert [row[3:] for row in sheet.endpoints] == [each[1:] for each in WAYS]
    acme = {"holder": "acme", "registrar": "acme"}
    assert json.loads(sheet.log[0][5]) == {"state": "claimed", "claimed_s": each._now_s, **acme}


def test_numbers_with_an_id_are_told_from_those_without(importing):
    """
    A new number is referred to above 0, each by its own; one that has a row below 0.
    """
    each, _ = importing
    sheet = Sheet(7)

    each.take([wanted(2), wanted(4), wanted(5)], sheet)

    refs = {row[2][-1]: row[0] for row in sheet.numbers}
    assert (refs["4"], refs["5"]) == (7001, 7002)
    assert refs["2"] < 0
    assert {row[0] for row in sheet.endpoints} == set(refs.values())


def test_a_row_that_has_lapsed_is_used_again(importing):
    """
    A number whose hold has ended keeps its row, and nothing else of it.
    """
    each, change = importing
    each._now_s = change.now_s + 10**7
    sheet = Sheet(0)

    each.take([wanted(3)], sheet)

    ((ref, *_, again, emptied, retimed),) = sheet.numbers
    assert (ref < 0, again, emptied, retimed) == (True, True, True, False)
    said = json.loads(sheet.log[0][4])
    assert (said["state"], said["lapsed"]["state"]) == ("free", "held")


def test_why_a_number_is_refused(importing):
    """
    A number that cannot be claimed just now says until when.
    """
    each, _ = importing
    sheet = Sheet(0)

    each.take([wanted(3)], sheet)

    (refusal,) = sheet.refusals
    assert (refusal.line, refusal.code) == (3, "number-held")
    assert "until 2026-" in refusal.hint
