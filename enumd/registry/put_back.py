"""Things as an image of the log says them, put back into their rows.

One kind each: how it is now, what of an image its rows keep, and how it becomes what an image says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from enumd.core.number import Number
from enumd.errors import Conflict
from enumd.registry import number_image, number_row, pools, records, secret_rows, zones
from enumd.registry.changes import Change
from enumd.registry.schema import (
    EndpointRow,
    HoldRow,
    NumberRow,
    PartyRow,
    PoolRow,
    RecordRow,
    ZoneRow,
)

Image = dict[str, Any]
"""An image as JSON gives it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of the log belongs."""

    change: Change
    zone: ZoneRow | None
    digits: str | None
    owner: str | None

    @property
    def session(self) -> Session:
        """Return the session all this runs in."""
        return self.change.session


class Kind(Protocol):
    """How one kind of thing is put back."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        """Return the image of the thing as it is now, None where there is none."""

    def keeps(self, image: Image | None) -> Image | None:
        """Return what the rows of a thing with that *image* say; None where it has none."""

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        """Make the thing what *image* says, which is another than *present*."""


class _Number:
    """A number with its endpoints and holds."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        row = self._row(place)
        return number_image.describe(place.session, row, place.change.now_s)

    def keeps(self, image: Image | None) -> Image | None:
        stored = (image or {}).get("lapsed", image)
        if not stored or stored["state"] == "free":
            return None
        return {name: value for name, value in stored.items() if name != "by"}

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        row, session = self._row(place), place.session
        if row is not None:
            secret_rows.keep(session, row.recovery)
            secret_rows.keep(session, row.hold_hash)
            for gone in (EndpointRow, HoldRow):
                session.execute(delete(gone).where(gone.number_id == row.id))
        if image is None:
            session.delete(_there(row))
        else:
            row = row or NumberRow(zone_id=_there(place.zone).id, digits=place.digits)
            session.add(_fill(session, row, image))
            session.flush()
            _add_rows(session, row.id, image)
        session.flush()

    def _row(self, place: Place) -> NumberRow | None:
        return number_row.find(place.session, _there(place.zone), Number(place.digits or ""))


def _fill(session: Session, row: NumberRow, image: Image) -> NumberRow:
    """Let *row* say what *image* says of its columns."""
    recovery = secret_rows.recall(session, image.get("recovery"))
    hold_hash = secret_rows.recall(session, image.get("hold"))
    if "hold" in image and hold_hash is None:
        raise Conflict(
            f"the hold on +{row.digits} cannot come back: its token has been erased"
        ).advise("Whoever held it may hold it anew: `enumd number hold`. Nothing was changed.")
    # All questions come before the first column: half of a change would break the table's rules.
    parties = [_party_id(session, image.get(role)) for role in ("holder", "registrar")]
    row.holder_id, row.registrar_id = parties
    row.state, row.hold_hash = image["state"], hold_hash
    row.recovery = None if recovery is None else recovery.decode()
    for name in number_image.PLAIN:
        setattr(row, name, image.get(name))
    return row


def _add_rows(session: Session, number_id: int, image: Image) -> None:
    """Add the endpoints and holds that *image* says."""
    for position, (preference, service, uri) in enumerate(image.get("endpoints", ())):
        endpoint = EndpointRow(number_id=number_id, preference=preference, position=position)
        endpoint.service, endpoint.uri = service, uri
        session.add(endpoint)
    for contact, until_s in image.get("holds", ()):
        session.add(HoldRow(number_id=number_id, contact=contact, until_s=until_s))


def _party_id(session: Session, name: str | None) -> int | None:
    """Return the id of the party called *name*."""
    if name is None:
        return None
    found = session.scalar(select(PartyRow.id).where(PartyRow.name == name))
    if found is None:
        raise Conflict(
            f"there is no party called {name!r} any more, to whom it would go back"
        ).advise(f"Add them first: `enumd party add {name}`. Nothing was changed.")
    return found


class _Whole:
    """A thing whose image says all of it as it is."""

    def keeps(self, image: Image | None) -> Image | None:
        return image


class _Party(_Whole):
    """A party: somebody."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        row = self._row(place, after or before)
        names = ("kind", "name", "contact", "created_s")
        return None if row is None else {name: getattr(row, name) for name in names}

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        if image is None:
            place.session.delete(_there(self._row(place, present)))
        else:
            place.session.add(_set(self._row(place, present) or PartyRow(), image))
        place.session.flush()

    def _row(self, place: Place, image: Image | None) -> PartyRow | None:
        name = (image or {}).get("name")
        return place.session.scalar(select(PartyRow).where(PartyRow.name == name))


class _Pool(_Whole):
    """A pool of numbers."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        row = self._row(place, after or before)
        return None if row is None else pools.image(row)

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        if image is None:
            place.session.delete(_there(self._row(place, present)))
        else:
            row = self._row(place, present) or PoolRow(zone_id=_there(place.zone).id)
            place.session.add(_set(row, image))
        place.session.flush()

    def _row(self, place: Place, image: Image | None) -> PoolRow | None:
        name = (image or {}).get("name")
        return place.session.scalar(select(PoolRow).where(PoolRow.name == name))


class _Record(_Whole):
    """The records of one type at one owner."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        rrtype = records.read_image(_there(after or before)).rrtype
        here = records.at(place.session, _there(place.zone), _there(place.owner))
        found = next((rrset for rrset in here if rrset.rrtype == rrtype), None)
        return None if found is None else records.image(found)

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        rrset = records.read_image(_there(image or present))
        zone_id, owner = _there(place.zone).id, _there(place.owner)
        here = (RecordRow.zone_id == zone_id, RecordRow.owner == owner)
        place.session.execute(delete(RecordRow).where(*here, RecordRow.rrtype == rrset.rrtype))
        for position, rdata in enumerate(rrset.rdatas if image else ()):
            row = RecordRow(zone_id=zone_id, owner=owner, rrtype=rrset.rrtype, position=position)
            row.ttl_s, row.rdata = rrset.ttl_s, rdata
            place.session.add(row)
        place.session.flush()


class _Zone(_Whole):
    """A zone, which stays in its table for good: the log refers to it."""

    def present(self, place: Place, before: Image | None, after: Image | None) -> Image | None:
        return zones.image(_there(place.zone))

    def put(self, place: Place, image: Image | None, present: Image | None) -> None:
        zone = _there(place.zone)
        zone.removed_s = place.change.now_s if image is None else None
        _set(zone, image or {})
        place.session.flush()


def _set(row: T, image: Image) -> T:
    """Let the columns of *row* be what *image* says."""
    for name, value in image.items():
        setattr(row, name, value)
    return row


def _there(value: T | None) -> T:
    """Return *value*, which the log cannot lack."""
    assert value is not None
    return value


KINDS: Final[dict[str, Kind]] = {
    "number": _Number(),
    "endpoint": _Number(),
    "party": _Party(),
    "pool": _Pool(),
    "record": _Record(),
    "zone": _Zone(),
}
"""Kinds of things by the first word of an action."""
