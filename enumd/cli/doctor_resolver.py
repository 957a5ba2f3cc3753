"""What `enumd doctor` asks resolvers: whether they lead to the zones that are published here.

A server that nobody is sent to answers nobody. Who must find it differs (a private tree is found
by the one resolver of its proxies), so what is found is worth knowing and never ill. Only the SOA
of each apex is asked for: the names of numbers go to no resolver.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final, cast

import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
from dns.rdtypes.ANY.SOA import SOA

from enumd.cli.diagnosis import Diagnosis, odd, well
from enumd.cli.session import Session
from enumd.cli.spelling import counted
from enumd.core.rrset import RRType
from enumd.errors import EnumdError, IndexFault, ServiceError
from enumd.index.layout import Zone
from enumd.index.reader import IndexReader
from enumd.net.listeners import Address
from enumd.serve.enum import lookup as client

TIMEOUT_S: Final = 2.0
"""How long all resolvers together may take."""

_LEAD: Final = (
    "Nothing is wrong if nobody looks here. Else have the parent zone delegate it (NS), or that "
    "resolver ask this server (unbound: stub-zone)."
)


def resolvers(session: Session) -> Iterator[Diagnosis]:
    """Yield whether the resolver that this home asks leads to each zone published here."""
    heads = _read_heads(session)
    if not heads:
        return
    try:
        first = next(iter(client.servers_of(session.config.enum)), None)
        if first is None:
            first = client.system_servers()[0]
    except EnumdError as error:
        yield odd("resolver", str(error), error.advice)
        return
    until_s = time.monotonic() + TIMEOUT_S
    for place, head in enumerate(heads):
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            text = f"no time was left to ask {first} for {counted(len(heads) - place, 'zone')} more"
            yield odd("resolver", text, _LEAD)
            return
        yield _ask(first, head, left_s)


def _ask(resolver: Address, head: Zone, timeout_s: float) -> Diagnosis:
    """Return whether *resolver* leads to the zone of *head*."""
    apex = dns.name.from_wire(head.apex, 0)[0]
    try:
        reply = client.ask(resolver, apex, "SOA", timeout_s)
    except ServiceError as error:
        return odd("resolver", f"asked for {apex}: {error}", _LEAD)
    sets = [rrset for rrset in reply.answer if rrset.rdtype == dns.rdatatype.SOA]
    found = [soa for rrset in sets for soa in rrset]
    if reply.rcode() != dns.rcode.NOERROR or not found:
        said = dns.rcode.to_text(reply.rcode()) if reply.rcode() else "no SOA"
        return odd("resolver", f"{resolver} does not find {apex} ({said})", _LEAD)
    ours = _soa(head)
    if (found[0].mname, found[0].rname) != (ours.mname, ours.rname):
        text = (
            f"{resolver} leads elsewhere for {apex}: its primary server there is {found[0].mname}"
        )
        return odd("resolver", text, _LEAD)
    if found[0].serial != ours.serial:
        text = f"{resolver} knows serial {found[0].serial} of {apex}, published is {ours.serial}"
        remembers = f"It may remember that for {sets[0].ttl} s; a secondary may lag behind."
        return odd("resolver", text, remembers)
    return well("resolver", f"{resolver} leads to {apex} as published here, serial {ours.serial}")


def _soa(head: Zone) -> SOA:
    """Return the SOA of a published zone."""
    (octets,) = next(rrset.rdatas for rrset in head.rrsets if rrset.rrtype == RRType.SOA)
    return cast("SOA", dns.rdata.from_wire("IN", "SOA", octets, 0, len(octets)))


def _read_heads(session: Session) -> list[Zone]:
    """Return the heads of the zones published here; none where they cannot be read."""
    try:
        with IndexReader(session.config.index_path) as reader, reader.snapshot() as snapshot:
            return [view.zone for view in snapshot.zones.values()]
    except IndexFault:
        return []  # said by those who compare it
