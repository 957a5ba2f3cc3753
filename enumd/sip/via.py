"""The Via header field: who sent a request, and where its answer goes (RFC 3261 section 18.2)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from enumd.errors import BrokenRequest, NotSip
from enumd.sip.head import Head
from enumd.sip.syntax import PARAMETERS, QUOTED, TOKEN, first_element, parameters
from enumd.sip.uri import host_address

MAGIC_COOKIE: Final = b"z9hg4bk"
"""RFC 3261 section 8.1.1.7, in lower case as branches are kept here: tokens have no case."""

LONGEST_OCTETS: Final = 4096
"""A longer Via value is not looked at: whoever may send an ACK may send one, at any rate."""

# via-parm = sent-protocol LWS sent-by *( SEMI via-params ), and white space around "/" and ":".
_VIA: Final = re.compile(
    rb"(?i:SIP)\s*+/\s*+" + TOKEN + rb"++\s*+/\s*+(" + TOKEN + rb"++)\s++"
    rb"(\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9_.\-]++)(?:\s*+:\s*+([0-9]{1,5}))?+("
    + PARAMETERS
    + rb")\s*+",
    re.DOTALL,
)

# What nearly every client writes; the general pattern and its loop are for all the others.
_USUAL: Final = re.compile(
    rb"SIP/2\.0/(UDP|TCP|TLS) ([A-Za-z0-9.\-]++)(?::([0-9]{1,5}))?+"
    rb"(;rport)?+;branch=(" + TOKEN + rb"++)(;rport)?+"
)

_PARAMETER: Final = re.compile(rb"\s*+;\s*+(?:" + QUOTED + rb'|[^;"])++', re.DOTALL)


class Via(NamedTuple):
    """The topmost Via value of a request."""

    octets: bytes
    """The value as it came."""
    transport: bytes
    """The transport it names, in upper case; UNKNOWN ones are as good as others here."""
    host: str
    """The host of sent-by, in lower case."""
    port: int | None
    """The port of sent-by."""
    branch: bytes
    """The branch in lower case; empty when there is none."""
    parameters_at: int
    """Where its parameters begin."""
    rport: bool
    """Whether the client wants its answer at its source port (RFC 3581)."""
    rport_at: int
    """Where its value goes, or 0 where that takes a closer look."""
    maddr: str
    """The address the client wants its answer at instead, or empty."""

    @classmethod
    def parse(cls, value: bytes) -> Via:
        """Return the Via value written in *value*.

        Raises:
            BrokenRequest: it does not say who sent the request, or the branch is a bare cookie.
        """
        if found := _USUAL.fullmatch(value):
            transport, host, port, before, branch, after = found.groups()
            at, rport = found.end(3 if port else 2), bool(before or after)
            rport_at, maddr = found.end(4 if before else 6) if rport else 0, ""
        elif found := _VIA.fullmatch(value):
            transport, host, port, rest = found.groups()
            given = dict(parameters(rest))
            at, rport, rport_at = found.start(4), b"rport" in given, 0
            branch = given.get(b"branch") or b""
            maddr = (given.get(b"maddr") or b"").decode("latin-1").lower()
        else:
            raise BrokenRequest(400, "the topmost Via cannot be read")
        name, number = host.decode().lower(), int(port) if port else None
        if (name[0] == "[" and host_address(name) is None) or (number and number > 65535):
            raise BrokenRequest(400, "the topmost Via names no host and port")
        if (branch := branch.lower()) == MAGIC_COOKIE:
            # RFC 4475 section 3.2.1: it promises a transaction identifier and has none.
            raise BrokenRequest(400, "the branch is the magic cookie and nothing more")
        return cls(value, transport.upper(), name, number, branch, at, rport, rport_at, maddr)

    @property
    def compliant(self) -> bool:
        """Tell whether the branch identifies the transaction by itself (RFC 3261 17.2.3)."""
        return self.branch.startswith(MAGIC_COOKIE)

    @property
    def sent_by(self) -> bytes:
        """Return who sent the request, by its own word: the host in lower case, and the port."""
        host = self.host.encode()
        return host if self.port is None else b"%b:%d" % (host, self.port)

    def stamped(self, host: str, port: int) -> bytes:
        """Return the value with `received` and `rport` as the source *host* and *port* demand.

        RFC 3261 section 18.2.1 and RFC 3581 section 4. What a client claims to have been received
        from is overwritten; every other octet stays.
        """
        octets, at = self.octets, self.rport_at
        if at:
            return b"%b=%d%b;received=%b" % (octets[:at], port, octets[at:], host.encode())
        received = b"received" in octets.lower()
        if not self.rport and not received and self.is_from(host):
            return octets
        if self.rport or received:
            octets = self._rewritten(b";rport=%d" % port)
        return b"%b;received=%b" % (octets, host.encode())

    def is_from(self, host: str) -> bool:
        """Tell whether sent-by is the very address *host*."""
        if self.host == host:
            return True
        if self.host[0] != "[":
            return False
        return host_address(self.host) == host_address(f"[{host}]")

    def _rewritten(self, rport: bytes) -> bytes:
        """Return the value without `received`, and with *rport* in the place of `rport`."""
        kept = [self.octets[: self.parameters_at]]
        for found in _PARAMETER.finditer(self.octets, self.parameters_at):
            name = _parameter_name(found[0])
            if name != b"received":
                kept.append(rport if name == b"rport" else found[0])
        return b"".join(kept).rstrip()


def _parameter_name(parameter: bytes) -> bytes:
    """Return the name of a parameter that begins with its semicolon, in lower case."""
    return parameter.partition(b"=")[0].strip(b"; \t\r\n").lower()


def top_via(head: Head) -> Via:
    """Return the first Via value of a message.

    Raises:
        NotSip: there is none, so that nobody knows whom to answer.
        BrokenRequest: it cannot be read.
    """
    row = head.first(b"via")
    if row is None:
        raise NotSip("there is no Via")
    value = first_element(row[: LONGEST_OCTETS + 1]) if b"," in row else row
    if len(value) > LONGEST_OCTETS:
        raise BrokenRequest(400, f"the topmost Via has over {LONGEST_OCTETS} octets")
    return Via.parse(value)
