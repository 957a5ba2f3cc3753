"""Who may do what: the truth table, every row of it, and every operation for every role."""

import inspect
import re

import pytest

from enumd.operations.actor import Doer, Role
from enumd.operations.bulk import ImportFile
from enumd.operations.number import ListNumbers
from enumd.operations.rights import Permission, Reach, Subject, allowed, named_in
from enumd.operations.table import OPERATIONS

SUBJECTS = {
    "nobody's": Subject(),
    "the doer's as holder": Subject(holder="ada"),
    "the doer's as registrar": Subject(registrar="ada"),
    "somebody else's": Subject(holder="ben", registrar="acme"),
    "in an open pool": Subject(in_open_pool=True),
    "somebody else's in an open pool": Subject("ben", "acme", in_open_pool=True),
}


def expected(role, reach, subject):
    """Return what the table in the docstring says, said in another way than the function does."""
    if reach == "all":
        return True
    if reach == "open":
        return subject.in_open_pool
    if reach == "own":
        return (role == "registrar" and subject.registrar == "ada") or (
            role != "registrar" and subject.holder == "ada"
        )
    return False


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("role", Role)
def test_every_row_of_the_truth_table_holds(role, reach, subject):
    """Each role, each reach, each kind of subject: yes or no, and a no says why."""
    verdict = allowed(Doer("ada", "test", role), "number.show", {role: reach}, subject)

    assert expected(role, reach, subject) is bool(verdict)
    assert bool(verdict) is (verdict == Permission())
    assert ("number.show" in verdict.why_not and role in verdict.why_not) is not bool(verdict)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("reach", [Reach.OWN, Reach.NOTHING])
@pytest.mark.parametrize("role", Role)
def test_nobody_owns_nothing(role, reach, subject):
    """What is nobody's is not therefore that of who is nobody."""
    assert not allowed(Doer(None, "test", role), "number.show", {role: reach}, subject)


def test_the_docstring_has_every_reach():
    """The table that people read leaves no reach out."""
    rows = re.findall(r"^        (\w+)  ", inspect.getsource(allowed), re.MULTILINE)

    assert set(Reach) <= set(rows)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
class TestEveryOperation:
    """What the roles promise, held by every row of the table of operations."""

    def test_an_operator_may_do_everything(self, operation):
        """Whatever it is about."""
        for subject in SUBJECTS.values():
            doer = Doer("ada", "test", Role.OPERATOR)
            assert allowed(doer, operation.name, operation.who, subject)

    def test_a_reader_changes_nothing(self, operation):
        """Reading is all a reader does, but for a number of an open pool, as anybody."""
        doer = Doer("ada", "test", Role.READER)
        if operation.changes:
            assert not allowed(
                doer, operation.name, operation.who, SUBJECTS["the doer's as holder"]
            )

    def test_a_holder_changes_nothing_of_others(self, operation):
        """A registrar neither."""
        for role in (Role.HOLDER, Role.REGISTRAR):
            doer = Doer("ada", "test", role)
            if operation.changes:
                assert not allowed(doer, operation.name, operation.who, SUBJECTS["somebody else's"])

    def test_anybody_finds_and_claims_what_is_open_alone(self, operation):
        """There is no other way in without a name."""
        doer = Doer(None, "test")
        for name, subject in SUBJECTS.items():
            may = bool(allowed(doer, operation.name, operation.who, subject))
            open_to_all = operation.name == "number.find" or (
                operation.name in ("number.claim", "number.hold") and "open pool" in name
            )
            assert may is open_to_all


def test_what_names_no_number_is_about_whom_it_names():
    """A list, and a file of numbers."""
    assert named_in(ListNumbers(holder="ada", registrar="acme")) == Subject("ada", "acme")
    assert named_in(ImportFile("x.csv", party="acme")) == Subject(None, "acme")
    assert named_in(ListNumbers()) == Subject()
