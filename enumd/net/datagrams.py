"""Whole bursts of datagrams in one system call each way.

`recvmmsg` and `sendmmsg` (Linux) save a system call and, what weighs more in Python, two address
objects for every datagram: the sender's address stays octets the kernel wrote and reads again.
Elsewhere `PortableBurst` does the same with `recvmsg` and `sendmsg`, one datagram a call.

Both reply from the address that was asked (RFC 2181 section 4): a socket bound to a wildcard
address gets the packet's own destination as ancillary data, which goes back out with the reply.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import sys
from collections.abc import Callable
from typing import Final, Protocol

BURST: Final = 64
"""Datagrams a burst: enough to make the cost of a wake-up vanish, few enough to stay prompt."""

SLOT_OCTETS: Final = 4096
"""Room for one datagram; no query and no reply of ours is longer."""

_NAME_OCTETS: Final = 28  # struct sockaddr_in6
_CONTROL_OCTETS: Final = 64  # room for struct in6_pktinfo and its header
_HEADER_OCTETS: Final = 64  # struct mmsghdr on every 64-bit Linux
_IP_PKTINFO: Final = 8  # <linux/in.h>; Python names it from 3.14 on
_WILDCARDS: Final = ("0.0.0.0", "::")


KernelCalls = tuple[Callable[..., int], Callable[..., int]]
"""`recvmmsg` and `sendmmsg`, ready to be called through ctypes."""


class Burst(Protocol):
    """What reads a burst of datagrams from a socket and sends the replies."""

    def receive(self) -> list[bytes]:
        """Return the datagrams that are waiting, `BURST` at most, [] when there are none."""

    def send(self, replies: list[bytes | None]) -> int:
        """Send one reply (or silence) for each datagram received last; return how many left."""


class _IoVec(ctypes.Structure):
    """struct iovec (readv(2))."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _MMsgHdr(ctypes.Structure):
    """struct mmsghdr (recvmmsg(2)): a struct msghdr and the length received."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("padding", ctypes.c_uint32),  # struct msghdr ends on a multiple of eight octets
        ("length", ctypes.c_uint32),
    )


# In _MMsgHdr, counted in 32-bit words and in 64-bit words.
_WORDS: Final = _HEADER_OCTETS // 4
_NAMELEN_WORD: Final = _MMsgHdr.namelen.offset // 4
_CONTROLLEN_QUAD: Final = _MMsgHdr.controllen.offset // 8
_LENGTH_WORD: Final = _MMsgHdr.length.offset // 4


def open_burst(sock: socket.socket) -> Burst:
    """Return the fastest burst this system has for a bound, non-blocking UDP socket."""
    calls = kernel_calls()
    return KernelBurst(sock, calls) if calls else PortableBurst(sock)


def ask_for_destination(sock: socket.socket) -> bool:
    """Have the kernel tell each packet's destination where the socket is bound to a wildcard."""
    if sock.getsockname()[0] not in _WILDCARDS:
        return False
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    return True


class PortableBurst:
    """A burst by `recvmsg` and `sendmsg`, for systems without the calls for many."""

    def __init__(self, sock: socket.socket) -> None:
        """Read from and write to *sock*, which is bound and does not block."""
        self._sock = sock
        self._control_octets = _CONTROL_OCTETS if ask_for_destination(sock) else 0
        self._origins: list[tuple[list[tuple[int, int, bytes]], object]] = []

    def receive(self) -> list[bytes]:
        """Return the datagrams that are waiting, `BURST` at most."""
        self._origins.clear()
        datagrams: list[bytes] = []
        while len(datagrams) < BURST:
            try:
                octets, control, _, address = self._sock.recvmsg(SLOT_OCTETS, self._control_octets)
            except OSError:
                break
            datagrams.append(octets)
            self._origins.append((control, address))
        return datagrams

    def send(self, replies: list[bytes | None]) -> int:
        """Send each reply to the sender of its datagram, from the address it was sent to."""
        sent = 0
        for reply, (control, address) in zip(replies, self._origins, strict=True):
            if reply is None:
                continue
            try:
                self._sock.sendmsg([reply], control, 0, address)  # type: ignore[arg-type]
                sent += 1
            except OSError:  # an unreachable peer is no reason to leave the others waiting
                continue
        return sent


