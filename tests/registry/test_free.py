"""Numbers that nobody has, found."""

import pytest

from enumd.core.number import Number
from enumd.errors import NotFound
from enumd.registry import free, numbers
from enumd.registry.changes import Actor

NOW_S = 1_795_000_000
DAY_S = 86_400
ADA = "ada@example.net"


def hold(registry, number):
    """Hold a number."""
    with registry.change(Actor("cli", "test"), NOW_S) as change:
        numbers.hold(change, number, ADA)


def claim(registry, number):
    """Claim a number."""
    with registry.change(Actor("cli", "test"), NOW_S) as change:
        numbers.claim(change, number, ADA)


class TestFind:
    """Free numbers."""

    def find(self, registry, now_s=NOW_S, **wish):
        """Return the digits of what was found, the last three, and whether they are recycled."""
        with registry.read() as session:
            found = free.find(session, now_s=now_s, **wish)
        return [(each.number.digits[-3:], each.recycled) for each in found]

    def test_free_numbers_come_in_order(self, tree):
        """
        What is held or claimed is left out, and the list ends at its limit.
        """
        hold(tree, Number("441632960000"))
        claim(tree, Number("441632960002"))
        assert self.find(tree, limit=2) == [("001", False), ("003", False)]
        assert self.find(tree, limit=0) == []
        assert len(self.find(tree)) == 20

    def test_a_pattern_narrows_the_list(self, tree):
        """
        The whole number has to fit.
        """
        assert self.find(tree, like="*17", limit=2) == [("017", False), ("117", False)]
        assert self.find(tree, like="+44 1632 9601?1", pool="drama", limit=1) == [("101", False)]
        assert self.find(tree, like="33*") == []

    def test_used_numbers_come_last_and_are_marked(self, tree):
        """
        A number whose quarantine is over is free, but somebody had it; a hold leaves no trace.
        """
        for last in (16, 17):
            number = Number(f"4416329600{last}")
            claim(tree, number)
            with tree.change(Actor("cli", "test"), NOW_S) as change:
                numbers.release(change, number)
        hold(tree, Number("441632960018"))
        assert self.find(tree, like="*01?", limit=9)[-1] == ("019", False)
        later_s = NOW_S + 90 * DAY_S
        assert self.find(tree, like="*01?", limit=8, now_s=later_s)[-2:] == [
            ("019", False),
            ("016", True),
        ]
        found = self.find(tree, like="*01?", now_s=later_s)
        assert found[-3:] == [("016", True), ("017", True), ("018", False)]

    def test_without_a_pool_there_is_nothing_to_choose_from(self, registry):
        """
        The error says so instead of an empty list.
        """
        with pytest.raises(NotFound, match="no pool to choose from"):
            self.find(registry)
        with pytest.raises(NotFound, match="'none'"):
            self.find(registry, pool="none")
