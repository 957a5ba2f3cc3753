"""Queries as octets (RFC 1035 section 4), and names as they stand in them.

What is taken and what is not, where the RFCs leave room:

- Anything shorter than a header, and every response, is `NotAQuery`: silence.
- An opcode other than QUERY is `UnknownOpcode`. What its message holds is not for us to judge, nor
  what RD and CD mean there; only an OPT is taken in, where it can be read (RFC 6891 section 6.1.1).
- One question, no more and no fewer (RFC 9619): a question section without the cookie that RFC
  7873 section 5.4 excuses it for is wrong, too. Its name is at most 255 octets, of plain labels: a
  compression pointer there could only lead into the header.
- The records a query carries in any section are walked; they and the counts must fit
  the octets exactly, so a count that lies and octets left over are wrong (Knot agrees; BIND and NSD
  ignore what is left over). Their content is ignored, but for OPT.
- OPT stands once, in the additional section, at the root, with whole options (RFC 6891).
- TSIG is a record like any other here: a server without keys ignores it and answers unsigned.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from enumd.core.rrset import RRType
from enumd.dns.edns import Edns, parse_options
from enumd.errors import BadVersion, FormError, NotAQuery, UnknownOpcode

HEADER_OCTETS: Final = 12
LONGEST_NAME_OCTETS: Final = 255
CLASS_IN: Final = 1
CLASS_CHAOS: Final = 3
CLASS_ANY: Final = 255

QR: Final = 0x8000
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
CD: Final = 0x0010

_HEADER: Final = struct.Struct("!6H")
_QUESTION_TAIL: Final = struct.Struct("!HH")
_RECORD_TAIL: Final = struct.Struct("!HHIH")
_LONGEST_LABEL: Final = 63
_POINTER: Final = 0xC0


@dataclass(frozen=True, slots=True)
class Query:
    """One question, and all of the query that the reply repeats or obeys.

    A fault carries one, too: what was understood until then, with an empty name where the
    question was not.
    """

    id: int
    opcode: int = 0
    rd: bool = False
    cd: bool = False
    qname: bytes = b""
    """The name as it was sent, uncompressed, in the client's own case."""
    qtype: int = 0
    qclass: int = CLASS_IN
    edns: Edns | None = None

    @property
    def labels(self) -> tuple[bytes, ...]:
        """Return the labels in lower case, leftmost first, without the root."""
        return split(self.qname.lower())

    @property
    def question(self) -> bytes:
        """Return the question section of the reply, octet for octet that of the query."""
        return self.qname + _QUESTION_TAIL.pack(self.qtype, self.qclass) if self.qname else b""


def parse_query(octets: bytes) -> Query:
    """Return the query in *octets*.

    Raises:
        NotAQuery: there is no header, or it is that of a response.
        UnknownOpcode: the opcode is not QUERY.
        BadVersion: the EDNS version is above 0.
        FormError: anything else is wrong; its `heard` says what was understood.
    """
    return _Reading(octets).query()


def split(name: bytes) -> tuple[bytes, ...]:
    """Return the labels of an uncompressed name, leftmost first, without the root."""
    labels: list[bytes] = []
    place = 0
    while place < len(name) and (length := name[place]):
        labels.append(name[place + 1 : place + 1 + length])
        place += 1 + length
    return tuple(labels)


def labels_below(name: bytes, top: bytes) -> tuple[bytes, ...] | None:
    """Return the labels that *name* has below *top*, or None where it is elsewhere.

    Both are uncompressed and in lower case.
    """
    labels, tops = split(name), split(top)
    own = len(labels) - len(tops)
    return labels[:own] if own >= 0 and labels[own:] == tops else None


def suffix(name: bytes, strip: int) -> bytes:
    """Return *name* without its *strip* leftmost labels."""
    place = 0
    for _ in range(strip):
        place += 1 + name[place]
    return name[place:]


