"""What has changed in the registry since an import was decided.

An import is decided from one snapshot and written later, in another transaction. The change log
tells what happened in between, so only that has to be decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from enumd.registry import zones
from enumd.registry.schema import ChangeRow

_MOST: Final = 10_000
"""After so many changes it is quicker to decide everything again than to look at each of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the log of each zone has come, and who the importing party is."""

    serials: Mapping[int, int]
    """Serials by the ids of zones."""
    party_id: int | None


def read_standing(session: Session, party_id: int | None) -> Standing:
    """Return how far the log has come."""
    return Standing({zone.id: zone.serial for zone in zones.listing(session)}, party_id)


def find_touched(session: Session, before: Standing, now: Standing) -> set[str] | None:
    """Return the numbers something happened to between *before* and *now*.

    None where that does not tell everything: zones came, went or were changed, or pools, or records
    that may leave no room for numbers; or the importing party is another.
    """
    if before.party_id != now.party_id or before.serials.keys() != now.serials.keys():
        return None
    found: set[str] = set()
    for zone_id, serial in now.serials.items():
        if serial != before.serials[zone_id]:
            query = select(ChangeRow.digits).where(
                ChangeRow.zone_id == zone_id, _later(before.serials[zone_id], serial)
            )
            rows = list(session.scalars(query.limit(_MOST + 1)))
            if len(rows) > _MOST or None in rows:
                return None
            found.update(row for row in rows if row is not None)
    return found


def _later(before: int, now: int) -> ColumnElement[bool]:
    """Return what the serials from *before* to *now* are; they wrap (RFC 1982)."""
    later, known = ChangeRow.serial > before, ChangeRow.serial <= now
    return or_(later, known) if now < before else and_(later, known)
