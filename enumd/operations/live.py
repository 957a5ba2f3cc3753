"""Whether a change of a number is live: what is to be seen of it, and where.

What is measured is what a caller waits for: from the commit in the registry to the first answer of
the server that shows the change, over UDP, publishing included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import dns.message
import dns.name
import dns.rdatatype

from enumd.core.number import Number
from enumd.core.rrset import MAX_TTL_S
from enumd.core.serial import Serial
from enumd.net.listeners import Address
from enumd.operations.home import Home
from enumd.operations.performed import PublishReport
from enumd.registry import endpoints, numbers, zones
from enumd.registry.changes import Change
from enumd.serve import runfile


@dataclass(frozen=True, slots=True)
class Expected:
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


class Seen(NamedTuple):
    """What is to be seen of a number: NAPTRs, and the TTLs they may come with."""

    rdatas: frozenset[bytes]
    ttls: range


NOTHING: Final = Seen(frozenset(), range(0))


def expect(change: Change, number: Number, apex: dns.name.Name | None, before: Seen) -> Expected:
    """Return what is to be seen of *number* after what was done in *change*, *before* it what."""
    zone = zones.find_for(change.session, number, apex)
    seen = see(change, number, apex)
    return Expected(
        number=number,
        zone=zone.apex,
        owner=zone.tree.owner_name(number),
        serial=Serial(zone.serial),
        rdatas=seen.rdatas,
        remembered_s=before.ttls[-1] if before.rdatas else zone.absence_ttl_s,
        ttls=seen.ttls,
    )


def see(change: Change, number: Number, apex: dns.name.Name | None) -> Seen:
    """Return what *number* is to be published with, as things stand in *change*."""
    zone = zones.find_for(change.session, number, apex).tree.name
    record = numbers.show(change.session, number, change.now_s, zone)
    if not (record.in_zone and record.state.reachable):
        return NOTHING
    ways = endpoints.listing(change.session, number, change.now_s, zone)
    ttl_s = record.ttl_s or 0
    shortest_s = ttl_s if record.not_after_s is None else 0
    return Seen(frozenset(way.rdata() for way in ways), range(shortest_s, ttl_s + 1))


def serial_of(expected: Expected, published: Sequence[PublishReport]) -> Serial:
    """Return the serial a change is published under: publishing may have moved it on."""
    serials = {one.zone: one.to_serial for one in published}
    found = serials.get(expected.zone)
    return expected.serial if found is None else Serial(found)


def running_server(home: Home) -> Address | None:
    """Return where the server of *home* answers DNS; None where it does not."""
    running = runfile.running(home.path)
    if running is None or not running.addresses:  # it may serve SIP alone
        return None
    return running.addresses[0]
