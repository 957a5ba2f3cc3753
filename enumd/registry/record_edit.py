"""Single records of a zone added and removed, as an RRset of its own or in the one there is."""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer

from enumd.core.rrset import MAX_TTL_S, RRset, RRType
from enumd.errors import Conflict, NotFound, RecordError
from enumd.registry import records
from enumd.registry.changes import Change
from enumd.registry.schema import ZoneRow


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """One record as a master file writes it (RFC 1035 section 5.1)."""

    owner: dns.name.Name
    rrtype: int
    rdata: bytes
    """Octets, names in it uncompressed."""

    @classmethod
    def parse(cls, zone: ZoneRow, owner: str, rrtype: str, text: str) -> WrittenRecord:
        """Return the record written *owner*, *rrtype*, *text*; names are relative to the apex.

        Raises:
            RecordError: the type or its RDATA is not what RFC 1035 asks for.
            BadOwnerName: *owner* is no name.
        """
        kind = parse_type(rrtype)
        try:
            rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, text, zone.tree.name, False)
        except (dns.exception.DNSException, ValueError) as error:
            why = f"not the RDATA of {rrtype.upper()}: {error}"
            raise RecordError(why, text).advise(
                f"Write it as a zone file does, for example {_example(kind)}."
            ) from None
        return cls(parse_owner(zone, owner), int(kind), rdata.to_wire() or b"")


def parse_type(text: str) -> dns.rdatatype.RdataType:
    """Return the type called *text*.

    Raises:
        RecordError: there is none, or it is one that no zone holds.
    """
    try:
        kind = dns.rdatatype.from_text(text)
    except (dns.rdatatype.UnknownRdatatype, ValueError):
        raise RecordError("there is no such type of record", text).advise(
            "Usual ones are NS, A, AAAA, TXT, CNAME, DNAME and NAPTR."
        ) from None
    if dns.rdatatype.is_metatype(kind):
        raise RecordError("a question may be of that type, and no record", text)
    return kind


def parse_owner(zone: ZoneRow, text: str) -> dns.name.Name:
    """Return the owner written *text*: relative to the apex, `@`, or absolute with a final dot.

    Raises:
        BadOwnerName: it is no name, or not below the apex.
    """
    try:
        owner = dns.name.from_text(text, zone.tree.name)
    except dns.exception.DNSException as error:
        raise RecordError(f"not a domain name: {error}", text) from None
    records.relative(zone, owner)
    return owner


def add(change: Change, zone: ZoneRow, record: WrittenRecord, ttl_s: int | None = None) -> RRset:
    """Add *record* to what its owner has of that type, and return all of that.

    An RRset has one TTL (RFC 2181 section 5.2): *ttl_s* is that of all of it, the TTL there is or
    that of the zone if it is not given.

    Raises:
        RecordError, BadNaptr, Conflict: as `records.put` says.
        Conflict: the record is there already, or the NAPTR is an endpoint of a number.
    """
    zone = change.lock(zone)
    _refuse_endpoint(zone, record)
    there = _rrset(change, zone, record.owner, record.rrtype)
    rdatas = there.rdatas if there else ()
    if record.rdata in rdatas and ttl_s in (None, there.ttl_s if there else None):
        raise Conflict(f"{record.owner} has that record already").advise(
            "Nothing has to be added; with another --ttl its TTL changes."
        )
    if ttl_s is not None and not 0 <= ttl_s <= MAX_TTL_S:
        raise RecordError(f"a TTL is 0 to {MAX_TTL_S} seconds", str(ttl_s))
    chosen_s = ttl_s if ttl_s is not None else there.ttl_s if there else zone.ttl_s
    kept = tuple(rdata for rdata in rdatas if rdata != record.rdata)
    whole = RRset(record.rrtype, chosen_s, (*kept, record.rdata))
    records.put(change, zone, record.owner, whole)
    return whole


def remove(
    change: Change, zone: ZoneRow, owner: dns.name.Name, rrtype: int, rdata: bytes | None = None
) -> RRset | None:
    """Remove the record with *rdata*, or all of *rrtype* at *owner*; return what is left of it.

    Raises:
        NotFound: there is no such record.
        Conflict: it is the last NS of the zone.
    """
    zone = change.lock(zone)
    there = _rrset(change, zone, owner, rrtype)
    kind = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rrtype))
    if there is None or (rdata is not None and rdata not in there.rdatas):
        raise NotFound(f"{owner} has no such {kind} in {zone.apex}").advise(
            f"`enumd record list --zone {zone.apex}` shows what it has."
        )
    kept = () if rdata is None else tuple(each for each in there.rdatas if each != rdata)
    if not kept and rrtype == RRType.NS and owner.canonicalize() == zone.tree.name.canonicalize():
        raise Conflict(
            f"a zone has at least one name server, and this is the last of {owner}"
        ).advise(f"Name the others with `enumd zone edit {zone.apex} --ns NAME`.")
    if not kept:
        records.remove(change, zone, owner, rrtype)
        return None
    left = RRset(rrtype, there.ttl_s, kept)
    records.put(change, zone, owner, left)
    return left


def _rrset(change: Change, zone: ZoneRow, owner: dns.name.Name, rrtype: int) -> RRset | None:
    """Return what *owner* has of *rrtype*."""
    here = records.at(change.session, zone, records.relative(zone, owner))
    return next((rrset for rrset in here if rrset.rrtype == rrtype), None)


def _refuse_endpoint(zone: ZoneRow, record: WrittenRecord) -> None:
    """Raise Conflict where *record* is a NAPTR at a number: these are its endpoints."""
    number = zone.tree.number(record.owner)
    if record.rrtype == RRType.NAPTR and number is not None:
        raise Conflict(f"the NAPTRs of {number} are its endpoints").advise(
            f"Use `enumd endpoint add {number} URI` and `enumd endpoint remove {number} URI`."
        )


def _example(kind: dns.rdatatype.RdataType) -> str:
    """Return RDATA of *kind* as somebody could write it."""
    examples = {
        dns.rdatatype.A: "192.0.2.1",
        dns.rdatatype.AAAA: "2001:db8::1",
        dns.rdatatype.TXT: '"some text"',
        dns.rdatatype.NAPTR: '100 10 "u" "E2U+sip" "!^.*$!sip:ada@example.net!" .',
    }
    return examples.get(kind, "ns1.example.net.")
