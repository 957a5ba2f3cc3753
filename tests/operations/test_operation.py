"""What a row says follows from the request and the name where that is enough."""

from enumd.operations.number import FindNumbers, FreeNumbers
from enumd.operations.operation import Opens, Operation
from enumd.operations.rights import OPERATORS
from enumd.operations.work import free, number


def row(opens=Opens.READING, **more):
    """Return a row."""
    return Operation("free.find", FindNumbers, opens, OPERATORS, "GET /x", **more)


def test_its_result_is_what_its_request_names():
    """One place says it."""
    assert row().result is FreeNumbers


def test_its_function_is_called_as_it_is_or_as_the_row_says():
    """Python has words of its own, so that not every verb can name a function."""
    assert row().load() is free.find
    assert row(work="number:listing").load() is number.listing


def test_a_change_is_logged_under_its_name_or_others():
    """What reads logs nothing."""
    assert row().actions == ()
    assert row(Opens.CHANGE).actions == ("free.find",)
    assert row(Opens.ITSELF).actions == ()
    assert row(Opens.CHANGE, logs=("zone.add",)).actions == ("zone.add",)
