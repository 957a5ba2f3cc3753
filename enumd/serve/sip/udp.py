"""SIP over UDP: each datagram is one message, and its answer leaves the socket it came in on.

`recvfrom` in a loop rather than whole bursts as for DNS: a message may have 65,535 octets, its
answer need not go where it came from, and at the few datagrams that wait together when thousands
of calls come a second, `recvmmsg` by ctypes cost a third more.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from itertools import starmap
from typing import Any, Final, NamedTuple

from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from enumd.net.datagrams import ask_for_destination
from enumd.serve.sip.driver import SipDriver
from enumd.serve.sip.undelivered import Undelivered
from enumd.sip.transport import Destination, Source, Transport

BURST: Final = 64
"""Datagrams read in one go; then other descriptors and timers get their turn."""

LINGER_S: Final = 0.02
"""A burst is followed by another before the reactor gets its turn, for so long at most. At
thousands of calls a second its round takes as long as a call."""

_REMEMBERED: Final = 4096
"""How many addresses keep the source that was made of them."""

_DATAGRAM_OCTETS: Final = 65535
_CONTROL_OCTETS: Final = 64
_PKTINFO: Final = struct.Struct("=I4s4s")  # struct in_pktinfo: interface, local, destination

Poll = Callable[[float, int], list[tuple[int, int]]]
"""As `select.epoll.poll`: seconds to wait and most events to give; descriptors and what is up."""

Control = tuple[tuple[int, int, bytes], ...]
Address = tuple[str, int] | tuple[str, int, int, int]
Sender = Address | tuple[Address, Control]
"""An address; at a socket that has many, also what makes an answer leave from the one meant."""


@implementer(IReadDescriptor, IHalfCloseableDescriptor)
class SipUdp:
    """Reads requests from a bound, non-blocking UDP socket, and is the channel of their answers.

    A reactor with epoll or poll takes a pending ICMP error for the end of what can be read. That is
    why this can be half closed: being told so, it reads the error and goes on.
    """

    def __init__(
        self,
        sock: socket.socket,
        driver: SipDriver,
        lost: Callable[[Failure], None],
        poll: Poll | None = None,
    ) -> None:
        """Hand what arrives at *sock* to *driver*; call *lost* should the reactor give it up.

        *poll* waits for whatever the reactor watches.
        """
        self._sock = sock
        self._poll = poll
        self._driver = driver
        self._undelivered = Undelivered(sock, driver)
        self._lost = lost
        self._reactor: Any = None
        self._sources: dict[Sender, Source] = {}
        self._answered: list[tuple[int, int]] = []
        """For each burst how many calls were answered at once, and nanoseconds it took."""
        self._of_ipv6 = sock.family == socket.AF_INET6
        many = ask_for_destination(sock)
        self._receive = self._receive_along if many else sock.recvfrom
        self._reply: Callable[[bytes, Any], object] = self._reply_along if many else sock.sendto

    def watch(self, reactor: Any) -> None:
        """Have *reactor* tell when something arrives."""
        self._reactor = reactor
        reactor.addReader(self)

    def fileno(self) -> int:
        """Return the socket's descriptor, for the reactor."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """Return the name of this descriptor in Twisted's log."""
        return "sip-udp"

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Close the socket and tell: a worker that hears nothing must not seem well."""
        self.close()
        self._lost(reason)

    def readConnectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Read the ICMP errors that the reactor met, and have it watch again."""
        self._undelivered.hear()
        self._reactor.addReader(self)

    def writeConnectionLost(self, reason: Failure) -> None:  # noqa: N802 (Twisted's name)
        """Do nothing: no reactor is asked to watch whether this can be written to."""

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Take what is waiting; then what comes next, as long as nothing else does."""
        driver = self._driver
        now_s = driver.clock.seconds()
        until_s = min(now_s + LINGER_S, driver.due_s)
        while self._burst(now_s) and self._poll is not None:
            events = self._poll(max(0.0, until_s - now_s), 2)
            before_s, now_s = now_s, driver.clock.seconds()
            if not before_s <= now_s < until_s:  # time is up, or the clock was set back
                break
            if len(events) != 1 or events[0][0] != self._sock.fileno():
                break
        for answers, elapsed_ns in self._answered:
            driver.counts.waited(Transport.UDP, elapsed_ns, answers)
        self._answered.clear()
        driver.settle()

    def _burst(self, now_s: float) -> int:
        """Take what is waiting, up to a bound; tell how much that was."""
        driver, began_ns, answers, taken = self._driver, time.perf_counter_ns(), 0, 0
        quick, sources = driver.server.quick, self._sources
        receive, reply = self._receive, self._reply
        for taken in range(BURST):  # noqa: B007 (it is returned)
            try:
                octets, sender = receive(_DATAGRAM_OCTETS)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error about something sent before; it hides no data
                self._undelivered.hear()
                continue
            source = sources.get(sender) or self._located(sender)
            try:
                answer = quick(octets, source, now_s)
            except Exception:  # a torn index: the general path meets it again, and reports it
                answer = None
            if answer is None:
                driver.datagram(octets, source)
            elif answer:
                try:
                    reply(answer, sender)
                    answers += 1
                except OSError as error:
                    if self._sent_again(error, reply, answer, sender):
                        answers += 1
                    else:
                        driver.counts.event("undelivered")
        if answers:
            self._answered.append((answers, time.perf_counter_ns() - began_ns))
        return taken

    def send(self, octets: bytes, destination: Destination) -> bool:
        """Send *octets*; tell whether they left."""
        return self.send_over(octets, destination, 0, ())

    def send_over(
        self, octets: bytes, destination: Destination, scope: int, control: Control
    ) -> bool:
        """Send *octets* over the interface *scope*, from the address *control* names."""
        host = _address(destination.host)
        if host is None or (":" in host) is not self._of_ipv6:
            return False  # a maddr that would have to be resolved, or is of the other family
        address = (host, destination.port, 0, scope) if ":" in host else (host, destination.port)
        try:
            self._send(octets, address, control)
        except OSError as error:
            return self._sent_again(error, self._send, octets, address, control)
        return True

    def close(self) -> None:
        """Close the socket, as intended."""
        self._undelivered.close()
        self._sock.close()

    def _send(self, octets: bytes, address: Address, control: Control) -> None:
        """Send *octets* to *address*."""
        if control:
            self._sock.sendmsg((octets,), control, 0, address)
        else:
            self._sock.sendto(octets, address)

    def _sent_again(self, error: OSError, send: Callable[..., object], *arguments: object) -> bool:
        """Send what met *error* once more, as that may be of another datagram; tell if it left.

        If it did not, the buffer is full or there is no way there: UDP may lose it, too.
        """
        if isinstance(error, BlockingIOError):
            return False
        self._undelivered.hear()
        try:
            send(*arguments)
        except OSError:
            return False
        return True

    def _receive_along(self, octets: int) -> tuple[bytes, Sender]:
        """Receive at a socket for all addresses of the machine; tell which one was meant, too."""
        datagram, control, _, address = self._sock.recvmsg(octets, _CONTROL_OCTETS)
        return datagram, (address, tuple(starmap(_outgoing, control)))

    def _reply_along(self, octets: bytes, sender: tuple[Address, Control]) -> None:
        """Send *octets* back to *sender*, from the address that was meant."""
        self._sock.sendmsg((octets,), sender[1], 0, sender[0])

    def _located(self, sender: Sender) -> Source:
        """Return the source that *sender* is, and remember it."""
        address, control = sender if isinstance(sender[0], tuple) else (sender, ())
        host, port = address[:2]
        scope = address[3] if len(address) == 4 else 0
        path = _Path(self, scope, control) if scope or control else self
        if len(self._sources) >= _REMEMBERED:
            self._sources.clear()
        source = Source(host.partition("%")[0], port, Transport.UDP, path)
        self._sources[sender] = source
        return source


class _Path(NamedTuple):
    """How a datagram came in, where that takes more to say than its socket: a channel, too."""

    listener: SipUdp
    scope: int
    """The interface of a link-local address."""
    control: Control
    """The address it was sent to, which the answer has to come from."""

    def send(self, octets: bytes, destination: Destination) -> bool:
        """Send *octets* back the way their request came."""
        return self.listener.send_over(octets, destination, self.scope, self.control)


def _outgoing(level: int, kind: int, data: bytes) -> tuple[int, int, bytes]:
    """Return ancillary data as it goes out with an answer."""
    if level == socket.IPPROTO_IP and len(data) == _PKTINFO.size:
        # The answer takes the source address, not the interface: routes may be asymmetric.
        _, local, asked = _PKTINFO.unpack(data)
        data = _PKTINFO.pack(0, local, asked)
    return level, kind, data


@lru_cache(maxsize=4096)
def _address(host: str) -> str | None:
    """Return *host* as the system's calls take it, or None when it is no IP address."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None
