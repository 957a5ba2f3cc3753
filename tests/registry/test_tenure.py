"""Lost codes and other registrars."""

import pytest

from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, NotPermitted, VerificationFailed
from enumd.registry import numbers, parties, tenure
from enumd.registry.changes import Actor
from enumd.registry.history import of_number
from enumd.registry.lifecycle import State

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
ADA = "ada@example.net"


@pytest.fixture
def claimed(tree):
    """Give a registry in which Ada has the number, and its recovery code."""
    with tree.change(Actor("cli", "test"), NOW_S) as change:
        code = numbers.claim(change, NUMBER, ADA).recovery_code
        parties.add(change, parties.PartyKind.REGISTRAR, "acme", "")
    return tree, code


class TestRecover:
    def test_a_new_code_takes_the_place_of_the_lost_one(self, claimed):
        """The old code is void, the new one proves the holder, and the log knows of no code."""
        registry, old = claimed
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            new = tenure.recover(change, NUMBER)
            with pytest.raises(VerificationFailed):
                numbers.release(change, NUMBER, old)
            record = numbers.release(change, NUMBER, new.recovery_code)
            event = of_number(change.session, NUMBER)[-2]

        assert (new.holder, record.state) == (ADA, State.RELEASED)
        assert (event.action, event.after["by"], event.after["holder"]) == (
            "number.recover",
            "operator",
            ADA,
        )
        assert event.before["recovery"] != event.after["recovery"]

    def test_what_is_nobodys_has_no_code(self, tree):
        """A free number has nothing to recover."""
        with tree.change(Actor("operator", "test"), NOW_S) as change, pytest.raises(NotFound):
            tenure.recover(change, NUMBER)

    def test_a_number_without_a_holder_is_given_one_first(self, claimed):
        """An imported number may have no holder; the advice says how it gets one."""
        registry, _ = claimed
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            from enumd.registry import number_row

            number_row.locate_claimed(change, NUMBER)[1].holder_id = None
            with pytest.raises(Conflict) as refused:
                tenure.recover(change, NUMBER)

        assert "transfer" in refused.value.advice


class TestChangeRegistrar:
    def test_the_holder_stays(self, claimed):
        """The registrar is another, holder and code are as they were, and the log says by whom."""
        registry, code = claimed
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            record = tenure.change_registrar(change, NUMBER, "acme", code)
            tenure.change_registrar(change, NUMBER, "acme")
            events = of_number(change.session, NUMBER)

        assert (record.holder, record.registrar) == (ADA, "acme")
        assert [event.action for event in events] == ["number.claim", "number.registrar"]
        assert events[-1].after["by"] == "holder"

    def test_a_holder_is_no_registrar(self, claimed):
        """Only a party that is a registrar can look after numbers."""
        registry, _ = claimed
        with (
            registry.change(Actor("operator", "test"), NOW_S) as change,
            pytest.raises(NotPermitted),
        ):
            tenure.change_registrar(change, NUMBER, ADA)
