"""Where a call goes: `decide`, and the values it gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from operator import itemgetter
from typing import Final, NamedTuple

from enumd.core.validity import is_valid
from enumd.routing.context import Context, Purpose
from enumd.routing.profile import Profile, Route, Status
from enumd.routing.rules import ASKED, RULES, TELEPHONY, scheme_of


class Verdict(Enum):
    """What becomes of the call."""

    REDIRECT = "redirect"
    NOT_FOUND = "not found"
    GONE = "gone"
    UNAVAILABLE = "unavailable"
    INCOMPLETE = "incomplete"
    UNANSWERED = "unanswered"
    BROKEN = "broken"


class Target(NamedTuple):
    """One place to try."""

    uri: str
    q_percent: int
    """Its rank: the same for the same order and preference, lower for a later one."""
    route: Route


class Step(NamedTuple):
    """What one rule did to one URI, or to the whole call where *uri* is empty, and why."""

    rule: str
    uri: str
    became: str | None
    """The URI it went on with, or None when that was its end."""
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a call goes, and every rule that took part, in order."""

    verdict: Verdict
    targets: tuple[Target, ...]
    steps: tuple[Step, ...]
    retry_after_s: int | None = None
    """After how many seconds another try may succeed, where that is known."""


def decide(entry: Profile, context: Context) -> Decision:
    """Return where a call for the number of *entry* goes: the targets in order, and why.

    The URIs in the order of DNS (order, then preference) are the targets in the order of q, but
    for those of schemes that nobody said the peer takes: they come last.
    """
    verdict, why, retry_after_s = _standing(entry, int(context.now_s))
    if verdict is not Verdict.REDIRECT:
        return Decision(verdict, (), (Step("status", "", None, why),), retry_after_s)
    steps = [Step("status", "", "", why)]
    taken: list[str] = []
    targets: list[Target] = []
    q_percent, place = 100, None
    for its_place, route in _in_order(entry.routes, context.policy.last):
        if (uri := _pass(route, taken, context, steps)) is not None:
            # 0.99 for the first place and 0.01 less for every later one, as Kamailio and ClearIP
            # count; equal places are equally good (RFC 3261 section 20.10).
            if its_place != place:
                q_percent, place = q_percent - 1, its_place
            taken.append(uri)
            targets.append(Target(uri, q_percent, route))
    if not targets:
        # RFC 3261 section 8.3: when the Request-URI is all there is, the answer is 404.
        asked = any(step.rule == ASKED for step in steps)
        steps.append(Step("targets", "", None, _why_none(steps, context.purpose)))
        verdict = Verdict.NOT_FOUND if asked else Verdict.UNAVAILABLE
    return Decision(verdict, tuple(targets), tuple(steps))


def _in_order(
    routes: Iterable[Route], last: tuple[str, ...]
) -> list[tuple[tuple[bool, int, int], Route]]:
    """Return routes with their places, in order (RFC 3403 section 4.1).

    Those whose URIs begin with one of *last* come after all others.
    """
    placed = [
        ((route.uri.lower().startswith(last), route.order, route.preference), route)
        for route in routes
    ]
    return sorted(placed, key=_place)


_place: Final = itemgetter(0)


def _why_none(steps: list[Step], purpose: Purpose) -> str:
    """Return why there is no target, after these *steps*."""
    why = f"it has no way to take {purpose.value}"
    left_out = [step for step in steps if step.uri and step.became is None]
    if any(step.rule == ASKED for step in left_out):
        return f"{why} but the one the request came for"
    if any(step.rule != "service" and scheme_of(step.uri) in TELEPHONY for step in left_out):
        return f"{why} that this peer can use"
    return why


_ENDINGS: Final = {
    Status.SUSPENDED: (Verdict.UNAVAILABLE, "the number is suspended"),
    Status.FREE: (Verdict.NOT_FOUND, "nobody holds the number"),
    Status.INCOMPLETE: (Verdict.INCOMPLETE, "longer numbers begin with these digits"),
    Status.OUTSIDE: (Verdict.NOT_FOUND, "no tree here stands for the number"),
    Status.DELEGATED: (Verdict.NOT_FOUND, "others hold the number and have not been asked"),
    Status.UNANSWERED: (Verdict.UNANSWERED, "a tree that may know the number does not answer"),
    Status.UNREADABLE: (Verdict.BROKEN, "the index cannot be read"),
}


def _standing(entry: Profile, now_s: int) -> tuple[Verdict, str, int | None]:
    """Return what becomes of a call by what the number is: REDIRECT to look at its routes."""
    status, left_s = entry.status, entry.until_s - now_s
    if status is Status.CLAIMED:
        if entry.not_after_s and not is_valid(entry.not_after_s, now_s):
            return Verdict.NOT_FOUND, "what was published is past its last second", None
        return Verdict.REDIRECT, "the number is claimed", None
    if status is Status.QUARANTINE:
        if entry.until_s and left_s <= 0:
            return Verdict.NOT_FOUND, "nobody holds the number; its quarantine is over", None
        return Verdict.GONE, "the number was given up and rests", None
    verdict, why = _ENDINGS[status]
    known = status is Status.SUSPENDED and left_s > 0
    return verdict, why, left_s if known else None


def _pass(route: Route, taken: list[str], context: Context, steps: list[Step]) -> str | None:
    """Return the URI *route* leads to when all rules had their say, or None."""
    uri, scheme = route.uri, scheme_of(route.uri)
    for name, judge in RULES:
        if (ruling := judge(uri, scheme, route, taken, context)) is not None:
            steps.append(Step(name, uri, *ruling))
            if ruling.uri is None:
                return None
            uri, scheme = ruling.uri, scheme_of(ruling.uri)
    return uri
