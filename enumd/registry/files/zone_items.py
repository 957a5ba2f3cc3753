"""What the entries of a zone file are, as `zone_format` reads them."""

from __future__ import annotations

from typing import NamedTuple

import dns.name
import dns.rdata
import dns.rdatatype

from enumd.registry.files.rows import Refusal
from enumd.registry.files.zone_line import NaptrLine


class FileRecord(NamedTuple):
    """One record of a zone file."""

    line: int
    owner: dns.name.Name
    ttl_s: int | None
    rdata: dns.rdata.Rdata


class PlainRecord(NamedTuple):
    """One NAPTR record at digits below the apex, as `zone_line` recognised it."""

    line: int
    digits: str
    ttl_s: int | None
    naptr: NaptrLine


class Include(NamedTuple):
    """An `$INCLUDE` directive; whoever reads the files decides about it."""

    line: int
    file: str
    origin: dns.name.Name | None


class LeftOut(NamedTuple):
    """A record of a signed copy of the zone, which nobody reads (`signed_types`)."""

    line: int
    owner: dns.name.Name
    rrtype: dns.rdatatype.RdataType


class Faulty(NamedTuple):
    """A record that cannot be read, at a name that can."""

    owner: dns.name.Name
    refusal: Refusal


Item = FileRecord | PlainRecord | Include | LeftOut | Faulty | Refusal
