"""A blocking ENUM client: the loop of `core.ddds` over real sockets, for commands.

What is asked and what replies mean is `dns.stub`'s to say, here as in `EnumClient`. Each question
goes out over UDP, again over TCP when the reply was cut (RFC 7766 section 5), and never beyond the
time it was given.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import suppress
from typing import Final, TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.resolver

from enumd.config import EnumSettings
from enumd.core.apex import Apex
from enumd.core.ddds import EnumResolution, LookupResult, Steps, resolve_number
from enumd.core.enumservice import Enumservice
from enumd.core.number import Number
from enumd.dns import stub
from enumd.dns.stub import Ask, Heard, ServerSilence
from enumd.errors import ConfigError, ServiceError
from enumd.net.listeners import DNS_PORT, Address

TRY_S: Final = 2.0
"""How long one server is waited for."""

T = TypeVar("T")


def lookup(
    number: Number,
    suffixes: Sequence[Apex],
    servers: Sequence[Address],
    timeout_s: float = 10.0,
    services: Collection[Enumservice] | None = None,
) -> EnumResolution:
    """Return what the trees *suffixes* say of *number*; *servers* have *timeout_s* to tell."""
    return drive(resolve_number(number, suffixes, services), servers, timeout_s)


def drive(steps: Steps, servers: Sequence[Address], timeout_s: float) -> EnumResolution:
    """Answer the look-ups of *steps* from *servers* until it has its resolution."""
    until_s = time.monotonic() + timeout_s
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(naptrs(wanted.owner, servers, until_s))
    except StopIteration as end:
        resolution: EnumResolution = end.value
        return resolution


def naptrs(owner: dns.name.Name, servers: Sequence[Address], until_s: float) -> LookupResult:
    """Return what *servers* say of the NAPTRs at *owner*, aliases followed."""
    return _driven(stub.naptrs(owner, servers), until_s, TRY_S)


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
    kind = dns.rdatatype.RdataType.make(rdtype)
    until_s = time.monotonic() + timeout_s
    heard = _driven(stub.question(server, name, kind), until_s, timeout_s)
    if isinstance(heard, ServerSilence):
        raise ServiceError(f"{server}: {heard.why}").advise(
            f"Look whether a DNS server runs at {server} and no firewall is in the way."
        )
    return heard


def find_servers(text: str) -> tuple[Address, ...]:
    """Return the addresses of the server a person named: `HOST`, `HOST:PORT` or `[v6]:PORT`.

    Raises:
        ServiceError: there is no such host.
    """
    if (address := _numeric(text)) is not None:
        return (address,)
    host, colon, port = text.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        host, port = text, str(DNS_PORT)
    if int(port) >= 1 << 16:  # the system would take it modulo 65536
        raise ServiceError(f"{text!r} is no server: port {port} is above 65535").advise(
            "Write HOST or HOST:PORT, as 192.0.2.53 or [2001:db8::53]:5300."
        )
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise ServiceError(f"{text!r} is no server: {error}").advise(
            "Give its address, as 192.0.2.53, or look why the name is not found."
        ) from None
    return tuple(Address(str(sockaddr[0]), int(sockaddr[1])) for *_, sockaddr in found)


def servers_of(settings: EnumSettings) -> tuple[Address, ...]:
    """Return the resolvers that *settings* name, or those of this machine where they name none.

    Raises:
        ConfigError: one is no address; a name would have to be looked up first.
        ServiceError: there are trees to ask, and no resolver at all.
    """
    servers = []
    for text in settings.servers:
        if (address := _numeric(text)) is None:
            why = f"{text!r} is no address, as in 192.0.2.53 or [2001:db8::53]:5300"
            raise ConfigError(why, "enum.servers")
        servers.append(address)
    if servers:
        return tuple(servers)
    try:
        return system_servers()
    except ServiceError:
        if settings.suffixes:
            raise
        return ()


def system_servers() -> tuple[Address, ...]:
    """Return the resolvers this machine is configured to use.

    Raises:
        ServiceError: there are none.
    """
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        raise ServiceError("this machine has no resolver configured; name a server").advise(
            "Name one: --server HOST for one look-up, `servers` under [enum] for calls."
        ) from None
    return tuple(Address(str(host), resolver.port) for host in resolver.nameservers)


def _numeric(text: str) -> Address | None:
    """Return the address written with a port or without one, or None for anything else."""
    with suppress(ConfigError):
        return Address.parse(text)
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    with suppress(ConfigError):
        return Address(bare, DNS_PORT)
    return None


def _driven(steps: Generator[Ask[Address], Heard, T], until_s: float, try_s: float) -> T:
    """Put the questions of *steps* to their servers, each for *try_s*, until it has its result."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(_hear(wanted, until_s, try_s))
    except StopIteration as end:
        value: T = end.value
        return value


def _hear(wanted: Ask[Address], until_s: float, try_s: float) -> Heard:
    """Return the reply to one question, or why there is none."""
    now_s = time.monotonic()
    if now_s >= until_s:
        return ServerSilence("the time is up", final=True)
    query = wanted.query(secrets.randbelow(1 << 16))
    try:
        return _exchange(wanted.server, query, min(until_s, now_s + try_s))
    except (dns.exception.DNSException, OSError, EOFError) as error:
        what = "no reply in time" if isinstance(error, dns.exception.Timeout) else str(error)
        return ServerSilence(what or type(error).__name__)


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
