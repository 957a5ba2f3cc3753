"""The records of a zone that no number's endpoints make: NS, glue, TXT, wildcards, delegations.

An RRset is the unit: it is put whole and removed whole. The SOA is none of them, it follows from
the zone's row. Owners are written relative to the apex, in lower case, `@` for the apex itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from enumd.core.apex import parse_name
from enumd.core.naptr import Naptr
from enumd.core.naptr_rules import naptr_reasons
from enumd.core.rrset import RRset, RRType
from enumd.errors import BadNaptr, BadOwnerName, Conflict, NotFound, RecordError
from enumd.registry import hidden
from enumd.registry.changes import Change, Json
from enumd.registry.schema import APEX_OWNER, RecordRow, ZoneRow


def relative(zone: ZoneRow, owner: dns.name.Name) -> str:
    """Return *owner* as it is stored: relative to the apex of *zone*, in lower case.

    Raises:
        BadOwnerName: it is not at or below the apex.
    """
    apex = parse_name(zone.apex)
    if not owner.is_subdomain(apex):
        raise BadOwnerName(f"not at or below {zone.apex}", str(owner))
    return owner.canonicalize().relativize(apex).to_text()


def absolute(zone: ZoneRow, owner: str) -> dns.name.Name:
    """Return the name that *owner*, as it is stored, stands for."""
    return dns.name.from_text(owner, parse_name(zone.apex))


def put(change: Change, zone: ZoneRow, owner: dns.name.Name, rrset: RRset) -> bool:
    """Make *rrset* all there is of its type at *owner*; tell whether that changed anything.

    Raises:
        RecordError: the RDATA is not what its type asks for, or the type cannot stand here.
        BadNaptr: BIND or a client would refuse the record.
        Conflict: a CNAME would stand beside other records (RFC 1034 section 3.6.2), or a cut or
            an alias would hide a claimed number.
    """
    zone = change.lock(zone)
    place = relative(zone, owner)
    _refuse_broken(owner, place, rrset)
    for rdata in rrset.rdatas if rrset.rrtype == RRType.NAPTR else ():
        _refuse_bad_naptr(zone, owner, rdata)
    there = at(change.session, zone, place)
    before = next((each for each in there if each.rrtype == rrset.rrtype), None)
    if before == rrset:
        return False
    _refuse_beside_cname(owner, there, rrset.rrtype)
    hidden.refuse_hiding_record(change.session, zone, owner, rrset.rrtype, change.now_s)
    if before:
        _delete(change.session, zone, place, rrset.rrtype)
    for position, rdata in enumerate(rrset.rdatas):
        row = RecordRow(zone_id=zone.id, owner=place, rrtype=rrset.rrtype, position=position)
        row.ttl_s, row.rdata = rrset.ttl_s, rdata
        change.session.add(row)
    change.session.flush()
    change.record(
        zone, "record.put", None, image(before) if before else None, image(rrset), owner=place
    )
    return True


def remove(change: Change, zone: ZoneRow, owner: dns.name.Name, rrtype: int) -> None:
    """Remove the RRset of *rrtype* at *owner*.

    Raises:
        NotFound: there is none.
    """
    zone = change.lock(zone)
    place = relative(zone, owner)
    there = {each.rrtype: each for each in at(change.session, zone, place)}
    if rrtype not in there:
        raise NotFound(f"{owner} has no {_kind(rrtype)} in {zone.apex}").advise(
            f"`enumd record list --zone {zone.apex}` shows what it has."
        )
    _delete(change.session, zone, place, rrtype)
    change.record(zone, "record.remove", None, image(there[rrtype]), None, owner=place)


def at(session: Session, zone: ZoneRow, owner: str) -> tuple[RRset, ...]:
    """Return the RRsets at *owner*, which is relative to the apex, by type."""
    found = rrsets(session, RecordRow.zone_id == zone.id, RecordRow.owner == owner)
    return tuple(rrset for _, rrset in found)


def listing(session: Session, zone: ZoneRow) -> Iterator[tuple[str, RRset]]:
    """Yield owner and RRset for all records of *zone*, by owner and type; streamed."""
    return rrsets(session, RecordRow.zone_id == zone.id)


def rrsets(session: Session, *where: ColumnElement[bool]) -> Iterator[tuple[str, RRset]]:
    """Yield the records that meet *where* as RRsets with their owners."""
    key = (RecordRow.owner, RecordRow.rrtype)
    query = select(*key, RecordRow.ttl_s, RecordRow.rdata).where(*where)
    query = query.order_by(*key, RecordRow.position).execution_options(yield_per=1000)
    with session.execute(query) as found:  # whoever stops early leaves no cursor behind
        for (owner, rrtype), group in groupby(found, lambda row: (row[0], row[1])):
            rows = list(group)
            yield owner, RRset(rrtype, rows[0].ttl_s, tuple(row.rdata for row in rows))


def _delete(session: Session, zone: ZoneRow, owner: str, rrtype: int) -> None:
    """Delete the rows of one RRset."""
    here = (RecordRow.zone_id == zone.id, RecordRow.owner == owner, RecordRow.rrtype == rrtype)
    session.execute(delete(RecordRow).where(*here))


def _refuse_broken(owner: dns.name.Name, place: str, rrset: RRset) -> None:
    """Raise RecordError where RDATA does not parse, or the type has no business there."""
    if rrset.rrtype == RRType.SOA:
        raise RecordError("the SOA follows from the zone's own parameters", str(owner))
    if place == APEX_OWNER and rrset.rrtype in (RRType.CNAME, RRType.DS):
        raise RecordError("no CNAME or DS can stand at an apex", str(owner))
    for rdata in rrset.rdatas:
        try:
            whole = _parsed(rrset.rrtype, rdata).to_wire() == rdata
        except (dns.exception.DNSException, ValueError) as error:
            why = f"not the RDATA of {_kind(rrset.rrtype)}: {error}"
            raise RecordError(why, rdata.hex()) from None
        if not whole:
            raise RecordError("names in stored RDATA are not compressed", rdata.hex())


def _refuse_bad_naptr(zone: ZoneRow, owner: dns.name.Name, rdata: bytes) -> None:
    """Raise BadNaptr where the record must not be published at *owner*: BIND or a client fails."""
    number = zone.tree.number(owner)
    naptr = Naptr.from_rdata(rdata)
    reasons = naptr_reasons(naptr, str(number) if number else None)
    if reasons:
        raise BadNaptr(reasons, str(naptr))


def _refuse_beside_cname(owner: dns.name.Name, there: tuple[RRset, ...], rrtype: int) -> None:
    """Raise Conflict where a CNAME would not be alone."""
    others = {rrset.rrtype for rrset in there} - {rrtype}
    if others and RRType.CNAME in others | {rrtype}:
        kinds = ", ".join(sorted(_kind(kind) for kind in others))
        raise Conflict(
            f"{owner} owns {kinds}; a CNAME stands alone (RFC 1034 section 3.6.2)"
        ).advise("Remove the one or the other: `enumd record list` shows them.")


def _kind(rrtype: int) -> str:
    """Return what a type is called, such as NS."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rrtype))


