"""The order of sources: what is known of a number, from our own index first, then over DNS.

::

    our index says                    then
    claimed, suspended, incomplete    that is it: the name is ours and it exists
    unreadable                        that is it: an index that may know better cannot be read
    delegated                         the tree that delegates it is asked over DNS, then the others
    free, quarantine, outside         the configured trees are asked over DNS, in their order

What another tree finds, or that it fails, goes before our "no such number"; where no tree has the
number our own answer stays, because it alone knows of a quarantine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, NamedTuple

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from enumd.core.apex import Apex
from enumd.core.ddds import EnumResolution
from enumd.core.number import Number
from enumd.index.reader import Snapshot
from enumd.net.log import event
from enumd.routing.profile import Profile, Status
from enumd.serve.enum.profiles import ABSENT, read_profile

Ask = Callable[[Number, Sequence[Apex]], EnumResolution | Deferred[EnumResolution]]
"""Asks trees for a number: `EnumClient.resolve`, or a client that blocks."""

_log: Final = logging.getLogger("enumd.serve")


class Finding(NamedTuple):
    """What is known of a number, and where that is from."""

    entry: Profile
    """What a decision is to be made on."""
    ours: Profile
    """What our own index says."""
    resolution: EnumResolution | None = None
    """What other trees said; None where they were not asked."""


class Finder:
    """Finds what is known of numbers."""

    def __init__(
        self,
        published: AbstractContextManager[Snapshot | None],
        trees: Sequence[Apex],
        ask: Ask,
    ) -> None:
        """Read *published*, a `Directory` or a snapshot; then *ask* for numbers in *trees*."""
        self._published = published
        self._trees = tuple(trees)
        self._ask = ask

    def find(
        self, number: Number, now_s: float, *, dipped: bool = False
    ) -> Profile | Deferred[Profile]:
        """Return what is known of *number*: at once, or when the DNS has told; it never fails.

        *dipped* says that whoever sends the call has asked ENUM (`enumdi`): it SHOULD NOT be asked
        again (RFC 4759 section 4.2.1), so our own index is all there is.
        """
        finding = self.seek(number, now_s, dipped=dipped)
        if isinstance(finding, Deferred):
            return finding.addCallback(_entry)
        return finding.entry

    def seek(
        self, number: Number, now_s: float, *, dipped: bool = False
    ) -> Finding | Deferred[Finding]:
        """Return what `find` does, and where it is from."""
        with self._published as snapshot:
            ours = read_profile(number, snapshot, int(now_s))
        trees = () if dipped else self._onward(ours)
        if not trees:
            return Finding(ours, ours)
        told = self._ask(number, trees)
        if isinstance(told, Deferred):
            return told.addCallbacks(partial(_together, ours), partial(_failed, ours))
        return _together(ours, told)

    def _onward(self, ours: Profile) -> tuple[Apex, ...]:
        """Return the trees to ask when our own index says *ours*."""
        if ours.status is Status.DELEGATED and ours.tree is not None:
            return ours.tree, *(tree for tree in self._trees if tree != ours.tree)
        return self._trees if ours.status in ABSENT else ()


def _entry(finding: Finding) -> Profile:
    """Return the entry alone."""
    return finding.entry


def _together(ours: Profile, resolution: EnumResolution) -> Finding:
    """Return what our index and the other trees say together."""
    theirs = Profile.resolved(resolution)
    # "Outside" of the trees that were asked is no more than our own index knew.
    nobody = theirs.status is Status.OUTSIDE or (
        theirs.status is Status.FREE and ours.status is Status.QUARANTINE
    )
    return Finding(ours if nobody else theirs, ours, resolution)


def _failed(ours: Profile, failure: Failure) -> Finding:
    """Return that nothing is known, because asking ended in a *failure* of our own."""
    if not failure.check(CancelledError):
        _log.error(event("lookup-failed", number=ours.number, why=failure.value))
    return Finding(Profile(ours.number, Status.UNANSWERED), ours)