class _Reading:
    """One pass over the octets of a query; `heard` grows as it is understood."""

    def __init__(self, octets: bytes) -> None:
        """Read the header.

        Raises:
            NotAQuery: it is not all there, or it is that of a response.
        """
        if len(octets) < HEADER_OCTETS:
            raise NotAQuery(f"{len(octets)} octets are no header")
        ident, flags, *self.counts = _HEADER.unpack_from(octets)
        if flags & QR:
            raise NotAQuery("a response, not a query")
        self.octets = octets
        self.place = HEADER_OCTETS
        self.heard = Query(ident, flags >> 11 & 0xF, bool(flags & RD), bool(flags & CD))

    def query(self) -> Query:
        """Return the query when all of it is in order."""
        if self.heard.opcode:
            raise UnknownOpcode(f"opcode {self.heard.opcode}", self._heard_of_another())
        try:
            self._read_sections()
        except FormError as error:
            raise FormError(error.why, self.heard) from None
        if self.heard.edns and self.heard.edns.version:
            raise BadVersion(f"EDNS version {self.heard.edns.version}", self.heard)
        return self.heard

    def _heard_of_another(self) -> Query:
        """Return what the reply to another opcode repeats: ID, opcode, and that there is an OPT."""
        with suppress(FormError):
            self._read_sections()
        return Query(self.heard.id, self.heard.opcode, edns=self.heard.edns)

    def _read_sections(self) -> None:
        """Read the four sections and see that they are all there is."""
        questions, answers, authorities, additionals = self.counts
        for _ in range(questions):
            self._read_question()
        if questions != 1:
            self.heard = replace(self.heard, qname=b"")
        for _ in range(answers + authorities):
            self._read_record(additional=False)
        for _ in range(additionals):
            self._read_record(additional=True)
        if questions != 1:
            raise FormError(f"{questions} questions, and not one")
        if self.place != len(self.octets):
            raise FormError(f"the message ends at octet {self.place} of {len(self.octets)}")

    def _read_question(self) -> None:
        """Read one question."""
        qname, compressed = self._name()
        if compressed:
            raise FormError("the question name is compressed")
        if len(qname) > LONGEST_NAME_OCTETS:
            raise FormError(f"the question name has {len(qname)} octets")
        qtype, qclass = self._fields(_QUESTION_TAIL)
        self.heard = replace(self.heard, qname=qname, qtype=qtype, qclass=qclass)

    def _read_record(self, *, additional: bool) -> None:
        """Pass over one record, and take in what an OPT says."""
        owner, _ = self._name()
        rrtype, rrclass, ttl, length = self._fields(_RECORD_TAIL)
        start, self.place = self.place, self.place + length
        if self.place > len(self.octets):
            raise FormError(f"RDATA of {length} octets reaches beyond the message")
        if rrtype != RRType.OPT:
            return
        second = self.heard.edns is not None
        edns = Edns.from_fixed(rrclass, ttl)
        self.heard = replace(self.heard, edns=edns)
        if second or owner != b"\0" or not additional:
            raise FormError("OPT is there once, at the root, in the additional section")
        if edns.version == 0:
            options = parse_options(self.octets[start : self.place])
            self.heard = replace(self.heard, edns=replace(edns, options=options))

    def _name(self) -> tuple[bytes, bool]:
        """Return the octets of the name here, and whether they end in a compression pointer."""
        start = self.place
        while self.place < len(self.octets):
            length = self.octets[self.place]
            if length > _LONGEST_LABEL and length < _POINTER:
                raise FormError(f"label type {length:#04x} at octet {self.place}")
            self.place += 2 if length >= _POINTER else 1 + length
            if not 0 < length < _POINTER:
                return self.octets[start : self.place], length >= _POINTER
        raise FormError(f"the name at octet {start} reaches beyond the message")

    def _fields(self, fields: struct.Struct) -> tuple[int, ...]:
        """Return the fixed fields here."""
        start, self.place = self.place, self.place + fields.size
        if self.place > len(self.octets):
            raise FormError(f"the fields at octet {start} reach beyond the message")
        return fields.unpack_from(self.octets, start)
