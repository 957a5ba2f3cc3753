"""What is performed comes over a wire as it is."""

import json
import typing
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType

import pytest

from enumd.errors import IndexMissing
from enumd.operations.number import ShowNumber
from enumd.operations.performed import Live, Performed, PublishReport
from enumd.operations.table import OPERATIONS, operation_of
from enumd.operations.wire import decode, encode

PLACED = [operation for operation in OPERATIONS if operation.http]


def example(kind):
    """Return some value of type *kind*, with nothing left to its default."""
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{each.name: example(hints[each.name]) for each in fields(kind)})
    if typing.get_origin(kind) in (typing.Union, UnionType):
        return example(next(each for each in typing.get_args(kind) if each is not NoneType))
    if typing.get_origin(kind) is tuple:
        return (example(typing.get_args(kind)[0]),) * 2
    return {str: "x", int: 7, float: 0.5, bool: True}.get(kind, {"any": ["thing"]})


@pytest.mark.parametrize("operation", PLACED, ids=lambda operation: operation.name)
def test_every_result_is_the_same_at_the_other_end(operation):
    """With what was published, seen live and noted."""
    live = Live("enum.example.org.", 7, "127.0.0.1:5300", 1.5, 60)
    report = PublishReport("enum.example.org.", None, 7, 1, "whole", 0.1)
    performed = Performed(example(operation.result), True, None, (report,), live, ("note",))

    assert decode(operation, json.loads(json.dumps(encode(performed)))) == performed


@pytest.mark.parametrize("operation", PLACED, ids=lambda operation: operation.name)
def test_no_result_has_what_stands_beside_it(operation):
    """So the fields of a result can stand at the top."""
    keys = set(encode(Performed(example(operation.result))))

    assert len(keys) == len(fields(operation.result)) + 2


def test_a_trouble_comes_with_the_result():
    """What is committed is reported, whatever happened afterwards."""
    operation = operation_of(ShowNumber("+441632960017"))
    performed = Performed(example(operation.result), True, IndexMissing("index", "nothing"))
    found = decode(operation, encode(performed))

    assert found.result == performed.result
    assert isinstance(found.trouble, IndexMissing)
    assert str(found.trouble) == str(performed.trouble)


def test_what_a_newer_program_adds_is_left_out():
    """And what lacks a field is no answer."""
    operation = operation_of(ShowNumber("+441632960017"))
    found = encode(Performed(example(operation.result)))

    assert decode(operation, {**found, "new": 1}).result == example(operation.result)
    with pytest.raises(KeyError):
        decode(operation, {"number": "+441632960017"})
    with pytest.raises(TypeError):
        decode(operation, {**found, "endpoints": 7})
