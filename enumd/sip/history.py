"""History-Info (RFC 7044): where a request has been, as a redirect server gives it back.

It adds nothing of its own: what came is copied into every answer but 100 (section 9.4), with an
entry for the Request-URI where that is missing (section 9.1), and each Contact says which entry it
came from. Diversion (RFC 5806) is for whoever follows the redirect to write (RFC 7544 section 3.3):
it says who diverted, and nobody is diverted by being looked up.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from enumd.errors import BadUri, BrokenRequest
from enumd.sip.address import NameAddress
from enumd.sip.message import Request
from enumd.sip.uri import SipUri

_FIELDS: Final = frozenset((b"history-info", b"supported"))
_INDEX: Final = re.compile(rb"[0-9]+(?:\.[0-9]+)*+")
_SAFE: Final = re.compile(r"[!#-;=?-~]+")
_WANTED: Final = re.compile(rb"(?i)(?:^|,)\s*histinfo\s*(?:,|$)")


class History(NamedTuple):
    """What an answer says of it."""

    fields: bytes = b""
    """Header lines, each with its line end."""
    place: bytes = b""
    """The index of the Request-URI's entry; empty where there is none to speak of."""


NO_HISTORY: Final = History()


def history_of(request: Request) -> History:
    """Return the History-Info of answers to *request*; none unless it has one or asks for it."""
    head = request.head
    if not head.has_any(_FIELDS):
        return NO_HISTORY
    came = head.rows(b"history-info")
    if not came and not any(map(_WANTED.search, head.rows(b"supported"))):
        return NO_HISTORY
    fields = b"".join([b"History-Info: %b\r\n" % row for row in came])
    index, is_this = _last(request) if came else (b"", False)
    if is_this:
        return History(fields, index)
    if (came and not index) or not _SAFE.fullmatch(request.uri.text):
        return History(fields)
    # Section 10.3, rules 1 and 6: the first is 1, and a gap before it is a 0.
    index = index + b".0.1" if came else b"1"
    entry = b"History-Info: <%b>;index=%b\r\n" % (request.uri.text.encode(), index)
    return History(fields + entry, index)


def _last(request: Request) -> tuple[bytes, bool]:
    """Return the index of the last entry, and whether it is that of the Request-URI.

    The index is empty where the entry cannot be read.
    """
    try:
        address = NameAddress.parse(request.head.elements(b"history-info")[-1])
    except BrokenRequest:
        return b"", False
    index = address.parameters.get(b"index") or b""
    if not _INDEX.fullmatch(index):
        return b"", False
    # Its headers say what became of it (Reason) and who may see it (Privacy).
    return index, _is(address.uri.partition("?")[0], request)


def _is(text: str, request: Request) -> bool:
    """Tell whether *text* is the Request-URI."""
    if text == request.uri.text:
        return True
    try:
        return isinstance(request.uri, SipUri) and request.uri.same_as(SipUri(text))
    except BadUri:
        return False
