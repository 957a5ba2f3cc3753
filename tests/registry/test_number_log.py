"""What happens to a number, written to the log."""

import pytest

from enumd.core.number import Number
from enumd.registry import history, number_image, number_log, number_row, numbers
from enumd.registry.changes import Actor
from enumd.registry.proofs import Act

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")


@pytest.fixture
def change(tree):
    """Give a transaction in which the number has been claimed."""
    with tree.change(Actor("operator", "test"), NOW_S) as opened:
        numbers.claim(opened, NUMBER, "ada@example.net")
        yield opened


def test_a_line_has_both_images_and_by_whose_right(change):
    """The later one says who acted."""
    zone, row = number_row.locate_claimed(change, NUMBER)
    before = number_image.describe(change.session, row, NOW_S)
    row.ttl_s = 5

    assert number_log.add(change, zone, "number.test", row, before, Act.HOLDER)
    event = history.of_number(change.session, NUMBER)[-1]
    assert (event.action, event.before) == ("number.test", before)
    assert event.after == {**before, "ttl_s": 5, "by": "holder"}


def test_what_changed_nothing_is_not_logged(change):
    """Neither a line nor a serial."""
    zone, row = number_row.locate_claimed(change, NUMBER)
    before = number_image.describe(change.session, row, NOW_S)

    assert not number_log.add(change, zone, "number.test", row, before)
    assert len(history.of_number(change.session, NUMBER)) == 1
