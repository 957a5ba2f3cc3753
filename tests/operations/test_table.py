"""The table of operations is whole, and everything in it can be done and said."""

import ast
import inspect
import re
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

import enumd.operations
from enumd.operations import (
    bulk,
    completion,
    endpoint,
    health,
    number,
    party,
    pool,
    record,
    setup,
    zone,
)
from enumd.operations.desk import Deed, Desk, Look
from enumd.operations.operation import Opens
from enumd.operations.performed import Performed
from enumd.operations.request import Request
from enumd.operations.table import OPERATIONS, operation_of

SOURCES = Path(enumd.operations.__file__).parents[1]
SUBJECTS = (bulk, completion, endpoint, health, number, party, pool, record, setup, zone)
ROWS = {operation.name: operation for operation in OPERATIONS}
DESKS = {Opens.READING: Look, Opens.CHANGE: Deed, Opens.ITSELF: Desk}


def requests():
    """Return every request there is."""
    return {
        each
        for module in SUBJECTS
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Request) and each is not Request
    }


def is_plain(kind):
    """Tell whether JSON can say what a field of type *kind* holds."""
    if kind in (str, int, float, bool, types.NoneType, typing.Any):
        return True
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return all(map(is_plain, typing.get_args(kind)))
    if typing.get_origin(kind) is tuple:
        return typing.get_args(kind)[1] is ... and is_plain(typing.get_args(kind)[0])
    if hasattr(typing.get_origin(kind), "keys"):
        return typing.get_args(kind)[0] is str and is_plain(typing.get_args(kind)[1])
    return is_frozen(kind) and all(map(is_plain, typing.get_type_hints(kind).values()))


def is_frozen(kind):
    """Tell whether *kind* is a frozen dataclass."""
    return is_dataclass(kind) and kind.__dataclass_params__.frozen


def logged():
    """Return every word that the registry writes into its log."""
    word = re.compile(r"(?:number|endpoint|zone|record|pool|party)\.(?!id$|serial$)[a-z]+")
    return {
        node.value
        for path in (SOURCES / "registry").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and word.fullmatch(node.value)
    }


def test_every_request_has_its_row():
    """What can be asked can be performed, and nothing twice."""
    assert requests() == {operation.request for operation in OPERATIONS}
    assert len(ROWS) == len(OPERATIONS)


def test_every_row_is_performed_by_some_command():
    """The command line asks for all there is, and knows no other way to the registry."""
    sources = [path.read_text() for path in (SOURCES / "cli").glob("*.py")]
    asked = {
        node.func.id
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert {each.__name__ for each in requests()} <= asked
    past = re.compile(r"from enumd\.(registry|operations\.work)\b")
    assert not [source for source in sources if past.search(source)]


def test_every_word_of_the_log_is_somebodys():
    """What the log can say is what some operation does, and the other way round."""
    actions = {action for operation in OPERATIONS for action in operation.actions}

    assert actions == logged()


def test_places_over_http_are_told_apart():
    """No two operations stand at one place."""
    places = [operation.http for operation in OPERATIONS if operation.http]

    assert len(places) == len(set(places))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
class TestEveryRow:
    def test_is_called_thing_and_verb(self, operation):
        """A name is what the scopes of tokens and the log say."""
        assert re.fullmatch(r"[a-z]+\.[a-z]+", operation.name)

    def test_has_a_function_that_says_what_it_does(self, operation):
        """Its work takes a desk and the request, and has a docstring."""
        work = operation.load()
        hints = typing.get_type_hints(work, _names(work))

        assert work.__doc__
        assert list(hints.values())[:2] == [DESKS[operation.opens], operation.request]
        result = hints["return"]
        if operation.opens is Opens.ITSELF:
            assert typing.get_origin(result) is Performed
            (result,) = typing.get_args(result)
        assert result is operation.result

    def test_asks_and_answers_in_plain_values(self, operation):
        """Request and result are frozen, and JSON can say all that is in them."""
        for kind in (operation.request, operation.result):
            assert is_frozen(kind) and kind.__doc__
            assert all(map(is_plain, typing.get_type_hints(kind).values())), kind

    def test_stands_where_its_request_leads(self, operation):
        """The braces of a path are fields of the request that have no default."""
        if operation.http is None:
            assert operation.name.startswith("registry.")
            return
        method, path = operation.http.split()
        required = {each.name for each in fields(operation.request) if each.default is MISSING}
        assert set(re.findall(r"\{(\w+)\}", path)) <= required
        assert (method == "GET") is not operation.changes

    def test_is_found_by_its_request(self, operation):
        """The request alone says which operation is meant."""
        required = [each for each in fields(operation.request) if each.default is MISSING]
        given = {each.name: "x" for each in required}
        if operation.name == "endpoint.move":
            given["first"] = True

        assert operation_of(operation.request(**given)) is operation

    def test_is_live_where_an_answer_changes(self, operation):
        """What asks the running server names a number, or its result does."""
        if operation.live:
            assert "zone" in {each.name for each in fields(operation.request)}
            assert "number" in {each.name for each in fields(operation.result)}


def _names(work):
    """Return the names that the annotations of *work* use, those for type checkers as well."""
    from enumd.registry.changes import Change
    from enumd.registry.database import Reading

    return {**vars(inspect.getmodule(work)), "Change": Change, "Reading": Reading}


class TestTheCheckItself:
    """A check that cannot fail is none."""

    def test_knows_what_json_cannot_say(self):
        """A set, bytes and a mutable value are no fields of a request."""
        assert not any(map(is_plain, (set, bytes, list, Path, tuple[bytes, ...])))
        assert all(map(is_plain, (str, int | None, tuple[str, ...], zone.ZoneCard)))
