"""A number as a person reads it, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enumd.cli.output import Record
from enumd.cli.spelling import grouped, local_time, timestamp

if TYPE_CHECKING:
    from enumd.core.endpoint import Endpoint
    from enumd.registry.number_row import NumberRecord
    from enumd.registry.numbers import Claim


def record_fields(record: NumberRecord) -> dict[str, object]:
    """Return what the registry knows of a number as plain values."""
    return {
        "number": str(record.number),
        "state": record.state.value,
        "zone": record.zone,
        "pool": record.pool,
        "in_zone": record.in_zone,
        "holder": record.holder,
        "registrar": record.registrar,
        "claimed": timestamp(record.claimed_s),
        "until": timestamp(record.until_s),
        "not_after": timestamp(record.not_after_s),
        "suspended_why": record.suspended_why,
        "ttl_s": record.ttl_s,
    }


def claim_fields(claimed: Claim) -> dict[str, object]:
    """Return a claim as plain values."""
    return {
        "number": str(claimed.number),
        "holder": claimed.holder,
        "recovery_code": claimed.recovery_code,
        "not_after": timestamp(claimed.not_after_s),
    }


def endpoint_fields(way: Endpoint) -> dict[str, object]:
    """Return an endpoint as plain values."""
    return {"preference": way.preference, "service": str(way.service), "uri": str(way.uri)}


def card(record: NumberRecord, fields: Record) -> list[str]:
    """Return a number as a person reads it."""
    facts = {
        "holder": record.holder,
        "since": record.claimed_s and local_time(record.claimed_s),
        "until": record.until_s and local_time(record.until_s),
        "ends": record.not_after_s and local_time(record.not_after_s),
        "why": record.suspended_why,
        "ttl": f"{record.ttl_s} s" if record.has_own_ttl else None,
        "pool": record.pool,
        "name": fields["owner_name"],
    }
    lines = [f"{grouped(str(record.number))}  {record.state}"]
    lines += [f"  {name:<8}{value}" for name, value in facts.items() if value]
    ways = fields["endpoints"]
    lines += [f"  {way['preference']:<8}{way['service']:<14}{way['uri']}" for way in ways]
    if not ways and record.state.reachable:
        lines.append(f"  next    enumd endpoint add {record.number} sip:YOU@YOUR-PROVIDER")
    if record.state == "free" and record.pool:
        lines.append(f"  next    enumd number claim {record.number} --holder YOUR-MAIL")
    return lines
