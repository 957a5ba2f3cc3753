"""A number as a person reads it."""

from __future__ import annotations

from enumd.cli.spelling import grouped, local_time
from enumd.operations.number import NumberCard
from enumd.operations.times import seconds


def card(number: NumberCard) -> list[str]:
    """Return a number as a person reads it."""
    facts = {
        "holder": number.holder,
        "since": _moment(number.claimed),
        "until": _moment(number.until),
        "ends": _moment(number.not_after),
        "why": number.suspended_why,
        "ttl": f"{number.ttl_s} s" if number.has_own_ttl else None,
        "pool": number.pool,
        "name": number.owner_name,
    }
    lines = [f"{grouped(number.number)}  {number.state}"]
    lines += [f"  {name:<8}{value}" for name, value in facts.items() if value]
    lines += [f"  {way.preference:<8}{way.service:<14}{way.uri}" for way in number.endpoints]
    if not number.endpoints and number.state == "claimed":
        lines.append(f"  next    enumd endpoint add {number.number} sip:YOU@YOUR-PROVIDER")
    if number.state == "free" and number.pool:
        lines.append(f"  next    enumd number claim {number.number} --holder YOUR-MAIL")
    return lines


def _moment(at: str | None) -> str | None:
    """Return a moment on this machine's clock."""
    return local_time(seconds(at)) if at else None
