"""Whose that is which a request is about."""

import pytest

from enumd.errors import NotFound
from enumd.operations.actor import Doer
from enumd.operations.desk import Desk
from enumd.operations.number import (
    ChangeRegistrar,
    ClaimNumber,
    ListNumbers,
    ReleaseNumber,
    ShowNumber,
    TransferNumber,
)
from enumd.operations.opening import reading
from enumd.operations.party import AddParty
from enumd.operations.performed import QUIET
from enumd.operations.rights import NOBODYS, Subject
from enumd.operations.work.subjects import subject_of

NUMBER = "+441632960017"


@pytest.fixture
def subject(home):
    """Return a function that says whose that is which a request is about."""

    def find(request):
        with reading(home) as session:
            desk = Desk(home, Doer(None, "test"), QUIET, home.now_s)
            return subject_of(desk.looking(session), request)

    return find


def test_a_number_is_its_holders_and_its_registrars(subject, done, claimed):
    """Whomever the request names: who it goes to has no right to it yet."""
    done(AddParty("acme", "registrar", "noc@acme.example"))
    done(ChangeRegistrar(NUMBER, "acme"))

    for request in (ShowNumber(NUMBER), TransferNumber(NUMBER, "ben@example.net")):
        assert subject(request) == Subject("ada@example.net", "acme")
    with pytest.raises(NotFound):
        subject(ShowNumber("+4930123456"))


def test_a_free_number_is_nobodys(subject, done, claimed, clock):
    """In quarantine it is still its former holder's."""
    assert subject(ClaimNumber("ben@example.net", "+441632960003")) == NOBODYS
    done(ReleaseNumber(NUMBER))
    assert subject(ShowNumber(NUMBER)).holder == "ada@example.net"
    clock.now_s += 91 * 86_400
    assert subject(ShowNumber(NUMBER)) == NOBODYS


def test_what_names_no_number_is_about_whom_it_names(subject):
    """A list says whose numbers it is to be."""
    assert subject(ListNumbers(holder="ada")) == Subject("ada")
