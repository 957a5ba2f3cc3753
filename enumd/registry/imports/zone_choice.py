"""Which zone each number of an import belongs to, decided in memory.

The rule is that of `zones.find_for`; asking it a million times would take as long as everything
else, so this holds what it asks for: the zones, their pools, and the few names of theirs (cuts and
CNAMEs) beside or below which no number can stand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.registry import zones
from enumd.registry.files.rows import key_of
from enumd.registry.occlusion import EXCLUSIVE, Exclusions
from enumd.registry.schema import APEX_OWNER, PoolRow, RecordRow, ZoneRow


def key_of_owner(owner: str) -> str:
    """Return the key of an owner as the table `record` writes it."""
    if owner == APEX_OWNER:
        return ""
    return key_of(dns.name.from_text(owner, None).labels)


@dataclass(frozen=True, slots=True)
class Tree:
    """What an import needs to know of a zone, apart from its row: rows are slow to ask."""

    zone_id: int
    apex: str
    prefix: str
    room: int
    """How many digits fit below the apex."""
    exclusions: Exclusions


@dataclass(frozen=True, slots=True)
class Candidates:
    """The zones that may be meant by the numbers of one batch."""

    finder: ZoneFinder
    zone_ids: list[int]

    def choose(self, digits: str, rows: Container[int]) -> Tree | tuple[str, str]:
        """Return the zone of *digits*, which has a row in the zones of the ids *rows*.

        Where that is none or several, return code and hint of the refusal.
        """
        covering = self.finder.covering(digits)
        if len(covering) == 1:
            return covering[0]
        if not covering:
            return "number-outside-zones", f"no zone of this registry stands for +{digits}"
        strengths = [
            (tree.zone_id in rows, self.finder.in_pool(tree, digits), len(tree.prefix))
            for tree in covering
        ]
        best = max(strengths)
        trees = [tree for tree, each in zip(covering, strengths, strict=True) if each == best]
        if len(trees) > 1:
            names = " and ".join(sorted(tree.apex for tree in trees))
            return "zone-ambiguous", f"+{digits} may belong to {names}; say which (--zone)"
        return trees[0]


class ZoneFinder:
    """Finds the zones of numbers."""

    def __init__(self, session: Session, found: Iterable[ZoneRow] | None = None) -> None:
        """Look in all zones, or in those *found* alone."""
        self._session = session
        found = zones.listing(session) if found is None else list(found)
        self._trees: dict[str, list[Tree]] = defaultdict(list)
        for zone in found:
            tree = Tree(zone.id, zone.apex, zone.prefix, zone.tree.room, Exclusions())
            self._trees[zone.prefix].append(tree)
        self._lengths = sorted({len(prefix) for prefix in self._trees})
        self._opened: set[int] = set()
        self._pools: dict[tuple[int, int], list[tuple[str, str]]] | None = None

    def covering(self, digits: str) -> list[Tree]:
        """Return the zones whose prefix *digits* begin with."""
        found: list[Tree] = []
        for length in self._lengths:
            if length <= len(digits):
                found += self._trees.get(digits[:length], ())
        return found

    def candidates(self, numbers: Iterable[str]) -> Candidates:
        """Return the zones that the *numbers* may belong to, with what they leave no room for."""
        found = {tree.zone_id: tree for digits in numbers for tree in self.covering(digits)}
        for tree in found.values():
            self._open(tree)
        return Candidates(self, sorted(found))

    def tree(self, zone: ZoneRow) -> Tree:
        """Return what is to be known of *zone*."""
        tree = next(tree for tree in self._trees[zone.prefix] if tree.zone_id == zone.id)
        self._open(tree)
        return tree

    def _open(self, tree: Tree) -> None:
        """Find the names in a zone that leave no room for others, once."""
        if tree.zone_id in self._opened:
            return
        self._opened.add(tree.zone_id)
        here = (RecordRow.zone_id == tree.zone_id, RecordRow.rrtype.in_(EXCLUSIVE))
        query = select(RecordRow.owner, RecordRow.rrtype).where(*here).distinct()
        for owner, rrtype in self._session.execute(query):
            tree.exclusions.add(key_of_owner(owner), rrtype)

    def in_pool(self, tree: Tree, digits: str) -> bool:
        """Tell whether *digits* lie in a pool of *tree*."""
        if self._pools is None:
            self._pools = defaultdict(list)
            columns = (PoolRow.zone_id, PoolRow.first, PoolRow.last)
            for zone_id, first, last in self._session.execute(select(*columns)):
                self._pools[zone_id, len(first)].append((first, last))
            for ranges in self._pools.values():
                ranges.sort()
        ranges = self._pools.get((tree.zone_id, len(digits)), [])
        place = bisect_right(ranges, digits, key=lambda span: span[0]) - 1
        return place >= 0 and ranges[place][1] >= digits
