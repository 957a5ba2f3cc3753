"""Numbers that a cut or an alias of their zone hides, and records that would hide one.

What hides what is told by `occlusion`; here the database is asked.
"""

from __future__ import annotations

import re
from typing import Final

import dns.name
from sqlalchemy import select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.core.rrset import RRType
from enumd.errors import Conflict
from enumd.registry.lifecycle_sql import is_standing
from enumd.registry.occlusion import EXCLUSIVE, occlusion_of
from enumd.registry.schema import APEX_OWNER, NumberRow, RecordRow, ZoneRow
from enumd.registry.search import Span

_NUMERIC: Final = re.compile(r"[0-9](\.[0-9])*", re.ASCII)
"""An owner, relative to the apex, whose labels are single digits."""


def refuse_hidden_number(session: Session, zone: ZoneRow, number: Number) -> None:
    """Raise Conflict where a cut or an alias of *zone* would hide *number*."""
    digits = zone.tree.labels(number)
    owners = {_owner(digits[:end]): end for end in range(len(digits) + 1)}
    query = select(RecordRow.owner, RecordRow.rrtype).where(
        RecordRow.zone_id == zone.id,
        RecordRow.owner.in_(owners),
        RecordRow.rrtype.in_(EXCLUSIVE),
    )
    for owner, rrtype in session.execute(query):
        hidden = occlusion_of(rrtype, at_apex=owner == APEX_OWNER)
        if hidden.own if owners[owner] == len(digits) else hidden.below:
            kind = RRType(rrtype).name
            raise Conflict(
                f"{number} is not ours to give out: {zone.apex} has {kind} at {owner}"
            ).advise("Choose another number, or take the record out first: `enumd record list`.")


def find_visible(session: Session, zone: ZoneRow, span: Span) -> list[Span]:
    """Return the parts of *span* that no cut and no alias of *zone* hides, in order."""
    parts, start = [], int(span.first)
    for first, last in _hidden(session, zone, span):
        if start < first:
            parts.append(span.between(start, first - 1))
        start = max(start, last + 1)
    if start <= int(span.last):
        parts.append(span.between(start, int(span.last)))
    return parts


def _hidden(session: Session, zone: ZoneRow, span: Span) -> list[tuple[int, int]]:
    """Return the first and last of the numbers as long as those of *span* that are hidden."""
    query = select(RecordRow.owner, RecordRow.rrtype).where(
        RecordRow.zone_id == zone.id, RecordRow.rrtype.in_(EXCLUSIVE)
    )
    found = []
    for owner, rrtype in session.execute(query):
        at_apex = owner == APEX_OWNER
        if not at_apex and not _NUMERIC.fullmatch(owner):
            continue
        hidden = occlusion_of(rrtype, at_apex=at_apex)
        whole = zone.prefix + owner.strip(APEX_OWNER).replace(".", "")[::-1]
        room = span.length - len(whole)
        if (room == 0 and hidden.own) or (room > 0 and hidden.below):
            found.append((int(whole + "0" * room), int(whole + "9" * room)))
    return sorted(each for each in found if each[1] >= int(span.first))


def refuse_hiding_record(
    session: Session, zone: ZoneRow, owner: dns.name.Name, rrtype: int, now_s: int
) -> None:
    """Raise Conflict where a record of that type at *owner* would hide a number claimed now."""
    digits = zone.tree.digits(owner)
    hidden = None if digits is None else find_hidden_number(session, zone, digits, rrtype, now_s)
    if hidden is not None:
        raise Conflict(
            f"{RRType(rrtype).name} at {owner} would hide +{hidden}, which is claimed"
        ).advise(
            f"Choose another name, or have the number released first: enumd number show +{hidden}"
        )


def find_hidden_number(
    session: Session, zone: ZoneRow, digits: str, rrtype: int, now_s: int
) -> str | None:
    """Return a number, claimed at *now_s*, that a record of that type would hide, or None.

    *digits* are those the record's name has below the apex, "" for the apex itself; a name that is
    not made of digits alone, or begins with `*`, hides nothing.
    """
    own, below = occlusion_of(rrtype, at_apex=not digits)
    if not (own or below) or not (digits.isdigit() or not digits):
        return None
    whole = zone.prefix + digits
    first = NumberRow.digits >= whole if own else NumberRow.digits > whole
    last = NumberRow.digits < whole + "~" if below else NumberRow.digits <= whole  # ~ is after 9
    here = NumberRow.zone_id == zone.id
    query = select(NumberRow.digits).where(here, first, last, is_standing(now_s))
    return session.scalar(query.order_by(NumberRow.digits).limit(1))


def _owner(digits: str) -> str:
    """Return the owner, relative to the apex, of a name made of *digits*."""
    return ".".join(reversed(digits)) or APEX_OWNER
