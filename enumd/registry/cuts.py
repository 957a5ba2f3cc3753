"""Cuts and aliases against numbers: what would hide a number, or be hidden by it.

Below a delegation (NS) or a DNAME nothing of ours may be answered, and a CNAME stands alone at its
name (RFC 1034 sections 4.2.1 and 3.6.2, RFC 6672 section 2.4). So no number is claimed where one
of them stands at or above its name, and none is put where a number is claimed at or below it:
the servers may then take a number they find for one they may answer.
"""

from __future__ import annotations

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.core.rrset import RRType
from enumd.errors import Conflict
from enumd.registry.lifecycle import State
from enumd.registry.schema import APEX_OWNER, NumberRow, RecordRow, ZoneRow

_CUTS = (int(RRType.NS), int(RRType.DNAME))
_CNAME = int(RRType.CNAME)


def refuse_hidden_number(session: Session, zone: ZoneRow, number: Number) -> None:
    """Raise Conflict where a cut or an alias of *zone* would hide *number*."""
    digits = zone.tree.labels(number)
    owners = {_owner(digits[:end]): end for end in range(1, len(digits) + 1)}
    query = select(RecordRow.owner, RecordRow.rrtype).where(
        RecordRow.zone_id == zone.id,
        RecordRow.owner.in_([APEX_OWNER, *owners]),
        RecordRow.rrtype.in_([*_CUTS, _CNAME]),
    )
    for owner, rrtype in session.execute(query):
        own = owners.get(owner) == len(digits)
        hides = own if rrtype == _CNAME else owner != APEX_OWNER or rrtype == RRType.DNAME
        if hides:
            kind = RRType(rrtype).name
            raise Conflict(f"{number} is not ours to give out: {zone.apex} has {kind} at {owner}")


def refuse_hiding_record(
    session: Session, zone: ZoneRow, owner: dns.name.Name, rrtype: int
) -> None:
    """Raise Conflict where a record of that type at *owner* would hide a claimed number."""
    digits = zone.tree.digits(owner)
    if digits is None or rrtype not in (*_CUTS, _CNAME) or (not digits and rrtype == RRType.NS):
        return
    whole = zone.prefix + digits
    below = (NumberRow.digits >= whole, NumberRow.digits < whole + "~")  # after every digit
    standing = NumberRow.state.in_((State.CLAIMED.value, State.SUSPENDED.value))
    here = (NumberRow.digits == whole,) if rrtype == _CNAME else below
    query = select(NumberRow.digits).where(NumberRow.zone_id == zone.id, *here, standing)
    hidden = session.scalar(query.order_by(NumberRow.digits).limit(1))
    if hidden is not None:
        raise Conflict(f"{RRType(rrtype).name} at {owner} would hide +{hidden}, which is claimed")


def _owner(digits: str) -> str:
    """Return the owner, relative to the apex, of a name made of *digits*."""
    return ".".join(reversed(digits))
