"""Where a message begins and ends, in a datagram and in a stream (RFC 3261 section 18.3)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final, NamedTuple

from enumd.errors import BrokenRequest, NotSip
from enumd.sip.head import Head

PONG: Final = b"\r\n"
"""The answer to a keep-alive on a stream (RFC 5626 section 3.5.1)."""

_LINE_ENDS: Final = b"\r\n"
_PING: Final = b"\r\n\r\n"


class Frame(NamedTuple):
    """One message's head and body, and why it must be refused when its frame is already wrong."""

    head: Head
    body: bytes
    fault: BrokenRequest | None = None


class Ping(NamedTuple):
    """A keep-alive; send `PONG` back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one stream may ask of us."""

    message_octets: int = 65535
    """RFC 3261 section 18.1.1: a datagram's worth must be taken; more is not."""
    message_s: float = 32.0
    """From the first octet of a message to its last: 64*T1, then its sender gave up, too."""
    lax: bool = False
    """Take a missing Content-Length as 0, for a peer that cannot do better (it is a MUST)."""


def datagram(octets: bytes) -> Frame | None:
    """Return the message in a datagram, or None for a keep-alive that wants no answer.

    Octets after the body are discarded (RFC 3261 section 18.3); a body shorter than said is a
    fault; without Content-Length it ends with the datagram.

    Raises:
        NotSip: the first octet cannot begin a message (STUN, RTP, noise).
    """
    if not octets or not 0x20 < octets[0] < 0x7F:
        octets = octets.lstrip(_LINE_ENDS)
        # Four NULs or a few CRLFs keep a NAT's binding open (RFC 5626 section 3.5, Cisco).
        if not octets.strip(b"\0"):
            return None
        if not 0x20 < octets[0] < 0x7F:
            raise NotSip("the first octet begins no SIP message")
    end = octets.find(b"\r\n\r\n")
    head = Head(octets[:end])
    if end >= 0 and not head.odd:
        body = octets[end + 4 :]
    elif (ends := _end_of_head(octets, 0)) is not None:
        head, body = Head(octets[: ends[0]]), octets[ends[1] :]
    else:
        head = Head(octets.rstrip(_LINE_ENDS))
        return Frame(head, b"", BrokenRequest(400, "no empty line ends the header fields"))
    try:
        length = head.content_length()
    except BrokenRequest as fault:
        return Frame(head, b"", fault)
    if length is None:
        return Frame(head, body)
    if length > len(body):
        return Frame(head, body, BrokenRequest(400, "the body is shorter than Content-Length says"))
    return Frame(head, body[:length])


class Framer:
    """Cuts one stream into messages; how the octets arrive makes no difference.

    After a fault the stream cannot be read any further: `closed` turns true, and the connection is
    to be closed when the answer to that frame is out.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        """Begin a stream under *limits*."""
        self.closed = False
        self.deadline_s: float | None = None
        """When the message that has begun must be whole, or None while none has."""
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0
        self._head: Head | None = None
        self._body_octets = 0

    def feed(self, octets: bytes, now_s: float, most: int = sys.maxsize) -> list[Frame | Ping]:
        """Take what arrived and return what became whole, *most* at most.

        As many may mean that there are more: feed it nothing to have them.
        """
        frames: list[Frame | Ping] = []
        if not self.closed:
            self._buffer += octets
        while len(frames) < most and (frame := self._next()) is not None:
            frames.append(frame)
            self.deadline_s = None
        if self.closed:
            self._buffer.clear()
            self.deadline_s = None
        elif self.deadline_s is None and (self._head is not None or self._begun()):
            self.deadline_s = now_s + self._limits.message_s
        return frames

    def overdue(self, now_s: float) -> bool:
        """Tell whether a message began too long ago and still is not whole: close the stream."""
        return self.deadline_s is not None and now_s >= self.deadline_s

    def _begun(self) -> bool:
        """Tell whether a message, rather than part of a keep-alive, stands in the buffer."""
        return bool(self._buffer) and self._buffer[0] not in _LINE_ENDS

    def _next(self) -> Frame | Ping | None:
        """Return the next whole frame, or None while there is none."""
        if self.closed:
            return None
        if self._head is None:
            if self._skip_line_ends():
                return Ping()
            if (fault := self._read_head()) is not None:
                return fault
        if self._head is None or len(self._buffer) < self._body_octets:
            return None
        frame = Frame(self._head, bytes(self._buffer[: self._body_octets]))
        del self._buffer[: self._body_octets]
        self._head = None
        return frame

    def _skip_line_ends(self) -> bool:
        """Take the line ends before a message away; tell whether a keep-alive was among them."""
        buffer = self._buffer
        if not buffer or self._begun():
            return False
        run = len(buffer) - len(buffer.lstrip(_LINE_ENDS))
        ping = buffer.find(_PING, 0, run)
        if ping >= 0:
            del buffer[: ping + len(_PING)]
            return True
        # Half a keep-alive waits for its other half; any other line end is skipped.
        half = 0 if run < len(buffer) else _half_ping(buffer)
        del buffer[: run - half]
        return False

    def _read_head(self) -> Frame | None:
        """Read the head if it is whole; return the faulty frame when there is no going on."""
        if not self._begun():
            return None
        if not 0x20 < self._buffer[0] < 0x7F:
            # No message begins like that, so there is nobody to answer.
            self.closed = True
            return None
        most = self._limits.message_octets
        end = _end_of_head(self._buffer, max(0, self._searched - 3))
        if end is None and len(self._buffer) <= most:
            self._searched = len(self._buffer)
            return None
        self._searched = 0
        if end is None or end[1] > most:
            return self._fault(Head(bytes(self._buffer[:most])), 513, f"over {most} octets long")
        return self._measure_body(Head(bytes(self._buffer[: end[0]])), end[1])

    def _measure_body(self, head: Head, begins: int) -> Frame | None:
        """Wait for the body of *head*, which begins at *begins*; or return the faulty frame."""
        try:
            length = head.content_length()
        except BrokenRequest as fault:
            return self._fault(head, fault.status, fault.why)
        if length is None and not self._limits.lax:
            return self._fault(head, 400, "there is no Content-Length (RFC 3261 section 18.3)")
        if begins + (length or 0) > self._limits.message_octets:
            most = self._limits.message_octets
            return self._fault(head, 413, f"over {most} octets with its body")
        self._head, self._body_octets = head, length or 0
        del self._buffer[:begins]
        return None

    def _fault(self, head: Head, status: int, why: str) -> Frame:
        """Return the last frame of this stream."""
        self.closed = True
        return Frame(head, b"", BrokenRequest(status, why))


def _end_of_head(octets: bytes | bytearray, start: int) -> tuple[int, int] | None:
    """Return where the header fields end and where the body begins; lines may end with LF alone."""
    strict = octets.find(b"\n\r\n", start)
    loose = octets.find(b"\n\n", start, strict + 1 if strict >= 0 else len(octets))
    if strict < 0 and loose < 0:
        return None
    end, begins = (loose, loose + 2) if loose >= 0 else (strict, strict + 3)
    return (end - 1 if octets[end - 1 : end] == b"\r" else end), begins


def _half_ping(line_ends: bytearray) -> int:
    """Return how many octets at the end begin a keep-alive."""
    return next(size for size in (3, 2, 1, 0) if line_ends.endswith(_PING[:size]))
