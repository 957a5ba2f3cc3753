"""`enumd number release suspend resume transfer recover`, where a person is asked for the code."""

import pytest

from enumd.cli import session, tenure

NUMBER = "+441632960017"


@pytest.fixture
def claimed(done, directory):
    """Claim the number for Ada and return what the command said."""
    return done("number", "claim", NUMBER, "--holder", "ada@example.net")


@pytest.fixture
def person(monkeypatch):
    """Let somebody sit at the terminal."""
    for module in (session, tenure):
        monkeypatch.setattr(module, "is_a_person", lambda: True)


class TestTheCodeIsAskedFor:
    def test_the_holder_gives_it(self, enumd, done, claimed, person):
        """A code that is typed is proof, and the log says that the holder acted."""
        result = enumd("number", "release", NUMBER, input=f"y\n{claimed['recovery_code']}\n")

        assert result.exit_code == 0, result.stderr
        assert "Recovery code" in result.stderr
        assert done("number", "log", NUMBER)[-1]["after"]["by"] == "holder"

    def test_a_wrong_one_changes_nothing(self, enumd, done, claimed, person):
        """What is typed wrong fails verification."""
        assert enumd("number", "release", NUMBER, input="y\n0000-0000-0000\n").exit_code == 6
        assert done("number", "show", NUMBER)["state"] == "claimed"

    def test_the_operator_leaves_it_empty(self, enumd, done, claimed, person):
        """Without a code the operator acts, and that is recorded."""
        assert enumd("number", "release", NUMBER, input="y\n\n").exit_code == 0
        assert done("number", "log", NUMBER)[-1]["after"]["by"] == "operator"

    def test_nobody_is_asked_for_what_there_is_not(self, enumd, claimed, person):
        """A number without a code, and one that is free, ask for none."""
        enumd("--yes", "number", "release", NUMBER)
        free = "+441632960018"
        result = enumd("number", "release", free, input="y\n")

        assert "Recovery code" not in result.stderr
        assert result.exit_code == 3


class TestTransfer:
    def test_to_another_registrar(self, done, enumd, claimed):
        """The holder keeps number and code."""
        done("party", "add", "acme", "--kind", "registrar")
        moved = done("number", "transfer", NUMBER, "--registrar", "acme")

        assert (moved["holder"], moved["registrar"]) == ("ada@example.net", "acme")
        code = claimed["recovery_code"]
        assert enumd("number", "release", NUMBER, "--recovery-code", code).exit_code == 0

    @pytest.mark.parametrize("words", [(), ("--holder", "b@example.net", "--registrar", "acme")])
    def test_one_of_the_two_is_said(self, enumd, claimed, words):
        """Neither and both are usage errors."""
        assert enumd("number", "transfer", NUMBER, *words).exit_code == 2


def test_a_lost_code_is_replaced(done, refused, claimed):
    """The new code is printed once, and the old one is void."""
    new = done("number", "recover", NUMBER)["recovery_code"]
    words = ("number", "release", NUMBER, "--recovery-code")

    assert refused(*words, claimed["recovery_code"])["exit_status"] == 6
    assert done(*words, new)["state"] == "released"
