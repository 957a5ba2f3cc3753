"""What the log says of one number."""

from enumd.core.number import Number
from enumd.registry import numbers
from enumd.registry.changes import Actor
from enumd.registry.history import of_number

NOW_S = 1_795_000_000
NUMBER, OTHER = Number("441632960017"), Number("441632960018")


class TestOfNumber:
    def test_events_come_oldest_first_and_only_its_own(self, tree):
        """Each says when, who and what; others' do not appear; a limit keeps the latest."""
        with tree.change(Actor("ada", "test"), NOW_S) as change:
            numbers.claim(change, NUMBER, "ada@example.net")
            numbers.claim(change, OTHER, "ben@example.net")
        with tree.change(Actor("operator", "test"), NOW_S + 5) as change:
            numbers.suspend(change, NUMBER, "abuse")
        with tree.read() as session:
            first, second = of_number(session, NUMBER)
            latest = of_number(session, NUMBER, limit=1)

        assert (first.actor, first.action, first.at_s) == (
            Actor("ada", "test"),
            "number.claim",
            NOW_S,
        )
        assert first.before == {"state": "free"}
        assert (second.actor, second.after["suspended_why"]) == (Actor("operator", "test"), "abuse")
        assert second.serial == first.serial + 1
        assert latest == [second]

    def test_a_number_nobody_touched_has_none(self, tree):
        """There is nothing to tell."""
        with tree.read() as session:
            assert of_number(session, NUMBER) == []
