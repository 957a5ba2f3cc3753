"""One name in one zone: RFC 1034 section 4.3.2 step 3 with RFC 4592, at one second.

From its `not_after` on a value is absent everywhere: it is no hit, no wildcard, no cut, and makes
neither an empty non-terminal nor a closest encloser. A name is given as its labels below the apex,
leftmost first, in lower case.

Work is bounded whatever is asked: a move to the two neighbours of the name, one exact get for each
label it shares with them on the way down (is it a cut?) and on the way up (is there a `*`?), and a
few moves to whatever stands below a name. Such a move passes over at most `MAX_EXPIRED` expired
values. Where even more stand in a row the name is taken to exist: a wrong NXDOMAIN would erase what
lives below it in every resolver (RFC 8020), a wrong NODATA at an inner name only lets a resolver
ask on. Publishing removes them and so ends that.
"""

from __future__ import annotations

from binascii import hexlify
from dataclasses import dataclass, replace
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.core.validity import is_valid
from enumd.dns.outcome import DnsOutcome
from enumd.index.keys import INNER_STAR, OTHER, OWN_KEY, STAR, pack_labels, pack_nibbles
from enumd.index.records import unpack_answer
from enumd.index.values import Answer, Flag
from enumd.index.view import ZoneView

MAX_EXPIRED: Final = 256
"""Expired values passed over in one move: below 0.5 ms of work."""

Labels = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LookupEnd:
    """The end of one look-up."""

    outcome: DnsOutcome
    rrsets: tuple[RRset, ...] = ()
    """What was asked for, or the CNAME, DNAME or NS that leads on; one RRset or none."""
    strip: int = 0
    """How many labels to take off the name asked for to have the owner of the RRset."""


class Descent:
    """The way from the apex down to a name, as nibbles of the keys in the index.

    Number 0 is the apex, the last the name itself. `owners` are the keys under which records stand,
    `stems` the beginnings of all keys below. They differ for a leftmost `*` alone, which is a label
    like any other once something stands below it (RFC 4592 section 2.1.1).
    """

    __slots__ = ("last", "owners", "stems")

    def __init__(self, labels: Labels) -> None:
        """Pack the name once; what is above it are its beginnings."""
        packed = hexlify(pack_labels((b"0", *labels)))
        self.last = len(labels)
        self.stems = [b""]
        self.owners = [b""]
        for label in reversed(labels):
            above = self.stems[-1]
            nibbles = 3 + 2 * len(label) if packed.startswith(OTHER, len(above)) else 1
            self.stems.append(packed[: len(above) + nibbles])
            self.owners.append(above + STAR if label == b"*" else self.stems[-1])


@dataclass(frozen=True, slots=True)
class LiveZone:
    """A zone as it is at one second."""

    view: ZoneView
    now_s: int

    def owned(self, owner: bytes) -> tuple[RRset, ...] | None:
        """Return the RRsets at a name, or None where no record stands for it.

        Their TTLs end at `not_after`, so no cache outlives it.
        """
        node = self._node(owner)
        if owner:
            return None if node is None else self._clamp(node)
        at_apex = self.view.zone.rrsets
        if node is None:
            return at_apex
        # The number that the apex itself is: it alone says which NAPTRs stand beside SOA and NS.
        others = tuple(rrset for rrset in at_apex if rrset.rrtype != RRType.NAPTR)
        return others + self._clamp(node)

    def redirecting(self, owner: bytes) -> tuple[RRset, ...]:
        """Return the RRsets at a name that owns NS or DNAME, or nothing."""
        if not owner:
            return self.view.zone.rrsets
        node = self._node(owner)
        return self._clamp(node) if node is not None and node.cut else ()

    def above(self, descent: Descent) -> range:
        """Return the numbers of the ancestors of a name that may own something or have a `*`.

        Of all keys but its own, one of the two next to that of a name begins most like it, so junk
        of many labels costs no more than what it has in common with them. One more ancestor is
        looked at because a `*` that owns records has another key than one with names below it.
        """
        key = pack_nibbles(descent.stems[-1])
        rows = (next(self.view.before(key), None), next(self.view.after(key), None))
        neighbours = [hexlify(row[0]) for row in rows if row]
        shared = sum(any(near.startswith(stem) for near in neighbours) for stem in descent.stems)
        return range(min(shared + 1, descent.last))

    def below(self, stem: bytes) -> bool:
        """Tell whether any name stands below this one, which is not the apex."""
        for passed, (key, value) in enumerate(self.view.after(pack_nibbles(stem))):
            if not hexlify(key).startswith(stem):
                return False
            if not self._has_expired(value) or passed == MAX_EXPIRED:
                return True
        return False

    def exists(self, descent: Descent, depth: int) -> bool:
        """Tell whether a name owns records or has names below it (RFC 4592 section 2.2.3)."""
        return self._node(descent.owners[depth]) is not None or self.below(descent.stems[depth])

    def _node(self, owner: bytes) -> Answer | None:
        """Return what the index holds at a name, but for the head, unless it has expired."""
        get = self.view.get_other if OTHER in owner else self.view.get
        node = get(pack_nibbles(owner) or OWN_KEY)
        return node if node is not None and is_valid(node.not_after_s, self.now_s) else None

    def _clamp(self, node: Answer) -> tuple[RRset, ...]:
        """Return the RRsets of a node, none with a TTL beyond its `not_after`."""
        if not node.not_after_s:
            return unpack_answer(node)
        left_s, rrsets = node.not_after_s - self.now_s, unpack_answer(node)
        return tuple(replace(rrset, ttl_s=min(rrset.ttl_s, left_s)) for rrset in rrsets)

    def _has_expired(self, value: bytes) -> bool:
        """Tell whether a value as stored does not hold any more."""
        timed = int.from_bytes(value[:1]) & Flag.NOT_AFTER
        return bool(timed) and not is_valid(int.from_bytes(value[1:5]), self.now_s)


