"""What the SOA of a zone file says, found before anything else of the file is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dns.name
import dns.rdtypes.ANY.SOA

from enumd.core.apex import Apex
from enumd.core.serial import Serial
from enumd.errors import UnreadableFile
from enumd.registry.files.regular import open_regular
from enumd.registry.files.rows import Refusal
from enumd.registry.files.text_lines import read_lines
from enumd.registry.files.zone_entries import Line, read_entries
from enumd.registry.files.zone_format import ZoneReader
from enumd.registry.files.zone_items import Faulty, FileRecord
from enumd.registry.zones import DEFAULT_PARAMETERS, Parameters

# An SOA stands first; the lines after it are not worth a tokenizer to find out that it is missing.
_WORTH_READING: Final = re.compile(r"\$(?:ORIGIN|TTL)\b|.*\bSOA\b", re.IGNORECASE | re.DOTALL)

_E164_ARPA: Final = dns.name.from_text("e164.arpa.")


@dataclass(frozen=True, slots=True)
class ZoneHead:
    """The SOA of a zone file."""

    apex: dns.name.Name
    serial: Serial
    parameters: Parameters
    line: int
    """Where the SOA stands."""

    @property
    def prefix(self) -> str | None:
        """Return the digits that the apex says it stands for: below e164.arpa; else None."""
        digits = Apex(_E164_ARPA).digits(self.apex)
        return None if digits is None or digits.endswith("*") else digits


def read_head(path: Path, origin: dns.name.Name | None) -> ZoneHead:
    """Return the head of the zone file at *path*, whose relative names are relative to *origin*.

    Raises:
        UnreadableFile: it has no SOA that can be read.
    """
    try:
        with open_regular(path) as stream:
            lines = read_lines(stream, str(path), keep_undecodable=True)
            return _head(path, ZoneReader(None, origin), _worth_reading(read_entries(lines)))
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from None


def _head(path: Path, reader: ZoneReader, entries: Iterable[Line]) -> ZoneHead:
    """Return the head that the first SOA among *entries* makes."""
    fault: Refusal | None = None
    for item in reader.read(entries):
        if isinstance(item, Refusal | Faulty):
            fault = fault or (item.refusal if isinstance(item, Faulty) else item)
        elif isinstance(item, FileRecord) and isinstance(item.rdata, dns.rdtypes.ANY.SOA.SOA):
            try:
                return ZoneHead(
                    apex=item.owner.canonicalize(),
                    serial=Serial(item.rdata.serial),
                    parameters=_parameters(item.rdata, item.ttl_s, reader.default_ttl_s),
                    line=item.line,
                )
            except ValueError as error:
                raise UnreadableFile(str(path), f"line {item.line}: SOA: {error}") from None
    where = f" (line {fault.line}: {fault.hint})" if fault else ""
    raise UnreadableFile(str(path), f"it has no SOA record, so its apex is not known{where}")


def _parameters(
    soa: dns.rdtypes.ANY.SOA.SOA, own_ttl_s: int | None, ttl_s: int | None
) -> Parameters:
    """Return what *soa* with the TTL *own_ttl_s* says; *ttl_s* is the default TTL of its file."""
    return Parameters(
        ttl_s=DEFAULT_PARAMETERS.ttl_s if ttl_s is None else ttl_s,
        negative_ttl_s=soa.minimum,
        refresh_s=soa.refresh,
        retry_s=soa.retry,
        expire_s=soa.expire,
        mname=soa.mname,
        rname=soa.rname,
        soa_ttl_s=None if own_ttl_s == soa.minimum else own_ttl_s,
    )


def _worth_reading(entries: Iterable[Line]) -> Iterator[Line]:
    """Yield the entries that may be an SOA, or say what it is relative to."""
    for line, text in entries:
        if isinstance(text, str) and _WORTH_READING.match(text):
            yield line, text
