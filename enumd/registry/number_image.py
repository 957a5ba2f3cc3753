"""A number as the log says it: all that its rows say, so that it can be put back.

::

    nobody has touched it            {"state": "free"}
    a state that has not ended       {"state": "claimed", "claimed_s": …, "holder": …, …}
    one that has ended by itself     {"state": "free", "lapsed": {"state": "released", …}}

Columns without a value are left out, and so are lists without anything in them. Parties are named;
`recovery` and `hold` refer to hashes, which the log never says (see `secret_rows`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, aliased

from enumd.registry import secret_rows
from enumd.registry.changes import Json
from enumd.registry.lifecycle import STANDING, State, Stored, state_at, until_at
from enumd.registry.schema import EndpointRow, HoldRow, NumberRow, PartyRow

Image = dict[str, Json]

FREE: Final[dict[str, Json]] = {"state": State.FREE.value}
"""The image of a number nobody has touched."""

PLAIN: Final = (*("until_s", "claimed_s", "not_after_s", "free_s", "suspended_why", "ttl_s"),)
"""The columns whose values an image says as they are."""

_HOLDER, _REGISTRAR = aliased(PartyRow), aliased(PartyRow)


def describe(session: Session, row: NumberRow | None, now_s: float) -> Image:
    """Return the image of the number of *row* at *now_s*."""
    if row is None or not row.id:
        return dict(FREE)
    session.flush()
    return _Images(session, [row], now_s).describe(
        row, _name_of(session, row.holder_id), _name_of(session, row.registrar_id)
    )


def describe_all(session: Session, ids: Sequence[int], now_s: float) -> dict[int, Image]:
    """Return the images of the numbers with *ids* at *now_s*, by id."""
    query = (
        select(cast(Table, NumberRow.__table__), _HOLDER.name, _REGISTRAR.name)
        .outerjoin(_HOLDER, _HOLDER.id == NumberRow.holder_id)
        .outerjoin(_REGISTRAR, _REGISTRAR.id == NumberRow.registrar_id)
        .where(NumberRow.id.in_(ids))
    )
    session.flush()
    # Through the connection: the session would make an object of each row.
    rows = session.connection().execute(query).all()
    images = _Images(session, rows, now_s)
    return {row.id: images.describe(row, *row[-2:]) for row in rows}


def _name_of(session: Session, party_id: int | None) -> str | None:
    """Return what a party is called; one that has been looked at costs no question."""
    return None if party_id is None else session.get_one(PartyRow, party_id).name


class _Images:
    """The images of some rows, with what other tables say of them."""

    def __init__(self, session: Session, rows: Sequence[Any], now_s: float) -> None:
        self._now_s = now_s
        # Only a claim has endpoints, and holds are forgotten when somebody claims.
        self._endpoints = _endpoints(session, [each.id for each in rows if each.state in STANDING])
        self._holds = _holds(session, [each.id for each in rows if each.state == State.HELD])

    def describe(self, row: Any, holder: str | None, registrar: str | None) -> Image:
        """Return the image of the number of *row*."""
        said: Image = {
            **{name: getattr(row, name) for name in PLAIN},
            "holder": holder,
            "registrar": registrar,
            "recovery": secret_rows.refer(row.recovery),
            "hold": secret_rows.refer(row.hold_hash),
            "endpoints": self._endpoints.get(row.id),
            "holds": self._holds.get(row.id),
        }
        image: Image = {"state": row.state}
        image |= {name: value for name, value in said.items() if value is not None}
        stored = Stored(row.state, row.until_s, row.not_after_s, row.free_s)
        state = state_at(stored, self._now_s)
        if state == row.state:
            return image
        until_s = until_at(stored, self._now_s)
        ends: Image = {} if until_s is None else {"until_s": until_s}
        return {"state": state.value, **ends, "lapsed": image}


def _endpoints(session: Session, ids: Sequence[int]) -> dict[int, list[Json]]:
    """Return the endpoints of numbers in their order, by the number's id."""
    columns = (EndpointRow.number_id, EndpointRow.preference, EndpointRow.service, EndpointRow.uri)
    query = select(*columns).where(EndpointRow.number_id.in_(ids))
    found: dict[int, list[Json]] = defaultdict(list)
    if not ids:
        return found
    order = (EndpointRow.number_id, EndpointRow.preference, EndpointRow.position)
    for number_id, preference, service, uri in session.connection().execute(query.order_by(*order)):
        found[number_id].append([preference, service, uri])
    return found


def _holds(session: Session, ids: Sequence[int]) -> dict[int, list[Json]]:
    """Return who has held numbers since they were last claimed, by the number's id."""
    columns = (HoldRow.number_id, HoldRow.contact, HoldRow.until_s)
    query = select(*columns).where(HoldRow.number_id.in_(ids))
    found: dict[int, list[Json]] = defaultdict(list)
    if not ids:
        return found
    for number_id, contact, until_s in session.connection().execute(query.order_by(*columns[:2])):
        found[number_id].append([contact, until_s])
    return found