def look_up(zone: LiveZone, labels: Labels, qtype: int) -> LookupEnd:
    """Return where the look-up of *qtype* at a name at or below the apex ends."""
    descent = Descent(labels)
    above = zone.above(descent)
    if (redirection := _redirection(zone, descent, above, qtype)) is not None:
        return redirection
    if (owned := zone.owned(descent.owners[-1])) is not None:
        return _match(owned, qtype, DnsOutcome.HIT)
    if zone.below(descent.stems[-1]):
        return LookupEnd(DnsOutcome.ENT)
    return _wildcard(zone, descent, above, qtype)


def _redirection(zone: LiveZone, descent: Descent, above: range, qtype: int) -> LookupEnd | None:
    """Return the uppermost delegation or DNAME that the name is below, if there is one.

    Whatever else is published there is occluded. At the cut itself DS is the one type that the
    parent answers (RFC 4035 section 3.1.4.1); a DNAME says nothing of its own owner (RFC 6672).
    """
    for depth in (*above, descent.last):
        owned = zone.redirecting(descent.owners[depth])
        strip = descent.last - depth
        ns = _of_type(owned, RRType.NS)
        if ns and depth and not (strip == 0 and qtype == RRType.DS):
            return LookupEnd(DnsOutcome.REFERRAL, (ns,), strip)
        if strip and (dname := _of_type(owned, RRType.DNAME)):
            return LookupEnd(DnsOutcome.HIT, (dname,), strip)
    return None


def _wildcard(zone: LiveZone, descent: Descent, above: range, qtype: int) -> LookupEnd:
    """Return what the source of synthesis gives a name that does not exist (RFC 4592 section 3.3).

    Of all ancestors that have a `*` below them only the lowest can be the closest encloser, and it
    is where nothing exists between it and the name: no search for the encloser itself is needed.
    """
    # A "*" can exist for what stands below it alone, which is never all digits: counted as mixed.
    mixed = zone.view.zone.mixed
    for depth in reversed(above):
        owned = zone.owned(descent.stems[depth] + STAR)
        if owned is None and not (mixed and zone.below(descent.stems[depth] + INNER_STAR)):
            continue
        if depth + 1 < descent.last and zone.exists(descent, depth + 1):
            break
        return _match(owned or (), qtype, DnsOutcome.WILDCARD)
    return LookupEnd(DnsOutcome.NXDOMAIN)


def _match(owned: tuple[RRset, ...], qtype: int, outcome: DnsOutcome) -> LookupEnd:
    """Return the RRset of the type asked for, else the alias, else that there is none."""
    if qtype == RRType.ANY:
        # RFC 8482 section 4.1: one RRset is an answer to ANY; the NAPTRs are what we are here for.
        rrset = _of_type(owned, RRType.NAPTR) or next(iter(owned), None)
    else:
        rrset = _of_type(owned, qtype) or _of_type(owned, RRType.CNAME)
    return LookupEnd(outcome, (rrset,)) if rrset else LookupEnd(DnsOutcome.NODATA)


def _of_type(owned: tuple[RRset, ...], rrtype: int) -> RRset | None:
    """Return the RRset of that type, or None."""
    return next((rrset for rrset in owned if rrset.rrtype == rrtype), None)