def _parsed(rrtype: int, rdata: bytes) -> dns.rdata.Rdata:
    """Return RDATA as dnspython reads it."""
    kind = dns.rdatatype.RdataType.make(rrtype)
    return dns.rdata.from_wire(dns.rdataclass.IN, kind, rdata, 0, len(rdata))


def image(rrset: RRset) -> dict[str, Json]:
    """Return an RRset as the log says it: type and RDATA as in a master file."""
    rdatas: list[Json] = [_write(rrset.rrtype, rdata) for rdata in rrset.rdatas]
    return {"type": _kind(rrset.rrtype), "ttl_s": rrset.ttl_s, "rdatas": rdatas}


def read_image(image: Mapping[str, Any]) -> RRset:
    """Return the RRset that *image* says, octet for octet."""
    rrtype = dns.rdatatype.from_text(image["type"])
    rdatas = tuple(_read(rrtype, text) for text in image["rdatas"])
    return RRset(int(rrtype), image["ttl_s"], rdatas)


def _read(rrtype: dns.rdatatype.RdataType, text: str) -> bytes:
    """Return the octets of RDATA written *text*."""
    return dns.rdata.from_text(dns.rdataclass.IN, rrtype, text).to_wire() or b""


# Whose text always reads as the very octets again; most records are of these types.
_EXACT: Final = frozenset(
    {RRType.A, RRType.AAAA, RRType.NS, RRType.CNAME, RRType.DNAME, RRType.NAPTR}
)


def _write(rrtype: int, rdata: bytes) -> str:
    """Return RDATA as a master file writes it, or in the form for any type (RFC 3597 section 5).

    The latter where the text would not read as the same octets again.
    """
    text = _parsed(rrtype, rdata).to_text()
    if rrtype in _EXACT:
        return text
    try:
        same = _read(dns.rdatatype.RdataType.make(rrtype), text) == rdata
    except (dns.exception.DNSException, ValueError):
        same = False
    return text if same else f"\\# {len(rdata)} {rdata.hex()}"
