"""The ENUM client's loop: from a number to everything its trees say of it (RFC 6116 section 5.2).

The loop does no I/O. It is a generator that yields the look-ups it needs and is sent what they
gave, so a blocking client, a Twisted one and a test drive the same code::

    steps = resolve(number, suffixes)
    lookup = next(steps)
    ...  lookup = steps.send(what the DNS said)  ...  StopIteration.value is the Resolution
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import dns.name

from enumd.core.apex import Apex
from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import Reason
from enumd.core.naptr_use import Judgement, judge
from enumd.core.number import Number
from enumd.core.telephone import Subscriber
from enumd.core.uri import Uri
from enumd.errors import BadOwnerName

MAX_CHAIN: Final = 5
"""RFC 6116 section 5.2.1: more non-terminals in a row than this are taken for a loop."""

MAX_REFERRALS: Final = 16
"""Non-terminals followed in one query. A chain alone bounds nothing: RRsets of 100 records that
each refer on would make 100**5 look-ups out of one."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question the loop wants answered: the NAPTRs at *owner*."""

    owner: dns.name.Name


@dataclass(frozen=True, slots=True)
class RecordsFound:
    """There are NAPTRs, in the order of the response (aliases already followed)."""

    naptrs: tuple[Naptr, ...]
    ttl_s: int


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists and has no NAPTR."""

    ttl_s: int = 0


@dataclass(frozen=True, slots=True)
class NxDomain:
    """The name does not exist."""

    ttl_s: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer that says anything: no server replied, or all of them refused."""

    why: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The loop itself decided against the look-up; never sent in."""

    why: str
    rule: str


LookupResult = RecordsFound | NoData | NxDomain | Failed


@dataclass(frozen=True, slots=True)
class EnumTarget:
    """One way to reach the holder, as a record gave it."""

    service: Enumservice
    uri: Uri
    order: int
    preference: int
    owner: dns.name.Name
    """Where the record stood."""
    ttl_s: int
    """How long this may be used without asking again: the least TTL on the way (RFC 3402 3.3)."""
    dipped: bool = False
    """It is a tel URI that leads back to the number asked for: pass it on with `enumdi`,
    or the next element asks again and the call goes in circles (RFC 4759 section 4.2.3)."""


@dataclass(frozen=True, slots=True)
class EnumStep:
    """One look-up, what it gave and what was made of each record, best record first."""

    owner: dns.name.Name
    result: LookupResult | Skipped
    judgements: tuple[Judgement, ...] = ()


class EnumOutcome(Enum):
    """How a query ended, over all trees."""

    FOUND = "found"
    FAILED = "failed"
    """Nothing was found and a look-up failed, so nothing is known."""
    UNUSABLE = "unusable"
    """There are records, and none of them can be used."""
    NODATA = "nodata"
    """The number exists and has no NAPTR: the call fails at once (RFC 5346 section 4.1.2)."""
    NXDOMAIN = "nxdomain"
    """No tree has the number: try the telephone network."""
    OUTSIDE = "outside"
    """None of the trees stands for such numbers; nothing was asked."""


@dataclass(frozen=True, slots=True)
class EnumResolution:
    """Everything a query found, and every step on the way."""

    number: Number
    targets: tuple[EnumTarget, ...]
    """The ways to reach the holder, the preferred one first (RFC 6116: all MAY be presented)."""
    trace: tuple[EnumStep, ...]
    outcome: EnumOutcome

    @property
    def telephone(self) -> Uri:
        """Return the number as the tel URI that sends the call to the telephone network.

        It says that ENUM was asked, as it must once the answer was NXDOMAIN (RFC 4759 4.2.2).
        """
        return Uri(f"tel:{Subscriber(str(self.number)).dipped()}")


Steps = Generator[Lookup, LookupResult, EnumResolution]
"""A query that is under way."""


def resolve_number(
    number: Number, suffixes: Sequence[Apex], services: Collection[Enumservice] | None = None
) -> Steps:
    """Ask the trees *suffixes* for *number*, one after the other until one has a usable record.

    *services* are the Enumservices that are of use, None for all; one without subtypes stands for
    all of its type.
    """
    query = _Query(number, services)
    for apex in suffixes:
        if not apex.covers(number):
            continue
        try:
            owner = apex.owner_name(number)
        except BadOwnerName as error:
            query.trace.append(EnumStep(apex.name, Failed(error.why)))
            continue
        targets = yield from query.follow(owner, None, 0)
        if targets:
            return EnumResolution(number, tuple(targets), tuple(query.trace), EnumOutcome.FOUND)
    return EnumResolution(number, (), tuple(query.trace), _outcome(query.trace))


@dataclass(slots=True)
class _Query:
    """What one query remembers."""

    number: Number
    services: Collection[Enumservice] | None
    trace: list[EnumStep] = field(default_factory=list)
    seen: set[dns.name.Name] = field(default_factory=set)
    referrals: int = 0

    def follow(
        self, owner: dns.name.Name, ttl_s: int | None, depth: int
    ) -> Generator[Lookup, LookupResult, list[EnumTarget]]:
        """Return the targets at *owner* and behind its non-terminals, in the order of records.

        RFC 6116 section 5.2.1: ORDER counts within one RRset only, so what a non-terminal leads to
        takes the place of the non-terminal; a failure there ends nothing but that record.
        """
        self.seen.add(owner)
        result = yield Lookup(owner)
        if not isinstance(result, RecordsFound):
            self.trace.append(EnumStep(owner, result))
            return []
        # sorted() is stable: equal records keep the order of the response.
        naptrs = sorted(result.naptrs, key=lambda naptr: (naptr.order, naptr.preference))
        judgements = tuple(self._judge(naptr) for naptr in naptrs)
        self.trace.append(EnumStep(owner, result, judgements))
        least_s = result.ttl_s if ttl_s is None else min(ttl_s, result.ttl_s)
        targets: list[EnumTarget] = []
        for judgement in judgements:
            targets += self._targets(judgement, owner, least_s)
            if judgement.referral is not None:
                targets += yield from self._refer(judgement.referral, least_s, depth)
        return targets

    def _refer(
        self, owner: dns.name.Name, ttl_s: int, depth: int
    ) -> Generator[Lookup, LookupResult, list[EnumTarget]]:
        """Return the targets behind a non-terminal, without a look-up where that could loop."""
        why = ""
        if owner in self.seen:
            why = "it was asked already in this query: a loop"
        elif depth == MAX_CHAIN:
            why = f"more than {MAX_CHAIN} non-terminals in a row"
        elif self.referrals == MAX_REFERRALS:
            why = f"more than {MAX_REFERRALS} non-terminals in one query"
        if why:
            self.trace.append(EnumStep(owner, Skipped(why, "C-14")))
            return []
        self.referrals += 1
        return (yield from self.follow(owner, ttl_s, depth + 1))

    def _judge(self, naptr: Naptr) -> Judgement:
        """Return what can be done with a record, Enumservices that are of no use left out."""
        judgement = judge(naptr, str(self.number))
        if self.services is None:
            return judgement
        uses = tuple(use for use in judgement.uses if _is_wanted(use.service, self.services))
        unwanted = tuple(
            Reason("C-10", f"{use.service} is not what was asked for")
            for use in judgement.uses
            if use not in uses
        )
        return Judgement(naptr, uses, judgement.referral, judgement.reasons + unwanted)

    def _targets(
        self, judgement: Judgement, owner: dns.name.Name, ttl_s: int
    ) -> Generator[EnumTarget, None, None]:
        """Yield a target for each use of a record."""
        naptr = judgement.naptr
        for use in judgement.uses:
            tel = Subscriber.of(use.uri)
            dipped = tel is not None and (tel.enum_dipped or tel.is_number(self.number))
            yield EnumTarget(
                use.service, use.uri, naptr.order, naptr.preference, owner, ttl_s, dipped
            )


def _is_wanted(service: Enumservice, wanted: Collection[Enumservice]) -> bool:
    """Tell whether *service* or its bare type is among the *wanted* ones."""
    return service in wanted or Enumservice(service.type) in wanted


def _outcome(trace: Sequence[EnumStep]) -> EnumOutcome:
    """Return how a query ended that found nothing to use."""
    results = {type(step.result) for step in trace}
    if Failed in results:
        return EnumOutcome.FAILED
    if RecordsFound in results:
        return EnumOutcome.UNUSABLE
    if NoData in results:
        return EnumOutcome.NODATA
    return EnumOutcome.NXDOMAIN if results else EnumOutcome.OUTSIDE
