"""What a cut, an alias or a DNAME hides: numbers, and other records.

Below a delegation (NS) or a DNAME nothing of ours may be answered, and a CNAME stands alone at its
name (RFC 1034 sections 4.2.1 and 3.6.2, RFC 6672 section 2.4). So no number is claimed where one
of them stands at or above its name, and none is put where a number is claimed at or below it:
the servers may then take a number they find for one they may answer.

The rules are here, pure; `hidden` asks them of the database.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from enumd.core.rrset import RRset, RRType

EXCLUSIVE: Final = (RRType.NS, RRType.DNAME, RRType.CNAME)
"""The types that tolerate no number at their name, or none below it either."""

GLUE: Final = frozenset({RRType.A, RRType.AAAA})
"""What a delegation leaves in place below itself (RFC 1034 section 4.2.1)."""

_AT_CUT: Final = GLUE | {RRType.NS, RRType.DS}


class Occlusion(NamedTuple):
    """Which numbers a record hides."""

    own: bool
    """The one whose name is the owner of the record."""
    below: bool
    """All whose names are below that."""


def occlusion_of(rrtype: int, *, at_apex: bool) -> Occlusion:
    """Return which numbers a record of that type hides.

    ::

        type    owner        its own number   numbers below
        NS      apex         no               no              the name servers of the zone itself
        NS      elsewhere    yes              yes
        DNAME   apex         no               yes             silent of its owner (RFC 6672 2.3)
        DNAME   elsewhere    yes              yes             a number there would be half hidden
        CNAME   anywhere     yes              no
        other   anywhere     no               no
    """
    if rrtype == RRType.CNAME:
        return Occlusion(own=True, below=False)
    if rrtype == RRType.DNAME:
        return Occlusion(own=not at_apex, below=True)
    cut = rrtype == RRType.NS and not at_apex
    return Occlusion(own=cut, below=cut)


def breaks_alias(types: Set[int]) -> bool:
    """Tell whether a CNAME would not be alone among the *types* of one name."""
    return RRType.CNAME in types and len(types) > 1


def hides_record(cut: int, rrtype: int, *, own: bool) -> bool:
    """Tell whether NS or DNAME, the type *cut*, hides a record of type *rrtype*.

    *own*: the record stands at the very name of the cut, else below it. NS leave glue in place
    everywhere, and at their own name what belongs to the delegation; a DNAME stands beside anything
    and tolerates nothing below itself (RFC 6672 section 2.4).
    """
    if own:
        return cut == RRType.NS and rrtype not in _AT_CUT
    return cut == RRType.DNAME or rrtype not in GLUE


def drop_hidden(rrsets: list[RRset]) -> list[RRset]:
    """Return what of the *rrsets* of one name is answered: beside a CNAME nothing else."""
    return [rrset for rrset in rrsets if rrset.rrtype == RRType.CNAME] or rrsets


@dataclass(slots=True)
class Exclusions:
    """The names of one zone that leave no room for others, as an import keeps them in memory.

    Keys are those of import files: the labels below the apex, the topmost first; "" is the apex.
    """

    types: dict[str, set[int]] = field(default_factory=dict)

    def add(self, key: str, rrtype: int) -> None:
        """Remember that *key* owns *rrtype*, where that matters."""
        if any(occlusion_of(rrtype, at_apex=not key)):
            self.types.setdefault(key, set()).add(rrtype)

    def above(self, key: str) -> str | None:
        """Return the cut that hides everything below itself, *key* among it, or None."""
        if not self.types:
            return None
        for end in range(len(key)):
            if self._reach(key[:end]).below:
                return key[:end]
        return None

    def number_at(self, key: str) -> tuple[str, str] | None:
        """Return code and hint of why no number can stand at *key*, or None."""
        if not self.types:
            return None
        cut = self.above(key)
        own = self._reach(key)
        if cut is not None or own == (True, True):
            where = "apex" if cut == "" else f"name of {cut or key}"
            return "number-delegated", f"the zone delegates it: there is a cut at the {where}"
        if own.own:
            return "cname-and-other-data", "the zone has a CNAME at this number"
        return None

    def record_at(self, key: str, rrtype: int, types: Set[int]) -> tuple[str, str] | None:
        """Return code and hint of why no record of that type can stand at *key*, or None.

        *types* are those its name would own.
        """
        cut = self.above(key)
        if cut is not None and all(
            hides_record(each, rrtype, own=False)
            for each in self.types[cut]
            if occlusion_of(each, at_apex=not cut).below
        ):
            return "name-occluded", f"the zone has a cut above it, at key {cut or 'of the apex'}"
        if (
            key
            and RRType.NS in types
            and any(hides_record(RRType.NS, each, own=True) for each in types)
        ):
            return "name-occluded", "a name with NS below the apex owns only DS and glue besides"
        return None

    def _reach(self, key: str) -> Occlusion:
        """Return what the records at *key* hide together."""
        found = [occlusion_of(rrtype, at_apex=not key) for rrtype in self.types.get(key, ())]
        return Occlusion(any(each.own for each in found), any(each.below for each in found))
