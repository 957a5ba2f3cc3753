"""Models are made of the frozen values themselves."""

from dataclasses import dataclass, fields

import pytest
from pydantic import ValidationError

from enumd.api.models import answer_model, model_of
from enumd.operations.number import ClaimNumber, ShowNumber
from enumd.operations.table import OPERATIONS
from enumd.operations.zone import AddZone

PLACED = [operation for operation in OPERATIONS if operation.http]


@dataclass(frozen=True)
class Moved:
    """Something with a name that Python keeps for itself."""

    from_: str


@pytest.mark.parametrize("operation", PLACED, ids=lambda operation: operation.name)
def test_every_request_and_result_has_its_model(operation):
    """With the same fields, and those alone needed that have no default."""
    for kind in (operation.request, operation.result):
        model = model_of(kind)
        assert list(model.model_fields) == [each.name.rstrip("_") for each in fields(kind)]
        assert model.__doc__ == kind.__doc__
    answer = answer_model(operation.result).model_fields
    assert list(answer)[-2:] == ["trouble", "performed"]


def test_what_is_not_known_is_refused_however_deep():
    """A misspelt field would change nothing in silence."""
    good = {"apex": "x", "name_servers": [{"name": "ns1", "addresses": ["192.0.2.1"]}]}
    model_of(AddZone).model_validate(good)

    for wrong in ({**good, "prefx": "44"}, {"apex": "x", "name_servers": [{"nam": "ns1"}]}):
        with pytest.raises(ValidationError):
            model_of(AddZone).model_validate(wrong)
    with pytest.raises(ValidationError):
        model_of(ClaimNumber).model_validate({"number": "+441632960017"})


def test_what_stands_in_the_path_is_left_out():
    """And a final underscore is Python's alone."""
    assert list(model_of(ShowNumber, frozenset({"number"})).model_fields) == ["zone"]
    assert list(model_of(Moved).model_fields) == ["from"]
