"""From the published index to what is known of a number: what DNS answers, as SIP must know it.

The names are looked up by `enumd.dns`, which alone says what exists at which second; the
difference is in the words::

    DNS outcome                  the number is
    hit, wildcard, with NAPTRs   claimed, with routes
    hit, an alias out of ours    delegated: its records are not here
    nodata                       claimed, without routes; suspended where its entry says so
    ent                          incomplete
    nxdomain                     free; in quarantine for as long as its entry says so
    referral                     delegated
    yxdomain, endless            unanswered, as every client takes it
    no tree has a name for it    outside; incomplete where a tree stands for longer digits

A number may be the apex of a tree itself. That name always exists, so DNS cannot answer NXDOMAIN; a
number that nobody has there is as good as in no tree, or rests where no others stand below it.

Where several trees stand for a number the one with the most digits is asked first, and the next
only where that has no such name: NXDOMAIN means "look elsewhere", NODATA "give up" (RFC 5346).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

import dns.name

from enumd.core.apex import Apex
from enumd.core.number import Number
from enumd.core.rrset import RRset, RRType
from enumd.core.validity import is_valid
from enumd.dns.chase import resolve
from enumd.dns.outcome import DnsOutcome
from enumd.dns.wire import LONGEST_NAME_OCTETS
from enumd.errors import IndexFault, RecordError
from enumd.index.entries import EntryState
from enumd.index.layout import pack_digits
from enumd.index.reader import Snapshot
from enumd.index.records import unpack_answer
from enumd.index.view import ZoneView
from enumd.routing.profile import Profile, Status

ABSENT: Final = (Status.FREE, Status.QUARANTINE, Status.OUTSIDE)
"""What a number is that DNS has no name for, so that the next tree is asked."""

_ENDS: Final = {
    DnsOutcome.NODATA: Status.CLAIMED,
    DnsOutcome.ENT: Status.INCOMPLETE,
    DnsOutcome.NXDOMAIN: Status.FREE,
    DnsOutcome.REFERRAL: Status.DELEGATED,
    DnsOutcome.YXDOMAIN: Status.UNANSWERED,
    DnsOutcome.ENDLESS: Status.UNANSWERED,
}


def read_profile(number: Number, snapshot: Snapshot | None, now_s: int) -> Profile:
    """Return what the index says of *number* at the second *now_s*; None for no usable index."""
    if snapshot is None:
        return Profile(number, Status.UNREADABLE)
    try:
        return _look_in_trees(number, snapshot, now_s)
    except (IndexFault, RecordError, ValueError):  # ValueError: the records of a value are torn
        return Profile(number, Status.UNREADABLE)


def _look_in_trees(number: Number, snapshot: Snapshot, now_s: int) -> Profile:
    """Return what the first tree says that has a name for *number*."""
    absent: Profile | None = None
    for qname, tree in _names(number, snapshot):
        profile = _look_at_name(qname, tree, number, snapshot, now_s)
        if profile.status not in ABSENT:
            return profile
        # A number that rests is told from one that nobody ever had.
        if absent is None or profile.status is Status.QUARANTINE:
            absent = profile
    if snapshot.goes_on(number.digits) and not _rests_alone(absent, snapshot):
        return Profile(number, Status.INCOMPLETE)
    return absent or Profile(number, Status.OUTSIDE)


def _names(number: Number, snapshot: Snapshot) -> Iterator[tuple[bytes, Apex]]:
    """Yield every name that *number* has in our trees, each once, with its tree."""
    seen: list[bytes] = []
    for apex, prefix in snapshot.apexes_for(number.digits):
        qname = _labels(number.digits[len(prefix) :]) + apex
        # A zone below another of ours gives the same name, and DNS answers it once.
        if len(qname) <= LONGEST_NAME_OCTETS and qname not in seen:
            seen.append(qname)
            yield qname, _tree(apex, prefix)


def _labels(digits: str) -> bytes:
    """Return *digits* as labels, the last one first (RFC 6116 section 3.2)."""
    octets = bytearray(b"\1" * (2 * len(digits)))
    octets[1::2] = digits[::-1].encode()
    return bytes(octets)


def _look_at_name(
    qname: bytes, tree: Apex, number: Number, snapshot: Snapshot, now_s: int
) -> Profile:
    """Return what is published for *number* at one name."""
    view = snapshot.zone_of(qname)
    assert view is not None  # the name is below an apex of this snapshot
    labels = (len(qname) - len(view.zone.apex)) // 2
    key = pack_digits(number.digits[len(number.digits) - labels :])
    stored = view.get(key)
    if stored is not None and not is_valid(stored.not_after_s, now_s):
        stored = None
    if stored is not None and not stored.mixed:
        # As on the hot path of DNS: what stands below a cut is never published, so nothing above a
        # name that owns NAPTRs alone changes what it says.
        outcome = DnsOutcome.HIT if stored.count else DnsOutcome.NODATA
        rdatas = _naptrs(unpack_answer(stored))
    else:
        resolution = resolve(qname, RRType.NAPTR, snapshot, now_s)
        outcome = resolution.outcome
        rdatas = _naptrs(placed.rrset for placed in resolution.answer)
    if rdatas:
        return Profile.published(number, rdatas, stored.not_after_s if stored else 0, tree)
    status = _ENDS.get(outcome, Status.DELEGATED)
    if not labels and stored is None:
        status = Status.FREE
    return _apply_entry(Profile(number, status, tree=tree), view, key, now_s)


def _rests_alone(absent: Profile | None, snapshot: Snapshot) -> bool:
    """Tell whether a number rests that is a tree of its own, without others below it."""
    if absent is None or absent.status is not Status.QUARANTINE or absent.tree is None:
        return False
    tree = absent.tree
    view = snapshot.views[tree.name.canonicalize().to_wire() or b""]
    return tree.prefix == absent.number.digits and not view.zone.names


def _naptrs(owned: Iterable[RRset]) -> tuple[bytes, ...]:
    """Return the RDATA of the NAPTRs among *owned*; there is one such RRset, or none."""
    return next((rrset.rdatas for rrset in owned if rrset.rrtype == RRType.NAPTR), ())


def _apply_entry(profile: Profile, view: ZoneView, key: bytes, now_s: int) -> Profile:
    """Return *profile* as the number's entry makes it, where DNS leaves room for that."""
    status = profile.status
    if status not in (Status.CLAIMED, Status.FREE) or (entry := view.entry(key)) is None:
        return profile
    if status is Status.CLAIMED and entry.state is EntryState.SUSPENDED:
        return replace(profile, status=Status.SUSPENDED, until_s=entry.until_s)
    rests = entry.state is EntryState.QUARANTINE and is_valid(entry.until_s, now_s)
    if status is Status.FREE and rests:
        return replace(profile, status=Status.QUARANTINE, until_s=entry.until_s)
    return profile


@lru_cache(maxsize=4096)
def _tree(apex: bytes, prefix: str) -> Apex:
    """Return the tree of an apex in wire form."""
    return Apex(dns.name.from_wire(apex, 0)[0], prefix)
