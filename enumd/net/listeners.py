"""Addresses, and the sockets that listen at them.

All workers share an address by SO_REUSEPORT: each has its own UDP and its own TCP socket, and the
kernel spreads the queries. The sockets are made before the first worker is forked, so that a port
in use is told at once, a low port needs root for one moment only, and the queue of a worker that
died waits for its successor.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Final

from enumd.errors import ConfigError, ServiceError

DNS_PORT: Final = 53

_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[^]]+)\]|(?P<v4>[^:\[\]]+)):(?P<port>[0-9]{1,5})", re.A)
_BACKLOG: Final = 511
_RECEIVE_OCTETS: Final = 1 << 20
_FAST_OPENS: Final = 16  # RFC 9210 section 4.1; pending ones, a small bound as other servers have
_FREE_PORT_TRIES: Final = 50

# <linux/in.h> and <linux/in6.h>; Python does not name them in every version.
_IP_MTU_DISCOVER: Final = 10
_IPV6_MTU_DISCOVER: Final = 23
_PMTUDISC_OMIT: Final = 5


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and a port.

    >>> str(Address.parse("[::1]:5300"))
    '[::1]:5300'
    """

    host: str
    port: int

    def __post_init__(self) -> None:
        """Refuse a host that is no IP address and a port that does not fit 16 bits."""
        try:
            host = ipaddress.ip_address(self.host)
        except ValueError:
            raise ConfigError(f"{self.host!r} is not an IP address") from None
        if not 0 <= self.port < 1 << 16:
            raise ConfigError(f"port {self.port} is above 65535")
        object.__setattr__(self, "host", str(host))

    @classmethod
    def parse(cls, text: str, key: str = "") -> Address:
        """Return the address written as `HOST:PORT` or `[v6]:PORT` in the setting *key*.

        Raises:
            ConfigError: it is written otherwise, or is no IP address.
        """
        match = _ADDRESS.fullmatch(text.strip())
        if not match:
            why = f"{text!r} is not an address and a port, as in 127.0.0.1:5300 or [::1]:5300"
            raise ConfigError(why, key)
        try:
            return cls(match["v6"] or match["v4"], int(match["port"]))
        except ConfigError as error:
            raise ConfigError(f"{text!r}: {error.why}", key) from None

    def __str__(self) -> str:
        """Return the address as it is written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def family(self) -> socket.AddressFamily:
        """Return the address family of the host."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    @property
    def reachable(self) -> Address:
        """Return where a client on this machine asks: loopback in place of a wildcard."""
        if not ipaddress.ip_address(self.host).is_unspecified:
            return self
        return replace(self, host="::1" if ":" in self.host else "127.0.0.1")

    def sockaddr(self) -> tuple[str, int] | tuple[str, int, int, int]:
        """Return what the system's calls want, with the scope of a link-local address."""
        found = socket.getaddrinfo(self.host, self.port, flags=socket.AI_NUMERICHOST)
        return found[0][4]  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Listener:
    """One address with a UDP and a TCP socket for each worker; for TLS with a TCP socket alone."""

    address: Address
    udp: tuple[socket.socket, ...]
    tcp: tuple[socket.socket, ...]

    def sockets(self, worker: int) -> tuple[socket.socket, ...]:
        """Return the UDP socket, where there is one, and the TCP socket of a worker."""
        return (*self.udp[worker : worker + 1], self.tcp[worker])

    def close_others(self, worker: int) -> None:
        """Close, in a worker, the sockets of the others."""
        for sock in (*self.udp, *self.tcp):
            if sock not in self.sockets(worker):
                sock.close()

    def close(self) -> None:
        """Close this process's descriptors; a worker's own stay open."""
        for sock in (*self.udp, *self.tcp):
            sock.close()


def bind_all(addresses: Sequence[Address], workers: int) -> tuple[Listener, ...]:
    """Return a listener for each address, for that many workers, or bind nothing.

    Raises:
        ServiceError: an address cannot be used; it is named with the reason.
    """
    with ExitStack() as opened:
        listeners = []
        for address in addresses:
            listeners.append(bind(address, workers))
            opened.callback(listeners[-1].close)
        opened.pop_all()
        return tuple(listeners)


def bind(address: Address, workers: int) -> Listener:
    """Return the sockets of *address* for that many workers; port 0 becomes a free port.

    Raises:
        ServiceError: the address cannot be used.
    """
    # A port that is free for UDP can be taken for TCP; another one is found next time.
    for _ in range(0 if address.port else _FREE_PORT_TRIES):
        with suppress(ServiceError):
            return _bind_both(address, workers)
    return _bind_both(address, workers)


