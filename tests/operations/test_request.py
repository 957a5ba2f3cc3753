"""Requests and results become what JSON can say."""

from dataclasses import dataclass

import pytest

from enumd.operations.request import plain, unsaid, value_of


@dataclass(frozen=True)
class Inner:
    """Something inside a result."""

    from_: int
    to: str | None = None


@dataclass(frozen=True)
class Outer:
    """A result."""

    several: tuple[Inner, ...]
    known: dict
    aside: bool = unsaid(False)


def test_records_lists_and_texts_are_what_is_left():
    """Fields keep their order, a final underscore is Python's alone, what is unsaid is left out."""
    value = Outer((Inner(1), Inner(2, "x")), {"a": Inner(3), "b": [1, (2,)]}, aside=True)

    assert plain(value) == {
        "several": [{"from": 1, "to": None}, {"from": 2, "to": "x"}],
        "known": {"a": {"from": 3, "to": None}, "b": [1, [2]]},
    }
    assert list(plain(value)) == ["several", "known"]


def test_what_is_plain_stays():
    """Text, numbers and nothing are as they were."""
    assert [plain(each) for each in ("x", 1, 1.5, True, None)] == ["x", 1, 1.5, True, None]


def test_what_is_whole_comes_back():
    """Everything a value has is made of what JSON says of it; keys nobody knows are left out."""
    value = Outer((Inner(1), Inner(2, "x")), {"b": [1, [2]]}, aside=True)
    found = plain(value, whole=True)

    assert value_of(Outer, {**found, "new": 1}) == value
    assert value_of(Outer, {"several": [], "known": {}}) == Outer((), {})
    with pytest.raises(TypeError):
        value_of(Outer, {"several": []})
