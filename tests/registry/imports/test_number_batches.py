"""Numbers written in batches."""

import pytest

from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.errors import Conflict
from enumd.registry import endpoints, numbers, parties
from enumd.registry.changes import Actor
from enumd.registry.imports.number_batches import NumberImport, Wanted
from enumd.registry.imports.zone_choice import ZoneFinder

NOW_S = 1_795_000_000
WAYS = ((10, "sip", "sip:a@example.net"), (20, "sip", "sip:b@example.net"))


def wanted(last, ways=WAYS):
    """Return a number as a file wants it; its line is its last digits."""
    return Wanted(f"44163296001{last}", ways, (last,))


@pytest.fixture
def importing(tree):
    """Give an import for the party acme within a transaction."""
    with tree.change(Actor("acme", "test"), NOW_S) as change:
        party = parties.add(change, parties.Kind.REGISTRAR, "acme", "")
        yield NumberImport(change, party, ZoneFinder(change)), change


def test_a_batch_costs_few_statements(importing, tree, statements):
    """
    What a batch asks of the database does not depend on how many numbers are in it.
    """
    each, _ = importing
    with statements(tree) as sent:
        each.take([wanted(last) for last in range(9)])
    first = len(sent)
    with statements(tree) as again:
        each.take([wanted(last, WAYS[:1]) for last in range(5)])

    assert first <= 20
    assert len(again) <= 12
    assert (each.tally.created, each.tally.changed) == (9, 5)


def test_only_differences_are_written(importing):
    """
    Numbers that are as the file wants them are counted and left alone.
    """
    each, change = importing
    each.take([wanted(1), wanted(2), wanted(3, ())])

    each.take([wanted(1), wanted(2, tuple(reversed(WAYS[:1]))), wanted(3, ())])

    tally = each.tally
    assert (tally.created, tally.changed, tally.unchanged) == (3, 1, 2)
    assert (tally.lines_taken, tally.lines_unchanged) == (4, 2)
    found = endpoints.listing(change.session, Number("441632960012"), NOW_S)
    assert found == (Endpoint.parse("sip", "sip:a@example.net", 10),)


def test_numbers_made_otherwise_get_other_ids(importing):
    """
    Ids given out in advance do not meet those the database gives out.
    """
    each, change = importing
    each.take([wanted(1)])

    numbers.claim(change, Number("441632960019"), "ada@example.net")
    with pytest.raises(Conflict):
        numbers.claim(change, Number("441632960011"), "ada@example.net")
    assert each.take([wanted(9)])[0].code == "number-taken"


def test_why_a_number_is_refused(importing):
    """
    A number that cannot be claimed just now says until when.
    """
    each, change = importing
    numbers.hold(change, Number("441632960011"), "ada@example.net")

    (refusal,) = each.take([wanted(1)])

    assert (refusal.line, refusal.code) == (1, "number-held")
    assert "until 2026-" in refusal.hint