def bind_streams(addresses: Sequence[Address], workers: int) -> tuple[Listener, ...]:
    """Return a listener without UDP for each address, for that many workers, or bind nothing.

    Raises:
        ServiceError: an address cannot be used.
    """
    with ExitStack() as opened:
        listeners = []
        for address in addresses:
            tcp = _bound(address, socket.SOCK_STREAM, workers, opened)
            listeners.append(Listener(address_of(tcp[0]), (), tcp))
        opened.pop_all()
        return tuple(listeners)


def bind_http(address: Address) -> socket.socket:
    """Return a socket that listens for HTTP at *address*, for one process.

    Raises:
        ServiceError: the address cannot be used.
    """
    with ExitStack() as opened:
        (sock,) = _bound(address, socket.SOCK_STREAM, 1, opened)
        opened.pop_all()
        return sock


def address_of(sock: socket.socket) -> Address:
    """Return where *sock* is bound."""
    host, port = sock.getsockname()[:2]
    return Address(host, port)


def _bind_both(address: Address, workers: int) -> Listener:
    """Return the sockets of both transports at one port."""
    with ExitStack() as opened:
        udp = _bound(address, socket.SOCK_DGRAM, workers, opened)
        actual = address_of(udp[0])
        tcp = _bound(actual, socket.SOCK_STREAM, workers, opened)
        opened.pop_all()
        return Listener(actual, udp, tcp)


def _bound(
    address: Address, kind: socket.SocketKind, count: int, opened: ExitStack
) -> tuple[socket.socket, ...]:
    """Return *count* sockets that share one port, or say why it cannot be had."""
    try:
        first = opened.enter_context(_socket(address, kind))
        # Bound before it may share: SO_REUSEPORT would let another server of the same user in
        # unnoticed, and would let port 0 hit a port that somebody else shares.
        first.bind(address.sockaddr())
        _share(first)
        actual = address_of(first).sockaddr()
        sharers = [opened.enter_context(_socket(address, kind)) for _ in range(count - 1)]
        for sock in sharers:
            _share(sock)
            sock.bind(actual)
        if kind == socket.SOCK_STREAM:
            for sock in (first, *sharers):
                _listen(sock)
    except OSError as error:
        raise _refused(address, kind, error) from None
    return (first, *sharers)


def _socket(address: Address, kind: socket.SocketKind) -> socket.socket:
    """Return an unbound socket with the options of its kind."""
    sock = socket.socket(address.family, kind)
    sock.setblocking(False)
    if address.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if kind == socket.SOCK_STREAM:
        # Connections of a server that stopped a moment ago may still be in TIME_WAIT.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_OCTETS)
        _never_fragment(sock)
    return sock


def _never_fragment(sock: socket.socket) -> None:
    """Send without regard to forged path MTUs (RFC 9715), where the system can."""
    if not sys.platform.startswith("linux"):
        return
    level, option = (
        (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER)
        if sock.family == socket.AF_INET6
        else (socket.IPPROTO_IP, _IP_MTU_DISCOVER)
    )
    sock.setsockopt(level, option, _PMTUDISC_OMIT)


def _share(sock: socket.socket) -> None:
    """Let other sockets of this user be bound to the same port."""
    # FreeBSD spreads load only over sockets with the option of another name.
    option = getattr(socket, "SO_REUSEPORT_LB", socket.SO_REUSEPORT)
    sock.setsockopt(socket.SOL_SOCKET, option, 1)


def _listen(sock: socket.socket) -> None:
    """Take TCP connections, with data in the first packet where the system allows it."""
    with suppress(OSError, AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, _FAST_OPENS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    sock.listen(_BACKLOG)


def _refused(address: Address, kind: socket.SocketKind, error: OSError) -> ServiceError:
    """Return the error that names the address, the transport and the reason."""
    transport = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    reason = {
        errno.EADDRINUSE: "another program is using this port",
        errno.EACCES: "this user may not use a port below 1024",
        errno.EADDRNOTAVAIL: "this machine does not have this address",
    }.get(error.errno or 0, os.strerror(error.errno or 0))
    advice = {
        errno.EADDRINUSE: "End that program, or choose another port; `enumd doctor` shows those "
        "that are free.",
        errno.EACCES: "Start it as root with `user` under [dns], or choose a port from 1024 on.",
        errno.EADDRNOTAVAIL: "Choose an address of this machine: `ip address` lists them.",
        errno.EMFILE: "Raise the limit of open files: ulimit -n",
    }.get(error.errno or 0, "Choose another address, or ask the system's log why.")
    return ServiceError(f"cannot listen on {address} ({transport}): {reason}").advise(advice)
