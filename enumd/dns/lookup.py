"""One name in one zone: RFC 1034 section 4.3.2 step 3 with RFC 4592, at one second.

A value past its `not_after` is absent everywhere: it is no hit, no wildcard, no cut, and makes
neither an empty non-terminal nor a closest encloser. A name is given as its labels below the apex,
leftmost first, in lower case.

Work is bounded whatever is asked: one exact get for each label on the way down (is it a cut?) and
on the way up (is there a `*`?), and a few moves to whatever stands below a name. Such a move passes
over at most `MAX_EXPIRED` expired values. Where even more stand in a row the name is taken to
exist: a wrong NXDOMAIN would erase what lives below it in every resolver (RFC 8020), a wrong
NODATA at an inner name only lets a resolver ask on. Publishing removes them and so ends that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from enumd.core.rrset import RRset, RRType
from enumd.dns.outcome import Outcome
from enumd.dns.wire import rrsets
from enumd.index.layout import Answer, Flag, is_digits, pack_labels
from enumd.index.view import ZoneView

MAX_EXPIRED: Final = 256
"""Expired values passed over in one move: below 0.2 ms of work."""

Labels = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The end of one look-up."""

    outcome: Outcome
    rrsets: tuple[RRset, ...] = ()
    """What was asked for, or the CNAME, DNAME or NS that leads on; one RRset or none."""
    strip: int = 0
    """How many labels to take off the name asked for to have the owner of the RRset."""


@dataclass(frozen=True, slots=True)
class LiveZone:
    """A zone as it is at one second."""

    view: ZoneView
    now_s: int

    def owned(self, labels: Labels) -> tuple[RRset, ...] | None:
        """Return the RRsets at a name, or None where no record stands for it.

        Their TTLs end with the second `not_after` (0 in that very second, which RFC 2181 section
        8 allows), so no cache outlives it.
        """
        if not labels:
            return self.view.zone.rrsets
        node = self._node(labels)
        return None if node is None else self._clamped(node)

    def redirecting(self, labels: Labels) -> tuple[RRset, ...]:
        """Return the RRsets at a name that owns NS or DNAME, or nothing."""
        if not labels:
            return self.view.zone.rrsets
        node = self._node(labels)
        return self._clamped(node) if node is not None and node.cut else ()

    def below(self, labels: Labels) -> bool:
        """Tell whether any name stands below this one, which is not the apex."""
        # A "*" is another label once something stands below it, so let the layout pack a child and
        # take the child's one nibble off again.
        stem = pack_labels((b"0", *labels)).hex().rstrip("0")[:-1]
        start = bytes.fromhex(stem + "0" if len(stem) & 1 else stem)
        for passed, (key, value) in enumerate(self.view.after(start)):
            if not key.hex().startswith(stem):
                return False
            if not self._expired(value) or passed == MAX_EXPIRED:
                return True
        return False

    def exists(self, labels: Labels) -> bool:
        """Tell whether a name owns records or has names below it (RFC 4592 section 2.2.3)."""
        return self.owned(labels) is not None or self.below(labels)

    def _node(self, labels: Labels) -> Answer | None:
        """Return what the index holds at a name unless it has expired."""
        key = pack_labels(labels)
        node = self.view.get(key) if is_digits(labels) else self.view.get_other(key)
        return None if node is None or 0 < node.not_after_s < self.now_s else node

    def _clamped(self, node: Answer) -> tuple[RRset, ...]:
        """Return the RRsets of a node, none with a TTL beyond its `not_after`."""
        if not node.not_after_s:
            return rrsets(node)
        left_s = node.not_after_s - self.now_s
        return tuple(replace(rrset, ttl_s=min(rrset.ttl_s, left_s)) for rrset in rrsets(node))

    def _expired(self, value: bytes) -> bool:
        """Tell whether a value as stored is past its `not_after`."""
        return bool(value[0] & Flag.NOT_AFTER) and int.from_bytes(value[1:5]) < self.now_s


def look_up(zone: LiveZone, labels: Labels, qtype: int) -> Found:
    """Return where the look-up of *qtype* at a name at or below the apex ends."""
    if (redirection := _redirection(zone, labels, qtype)) is not None:
        return redirection
    if (owned := zone.owned(labels)) is not None:
        return _match(owned, qtype, Outcome.HIT)
    if zone.below(labels):
        return Found(Outcome.ENT)
    return _wildcard(zone, labels, qtype)


def _redirection(zone: LiveZone, labels: Labels, qtype: int) -> Found | None:
    """Return the uppermost delegation or DNAME that the name is below, if there is one.

    Whatever else is published there is occluded. At the cut itself DS is the one type that the
    parent answers (RFC 4035 section 3.1.4.1); a DNAME says nothing of its own owner (RFC 6672).
    """
    for strip in range(len(labels), -1, -1):
        owned = zone.redirecting(labels[strip:])
        at_apex, at_name = strip == len(labels), strip == 0
        ns = _of_type(owned, RRType.NS)
        if ns and not at_apex and not (at_name and qtype == RRType.DS):
            return Found(Outcome.REFERRAL, (ns,), strip)
        if not at_name and (dname := _of_type(owned, RRType.DNAME)):
            return Found(Outcome.HIT, (dname,), strip)
    return None


def _wildcard(zone: LiveZone, labels: Labels, qtype: int) -> Found:
    """Return what the source of synthesis gives a name that does not exist (RFC 4592 section 3.3).

    Of all ancestors that have a `*` below them only the lowest can be the closest encloser, and it
    is where nothing exists between it and the name: no search for the encloser itself is needed.
    """
    for strip in range(1, len(labels) + 1):
        source = (b"*", *labels[strip:])
        owned = zone.owned(source)
        # What stands below a "*" is never all digits, so only a zone with other names can have it.
        if owned is None and not (zone.view.zone.mixed and zone.below(source)):
            continue
        if strip > 1 and zone.exists(labels[strip - 1 :]):
            break
        return _match(owned or (), qtype, Outcome.WILDCARD)
    return Found(Outcome.NXDOMAIN)


def _match(owned: tuple[RRset, ...], qtype: int, outcome: Outcome) -> Found:
    """Return the RRset of the type asked for, else the alias, else that there is none."""
    if qtype == RRType.ANY:
        # RFC 8482 section 4.1: one RRset is an answer to ANY; the NAPTRs are what we are here for.
        rrset = _of_type(owned, RRType.NAPTR) or next(iter(owned), None)
    else:
        rrset = _of_type(owned, qtype) or _of_type(owned, RRType.CNAME)
    return Found(outcome, (rrset,)) if rrset else Found(Outcome.NODATA)


def _of_type(owned: tuple[RRset, ...], rrtype: int) -> RRset | None:
    """Return the RRset of that type, or None."""
    return next((rrset for rrset in owned if rrset.rrtype == rrtype), None)
