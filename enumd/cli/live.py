"""Commit a change of a number, publish it, and ask the running server whether it is live.

What is measured is what a caller waits for: from the commit in the registry to the first answer of
the server that shows the change, over UDP, publishing included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from enumd.cli.arguments import zone_name
from enumd.cli.output import Record
from enumd.cli.session import Committed, Session
from enumd.core.rrset import MAX_TTL_S
from enumd.core.serial import Serial
from enumd.errors import ServiceError

if TYPE_CHECKING:
    import dns.message
    import dns.name

    from enumd.core.number import Number
    from enumd.net.listeners import Address
    from enumd.registry.changes import Change

T = TypeVar("T")

DEADLINE_S: Final = 2.0
"""How long a change may take to be live before we say that it is not."""

_ASK_AGAIN_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Place:
    """What the server must answer for a number once its change is live."""

    number: Number
    zone: str
    owner: dns.name.Name
    serial: Serial
    rdatas: frozenset[bytes]
    """The NAPTRs; none where the number is not there, silenced, or without endpoints."""
    remembered_s: int
    """How long a resolver that asked just before may remember what was."""
    ttls: range = range(MAX_TTL_S + 1)
    """The TTLs the NAPTRs may come with; that of a claim that ends grows shorter."""

    def shown_by(self, response: dns.message.Message) -> bool:
        """Tell whether *response* is what the change makes of the answer."""
        import dns.rdatatype

        if self.rdatas:
            found = [one for rrset in response.answer for one in rrset]
            in_time = all(rrset.ttl in self.ttls for rrset in response.answer)
            return in_time and self.rdatas == {one.to_wire() for one in found}
        # A negative answer quotes the SOA, and with it the serial (RFC 2308 section 3).
        serials = [
            Serial(soa.serial)
            for rrset in response.authority
            if rrset.rdtype == dns.rdatatype.SOA
            for soa in rrset
        ]
        return bool(serials) and not self.serial.newer_than(serials[0])


@dataclass(frozen=True, slots=True)
class Live(Generic[T]):
    """A change that is committed and published, and what the running server says of it."""

    value: T
    place: Place
    server: Address | None
    """The server that was asked; None where none is running."""
    took_ms: float | None
    """From commit to live; None where nobody was asked or it did not become live."""

    def fields(self) -> Record:
        """Return the serial and the measurement as plain values."""
        server = str(self.server) if self.server else None
        return {
            "zone": self.place.zone,
            "serial": self.place.serial.value,
            "live": {"server": server, "ms": self.took_ms},
        }

    def lines(self) -> list[str]:
        """Return the same as a person reads it; nothing where no server is running."""
        if self.server is None:
            return [f"serial    {self.place.serial}"]
        if self.took_ms is None:
            return [f"not live  on {self.server}, serial {self.place.serial}"]
        remembered = f"resolvers that asked before may remember {self.place.remembered_s} s"
        return [
            f"live in {self.took_ms:.1f} ms on {self.server}, serial {self.place.serial}",
            f"          ({remembered})",
        ]


def commit(
    session: Session,
    work: Callable[[Change], T],
    number: Number | Callable[[T], Number],
    apex: str | None = None,
) -> Live[T]:
    """Do *work* on *number* in one transaction, publish it, and ask the running server for it.

    Where *work* picks the number itself, *number* tells it from what *work* returned.
    """
    server = _running_server(session)
    if server is None:
        session.output.note("no server is running; start one: enumd serve")

    def placed(change: Change) -> tuple[T, Place]:
        before = _NOTHING if callable(number) else _seen(change, number, apex)
        value = work(change)
        changed = number(value) if callable(number) else number
        return value, _place(change, changed, apex, before)

    done: Committed[tuple[T, Place]] = session.commit(placed)
    value, place = done.value
    place = replace(place, serial=_serial_of(done, place))
    took_ms = None
    if server and session.trouble is None:
        took_ms = _ask_until_live(server, place, done.committed_s)
        if took_ms is None:
            session.trouble = _not_live(place, server)
    return Live(value, place, server, took_ms)


def serial_line(done: Committed[Any], zone: str) -> str:
    """Return the serial a change of *zone* was published under, as a person reads it."""
    serials = {one.apex: one.to_serial for one in done.published}
    return f"serial    {serials[zone]}" if zone in serials else "serial    unchanged"


def _not_live(place: Place, server: Address) -> ServiceError:
    """Return the error of a server that does not show a change in time."""
    why = f"{server} does not show the change of {place.number} after {DEADLINE_S:.0f} s"
    return ServiceError(why).advise(
        "The change is committed and published, do not repeat it. See `enumd doctor`, and whether "
        "the server is overloaded, stopped, or serves another home."
    )


def _serial_of(done: Committed[Any], place: Place) -> Serial:
    """Return the serial a change is published under: publishing may have moved it on."""
    serials = {one.apex: one.to_serial for one in done.published}
    found = serials.get(place.zone)
    return place.serial if found is None else Serial(found)


def _running_server(session: Session) -> Address | None:
    """Return where the server of this home answers, with all made ready that asking it takes."""
    from enumd.serve import runfile

    running = runfile.running(session.home)
    if running is None or not running.addresses:  # it may serve SIP alone
        return None
    # Imported now, so that the time it takes is not counted as the time the change takes.
    import enumd.serve.enum.lookup  # noqa: F401

    return running.addresses[0]


class _Seen(NamedTuple):
    """What is to be seen of a number: NAPTRs, and the TTLs they may come with."""

    rdatas: frozenset[bytes]
    ttls: range


_NOTHING: Final = _Seen(frozenset(), range(0))


def _place(change: Change, number: Number, apex: str | None, before: _Seen) -> Place:
    """Return what is to be seen of *number* after what was done in *change*, *before* it what."""
    from enumd.registry import zones

    zone = zones.find_for(change.session, number, zone_name(apex))
    seen = _seen(change, number, apex)
    return Place(
        number=number,
        zone=zone.apex,
        owner=zone.tree.owner_name(number),
        serial=Serial(zone.serial),
        rdatas=seen.rdatas,
        remembered_s=before.ttls[-1] if before.rdatas else zone.absence_ttl_s,
        ttls=seen.ttls,
    )


def _seen(change: Change, number: Number, apex: str | None) -> _Seen:
    """Return what *number* is to be published with, as things stand in *change*."""
    from enumd.registry import endpoints, numbers, zones

    zone = zones.find_for(change.session, number, zone_name(apex)).tree.name
    record = numbers.show(change.session, number, change.now_s, zone)
    if not (record.in_zone and record.state.reachable):
        return _NOTHING
    ways = endpoints.listing(change.session, number, zone)
    ttl_s = record.ttl_s or 0
    shortest_s = ttl_s if record.not_after_s is None else 0
    return _Seen(frozenset(way.rdata() for way in ways), range(shortest_s, ttl_s + 1))


def _ask_until_live(server: Address, place: Place, committed_s: float) -> float | None:
    """Return the milliseconds from the commit until *server* shows the change, or None."""
    import dns.rdatatype

    from enumd.serve.enum.lookup import ask

    while (left_s := committed_s + DEADLINE_S - time.perf_counter()) > 0:
        with suppress(ServiceError):  # silent for now; it may be starting again
            if place.shown_by(ask(server, place.owner, dns.rdatatype.NAPTR, left_s)):
                return round(1000 * (time.perf_counter() - committed_s), 1)
        time.sleep(_ASK_AGAIN_S)
    return None
