"""Errors as problem details, with a fitting status."""

import json

import pytest

from enumd.api.answers import PROBLEM, refuse, status_of
from enumd.errors import (
    BadRequest,
    Conflict,
    ImpossibleNumber,
    IndexDamaged,
    NotFound,
    NotPermitted,
    NotRecognised,
    PolicyRefused,
    RegistryBusy,
    VerificationFailed,
)
from enumd.operations.actor import Doer, Role

ADA = Doer("ada", "api", Role.HOLDER)
ANYBODY = Doer(None, "api")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequest("x"), 400),
        (ImpossibleNumber("x", "y"), 400),
        (NotRecognised("x"), 401),
        (NotPermitted("x"), 403),
        (PolicyRefused("x"), 403),
        (VerificationFailed("x"), 403),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (IndexDamaged("x", "y"), 500),
        (RuntimeError("x"), 500),
        (RegistryBusy("x"), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_follows_from_the_exit_status(error, status):
    """Whatever a command would exit with; a busy registry is asked again in a moment."""
    answer = refuse(error, ADA)
    said = json.loads(answer.body)

    assert status_of(error) == answer.status_code == said["status"] == status
    assert answer.media_type == PROBLEM
    assert {"type", "title", "detail", "code", "advice", "exit_status"} <= set(said)
    assert ("retry-after" in answer.headers) is (status == 503)
    assert ("www-authenticate" in answer.headers) is (status == 401)


def test_who_gave_no_token_is_asked_for_one():
    """Who gave one learns that it is not enough, or none (RFC 6750 section 3)."""
    nobody, void = refuse(NotPermitted("x"), ANYBODY), refuse(NotRecognised("x"), ANYBODY)

    assert nobody.status_code == void.status_code == 401
    assert "error" not in nobody.headers["www-authenticate"]
    assert "invalid_token" in void.headers["www-authenticate"]
    assert "Authorization: Bearer" in json.loads(nobody.body)["advice"]
    assert refuse(NotPermitted("x"), ADA).status_code == 403


def test_a_fault_of_the_program_is_logged_and_not_told(caplog):
    """Its operator has the traceback, who asked has its name; what is refused is no fault."""
    answer = refuse(RuntimeError("/secret/path"), ADA)

    assert answer.status_code == 500 and b"secret" not in answer.body
    assert "/secret/path" in caplog.text
    caplog.clear()
    refuse(NotFound("x"), ADA)
    assert not caplog.text