class KernelBurst:
    """A burst by `recvmmsg` and `sendmmsg`; all memory is laid out once.

    The two arrays of headers point at the same addresses and ancillary data, so that a reply in
    slot *i* goes back where datagram *i* came from without Python looking at either.
    """

    def __init__(self, sock: socket.socket, calls: KernelCalls) -> None:
        """Read from and write to *sock*, which is bound and does not block, by *calls*."""
        self._receive_many, self._send_many = calls
        self._descriptor = sock.fileno()
        self._received = 0
        self._destinations = ask_for_destination(sock)
        self._forget_interface = self._destinations and sock.family == socket.AF_INET
        self._names = ctypes.create_string_buffer(BURST * _NAME_OCTETS)
        self._controls = ctypes.create_string_buffer(BURST * _CONTROL_OCTETS)
        self._in, self._in_vectors, self._in_headers = self._lay_out()
        self._out, self._out_vectors, self._out_headers = self._lay_out()
        self._in_view = memoryview(self._in).cast("B")
        self._out_view = memoryview(self._out).cast("B")
        self._in_octets = memoryview(self._in_headers).cast("B")
        self._pristine = bytes(self._in_octets)
        words, quads = self._in_octets.cast("I"), self._in_octets.cast("Q")
        out = memoryview(self._out_headers).cast("B")
        self._lengths = words[_LENGTH_WORD::_WORDS]
        self._out_lengths = memoryview(self._out_vectors).cast("B").cast("Q")[1::2]
        self._name_lengths = words[_NAMELEN_WORD::_WORDS]
        self._out_name_lengths = out.cast("I")[_NAMELEN_WORD::_WORDS]
        self._control_lengths = quads[_CONTROLLEN_QUAD :: _WORDS // 2]
        self._out_control_lengths = out.cast("Q")[_CONTROLLEN_QUAD :: _WORDS // 2]
        self._interfaces = memoryview(self._controls).cast("B").cast("I")[4 :: _CONTROL_OCTETS // 4]

    def receive(self) -> list[bytes]:
        """Return the datagrams that are waiting, `BURST` at most."""
        self._in_octets[:] = self._pristine
        # A pending ICMP error (ECONNREFUSED and kin) or a signal fails one call; it hides no data.
        for _ in range(3):
            count = self._receive_many(
                self._descriptor, self._in_headers, BURST, socket.MSG_DONTWAIT, None
            )
            if count >= 0 or ctypes.get_errno() == errno.EAGAIN:
                break
        self._received = max(0, count)
        view, start, datagrams = self._in_view, 0, []
        for length in self._lengths[: self._received].tolist():
            datagrams.append(bytes(view[start : start + length]))
            start += SLOT_OCTETS
        return datagrams

    def send(self, replies: list[bytes | None]) -> int:
        """Send each reply to the sender of its datagram, from the address it was sent to."""
        view, lengths, start = self._out_view, self._out_lengths, 0
        silent = [place for place, reply in enumerate(replies) if reply is None]
        for place, reply in enumerate(replies):
            if reply is not None:
                length = len(reply)
                view[start : start + length] = reply
                lengths[place] = length
            start += SLOT_OCTETS
        self._address(len(replies))
        first, sent = 0, 0
        for stop in (*silent, len(replies)):
            sent += self._send_run(first, stop)
            first = stop + 1
        return sent

    def _lay_out(
        self,
    ) -> tuple[ctypes.Array[ctypes.c_char], ctypes.Array[_IoVec], ctypes.Array[_MMsgHdr]]:
        """Return room for a burst of datagrams, and the vectors and headers that describe it."""
        room = ctypes.create_string_buffer(BURST * SLOT_OCTETS)
        vectors, headers = (_IoVec * BURST)(), (_MMsgHdr * BURST)()
        for place in range(BURST):
            vectors[place].base = ctypes.addressof(room) + place * SLOT_OCTETS
            vectors[place].length = SLOT_OCTETS
            header = headers[place]
            header.name = ctypes.addressof(self._names) + place * _NAME_OCTETS
            header.namelen = _NAME_OCTETS
            header.iov = ctypes.addressof(vectors) + place * ctypes.sizeof(_IoVec)
            header.iovlen = 1
            if self._destinations:
                header.control = ctypes.addressof(self._controls) + place * _CONTROL_OCTETS
                header.controllen = _CONTROL_OCTETS
        return room, vectors, headers

    def _address(self, count: int) -> None:
        """Give the outgoing headers the lengths of the addresses that came in."""
        self._out_name_lengths[:count] = self._name_lengths[:count]
        if self._destinations:
            self._out_control_lengths[:count] = self._control_lengths[:count]
        if self._forget_interface:
            # The reply takes the source address, not the interface: routes may be asymmetric.
            for place in range(count):
                self._interfaces[place] = 0

    def _send_run(self, first: int, stop: int) -> int:
        """Send the replies of the slots *first*..*stop*; skip those the kernel will not take."""
        sent = 0
        while first < stop:
            headers = ctypes.addressof(self._out_headers) + first * _HEADER_OCTETS
            done = self._send_many(self._descriptor, headers, stop - first, socket.MSG_DONTWAIT)
            sent += max(0, done)
            # On an error nothing left and the first one is at fault; it is dropped, as UDP may.
            first += max(1, done)
        return sent


def kernel_calls() -> KernelCalls | None:
    """Return `recvmmsg` and `sendmmsg` of the C library, or None where they cannot be used."""
    if ctypes.sizeof(_MMsgHdr) != _HEADER_OCTETS or not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    try:
        receive, send = library.recvmmsg, library.sendmmsg
    except AttributeError:
        return None
    receive.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
    send.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    return receive, send
