"""An error told at one door is the same error at another."""

import pytest

from enumd.cli.errors import describe
from enumd.core.number import Number
from enumd.errors import (
    BadRequest,
    Conflict,
    EnumdError,
    IndexDamaged,
    MarkedError,
    NotFound,
    NumberError,
    UnreadableFile,
)
from enumd.operations.problem import FAULT, error_of, facts_of, problem_of


def kinds(kind=EnumdError):
    """Yield every class of the tree that has a code of its own."""
    if "code" in vars(kind):
        yield kind
    for each in kind.__subclasses__():
        if each.__module__.startswith("enumd.errors"):
            yield from kinds(each)


def made(kind):
    """Return an error of *kind*, whatever its constructor wants."""
    for given in (("why",), ("why", "text", 1, 3), ("a place", "why"), (["one", "two"], "text")):
        try:
            return kind(*given)
        except TypeError:
            continue
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_error_comes_over_a_wire_as_it_is(kind):
    """Its class, its code, its text, its advice, its exit status and the place that is wrong."""
    error = made(kind)
    told = error_of(problem_of(error))

    assert isinstance(told, kind)
    assert describe(told) == describe(error)


def test_a_wrong_place_stays_marked():
    """The caret stands under the same sign."""
    with pytest.raises(NumberError) as refused:
        Number.parse("+44 1632 96oo17", 15)
    told = error_of(problem_of(refused.value))

    assert str(told) == str(refused.value)
    assert isinstance(told, MarkedError) and told.start == refused.value.start


def test_free_numbers_like_one_that_is_taken_are_told():
    """They are a list, for programs, and no text."""
    error = Conflict("taken").advise("Choose another.")
    error.similar = ("+441632960018",)
    problem = problem_of(error)

    assert problem["similar"] == ["+441632960018"]
    assert error_of(problem).similar == ("+441632960018",)
    assert "similar" not in problem_of(Conflict("taken"))
    assert "similar" not in problem_of(NotFound("gone"))


def test_what_was_noted_is_part_of_the_advice():
    """As at a command line."""
    error = IndexDamaged("index", "torn")
    error.add_note("The change itself is safe.")

    assert problem_of(error)["advice"].startswith("The change itself is safe. Run ")
    assert "safe" not in facts_of(error)["advice"]


def test_a_fault_of_the_program_is_named_and_not_shown():
    """Its text may hold what is nobody's business."""
    problem = problem_of(RuntimeError("/secret/path"))

    assert problem["code"] == FAULT
    assert "RuntimeError" in problem["text"] and "secret" not in str(problem)
    assert str(error_of(problem)) == problem["text"]


def test_a_code_of_a_newer_program_is_an_error_all_the_same():
    """It keeps its code and its exit status."""
    told = error_of({"code": "G599", "text": "new", "advice": "Do.", "exit_status": 7})

    assert (told.code, told.exit_status, str(told), told.advice) == ("G599", 7, "new", "Do.")
    assert not isinstance(told, BadRequest | UnreadableFile)


@pytest.mark.parametrize("problem", [{}, {"code": "G501"}, {"code": "N101", "text": "x"}])
def test_what_tells_of_no_error_is_refused(problem):
    """A proxy may answer in the place of the program."""
    with pytest.raises(KeyError):
        error_of(problem)
