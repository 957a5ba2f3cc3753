"""What identifies a server transaction (RFC 3261 section 17.2.3)."""

from __future__ import annotations

from typing import NamedTuple

from enumd.sip.message import Request


class OldKey(NamedTuple):
    """What identifies a transaction of an RFC 2543 client (RFC 3261 section 17.2.3)."""

    method: str
    uri: str
    to_tag: bytes
    from_tag: bytes
    call_id: bytes
    sequence: int
    via: bytes


def invite_key(branch: bytes, sent_by: bytes) -> object:
    """Return what an INVITE, its ACK and its CANCEL share: *branch* and *sent_by*, in lower case.

    The branch begins with the magic cookie, so that it identifies the transaction by itself. One
    object rather than two: there is one for each call of the last five seconds.
    """
    return branch + b" " + sent_by


def key_of(request: Request, method: str) -> object:
    """Return what a request that belongs to the transaction of *request* and *method* shares."""
    via = request.via
    if via.compliant and method == "INVITE":
        return invite_key(via.branch, via.sent_by)
    if via.compliant:
        return via.branch, via.sent_by, method
    return OldKey(
        method,
        request.uri.text,
        request.to_tag,
        request.from_tag,
        request.call_id,
        request.sequence,
        via.octets,
    )
