"""A blocking ENUM client: the loop of `core.ddds` over real sockets, for commands.

Each question goes out over UDP with EDNS, again over TCP when the reply was cut (RFC 7766 section
5), without EDNS when the server does not know it (RFC 6891 section 7), to the next server when one
is silent or refuses, twice around at most, and never beyond the time it was given.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from enumd.core.apex import Apex
from enumd.core.ddds import (
    Failed,
    Found,
    LookupResult,
    NoData,
    NxDomain,
    Resolution,
    Steps,
    resolve,
)
from enumd.core.enumservice import Enumservice
from enumd.core.naptr import Naptr
from enumd.core.number import Number
from enumd.errors import ConfigError, ServiceError
from enumd.serve.listeners import DNS_PORT, Address

ROUNDS: Final = 2
"""How often a question goes around all servers."""

TRY_S: Final = 2.0
"""How long one server is waited for."""

_PAYLOAD_OCTETS: Final = 1232
_MAX_ALIASES: Final = 8
_CONCLUSIVE: Final = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_WITHOUT_EDNS: Final = (dns.rcode.FORMERR, dns.rcode.NOTIMP)


def lookup(
    number: Number,
    suffixes: Sequence[Apex],
    servers: Sequence[Address],
    timeout_s: float = 10.0,
    services: Collection[Enumservice] | None = None,
) -> Resolution:
    """Return what the trees *suffixes* say of *number*; *servers* have *timeout_s* to tell."""
    return drive(resolve(number, suffixes, services), servers, timeout_s)


def drive(steps: Steps, servers: Sequence[Address], timeout_s: float) -> Resolution:
    """Answer the look-ups of *steps* from *servers* until it has its resolution."""
    until_s = time.monotonic() + timeout_s
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(naptrs(wanted.owner, servers, until_s))
    except StopIteration as end:
        resolution: Resolution = end.value
        return resolution


def naptrs(owner: dns.name.Name, servers: Sequence[Address], until_s: float) -> LookupResult:
    """Return what *servers* say of the NAPTRs at *owner*, aliases followed."""
    ttl_s = None
    for _ in range(_MAX_ALIASES):
        reply = _ask_around(owner, servers, until_s)
        if isinstance(reply, Failed):
            return reply
        try:
            chain = reply.resolve_chaining()
        except dns.exception.DNSException as error:
            return Failed(f"{owner}: the reply makes no sense: {error or type(error).__name__}")
        ttl_s = chain.minimum_ttl if ttl_s is None else min(ttl_s, chain.minimum_ttl)
        if chain.answer is not None:
            return Found(tuple(Naptr.from_rdata(one.to_wire()) for one in chain.answer), ttl_s)
        if reply.rcode() == dns.rcode.NXDOMAIN:
            return NxDomain(ttl_s)
        if not chain.cnames:
            return _nothing(owner, reply, ttl_s)
        # The alias leads out of what this server knows; the name it leads to is asked for.
        owner = chain.canonical_name
    return Failed(f"{owner}: more than {_MAX_ALIASES} aliases in a row")


def ask(
    server: Address,
    name: dns.name.Name,
    rdtype: int | str = dns.rdatatype.NAPTR,
    timeout_s: float = TRY_S,
) -> dns.message.QueryMessage:
    """Return the reply of *server*, over UDP or, if it does not fit, TCP.

    Raises:
        ServiceError: there was none in time, or it was no DNS.
    """
    until_s = time.monotonic() + timeout_s
    kind = dns.rdatatype.RdataType.make(rdtype)
    try:
        query = dns.message.make_query(name, kind, use_edns=0, payload=_PAYLOAD_OCTETS)
        reply = _exchange(server, query, until_s)
        if reply.rcode() in _WITHOUT_EDNS and reply.edns < 0:
            reply = _exchange(server, dns.message.make_query(name, kind), until_s)
    except (dns.exception.DNSException, OSError, EOFError) as error:
        what = "no reply in time" if isinstance(error, dns.exception.Timeout) else str(error)
        raise ServiceError(f"{server}: {what or type(error).__name__}") from None
    return reply


def find_servers(text: str) -> tuple[Address, ...]:
    """Return the addresses of the server a person named: `HOST`, `HOST:PORT` or `[v6]:PORT`.

    Raises:
        ServiceError: there is no such host.
    """
    with suppress(ConfigError):
        return (Address.parse(text),)
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    with suppress(ConfigError):
        return (Address(bare, DNS_PORT),)
    host, colon, port = text.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        host, port = text, str(DNS_PORT)
    if int(port) >= 1 << 16:  # the system would take it modulo 65536
        raise ServiceError(f"{text!r} is no server: port {port} is above 65535")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise ServiceError(f"{text!r} is no server: {error}") from None
    return tuple(Address(str(sockaddr[0]), int(sockaddr[1])) for *_, sockaddr in found)


def system_servers() -> tuple[Address, ...]:
    """Return the resolvers this machine is configured to use.

    Raises:
        ServiceError: there are none.
    """
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        raise ServiceError("this machine has no resolver configured; name a server") from None
    return tuple(Address(str(host), resolver.port) for host in resolver.nameservers)


def _ask_around(
    owner: dns.name.Name, servers: Sequence[Address], until_s: float
) -> dns.message.QueryMessage | Failed:
    """Return the first reply that says whether the name exists, or why there is none."""
    reasons: dict[str, None] = {}
    for server in [*servers] * ROUNDS:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            reasons["the time is up"] = None
            break
        try:
            reply = ask(server, owner, timeout_s=min(TRY_S, left_s))
        except ServiceError as error:
            reasons[str(error)] = None
            continue
        if reply.rcode() in _CONCLUSIVE:
            return reply
        reasons[f"{server}: {_refusal(reply)}"] = None
    return Failed(f"{owner}: " + ("; ".join(reasons) or "there is no server to ask"))


def _exchange(
    server: Address, query: dns.message.QueryMessage, until_s: float
) -> dns.message.QueryMessage:
    """Return the reply to *query*, over TCP when the one over UDP is cut."""
    host, port = server.host, server.port
    try:
        reply = dns.query.udp(
            query,
            host,
            max(0.0, until_s - time.monotonic()),
            port,
            ignore_unexpected=True,
            raise_on_truncation=True,
            ignore_errors=True,
        )
    except dns.message.Truncated:
        reply = dns.query.tcp(query, host, max(0.0, until_s - time.monotonic()), port)
    assert isinstance(reply, dns.message.QueryMessage)
    return reply


def _refusal(reply: dns.message.QueryMessage) -> str:
    """Return why a server did not answer: its response code and extended errors."""
    return " ".join([dns.rcode.to_text(reply.rcode()), *map(str, reply.extended_errors())])


def _nothing(owner: dns.name.Name, reply: dns.message.QueryMessage, ttl_s: int) -> LookupResult:
    """Return what a reply without records means: no data, or go and ask elsewhere."""
    types = {rrset.rdtype for rrset in reply.authority}
    if dns.rdatatype.NS in types and dns.rdatatype.SOA not in types:
        servers = [str(one) for rrset in reply.authority for one in rrset]
        return Failed(f"{owner}: the server refers to {', '.join(servers)}; ask a resolver")
    return NoData(ttl_s)
