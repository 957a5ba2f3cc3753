"""What a redirect server answers (RFC 3261 section 8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Final, NamedTuple

from enumd.core.telephone import Subscriber
from enumd.errors import BadUri
from enumd.routing.context import Context, Purpose
from enumd.routing.decision import Decision, Target, Verdict
from enumd.sip.message import Request
from enumd.sip.peer import Peer
from enumd.sip.reply import warning
from enumd.sip.uri import AnyUri, OtherUri, SipUri, TelUri

_ALLOW: Final = (
    b"Allow: INVITE, ACK, CANCEL, OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PUBLISH\r\n"
)
_CAPABILITIES: Final = _ALLOW + b"Accept: application/sdp\r\nSupported:\r\n"

_PURPOSES: Final = {
    "MESSAGE": Purpose.MESSAGE,
    "SUBSCRIBE": Purpose.PRESENCE,
    "PUBLISH": Purpose.PRESENCE,
    "NOTIFY": Purpose.PRESENCE,
}
"""What methods are not for calls."""

RETRY_S: Final = 30
"""When to ask again after a tree did not answer; resolvers remember that as long (RFC 9520)."""

_STATUSES: Final = {
    Verdict.NOT_FOUND: 404,
    Verdict.GONE: 410,
    Verdict.UNAVAILABLE: 480,
    Verdict.INCOMPLETE: 484,
    Verdict.BROKEN: 500,
    # Never 404: that stops the caller's hunting, and nobody said that there is no such number.
    Verdict.UNANSWERED: 503,
}

_SAFE_URI: Final = re.compile(r"[!#-;=?-~]+")


class CallAnswer(NamedTuple):
    """A status, the header lines that go with it, and the reason in words."""

    status: int
    fields: bytes
    why: str


def refusal(status: int, why: str, fields: bytes = b"") -> CallAnswer:
    """Return the answer that refuses a request and says why."""
    return CallAnswer(status, fields + warning(why), why)


NOTHING_TO_CANCEL: Final = refusal(481, "there is nothing to cancel")
"""What a CANCEL gets that matches no transaction (RFC 3261 section 9.2)."""


UNKNOWN_SOURCE: Final = refusal(403, "this source is not known here")
"""What everybody gets who is not let in."""


def without_lookup(request: Request) -> CallAnswer | None:
    """Return the answer to what needs no number, or None for a request that is to be redirected.

    Unknown methods, header fields and option tags are none of these: they are redirected like all
    others (RFC 3261 section 8.3, last paragraph).
    """
    if request.method == "REGISTER":
        return refusal(405, "this is no registrar", _ALLOW)
    if request.to_tag:
        return refusal(481, "no dialogs are held here")
    uri = request.uri
    if isinstance(uri, OtherUri):
        return refusal(416, f"{uri.scheme} is not looked up here; sip, sips and tel are")
    if request.method == "OPTIONS" and isinstance(uri, SipUri) and uri.user is None:
        return CallAnswer(200, _CAPABILITIES, "asked about the server itself")
    return None


def context_of(request: Request, peer: Peer, dialled: Subscriber, now_s: float) -> Context:
    """Return the call as routing sees it."""
    caller = request.caller.decode("latin-1")
    purpose = _PURPOSES.get(request.method, Purpose.CALL)
    return Context(now_s, peer.routing, caller, dialled, purpose, partial(_is, request.uri))


def answer_to(decision: Decision, peer: Peer, index: bytes = b"") -> CallAnswer:
    """Return the answer that tells *peer* what was decided.

    *index* is that of the Request-URI's entry in History-Info, where that is wanted.
    """
    if decision.verdict is Verdict.REDIRECT:
        several = len(decision.targets) > 1
        status = peer.redirect_status if several else 302
        return CallAnswer(status, contact_field(decision.targets, index), decision.verdict.value)
    status, why = _STATUSES[decision.verdict], decision.steps[-1].why
    retry_after_s = RETRY_S if status == 503 else decision.retry_after_s
    fields = b"Retry-After: %d\r\n" % retry_after_s if retry_after_s else b""
    return refusal(status, why, fields)


def contact_field(targets: Iterable[Target], index: bytes = b"") -> bytes:
    """Return the Contact header line: one list, in the order of q (RFC 3261 section 20.10).

    With an *index* each says that it is another way to the same user, the holder of the number
    (RFC 7044 section 10.4, "rc").

    Raises:
        ValueError: a URI could end the field; `decide` lets none through.
    """
    contacts = []
    mark = f";rc={index.decode()}" if index else ""
    for uri, q_percent, _ in targets:
        if not _SAFE_URI.fullmatch(uri):
            raise ValueError(f"{uri!r} cannot be written into a Contact")
        contacts.append(f"<{uri}>;q=0.{q_percent:02d}{mark}")
    return f"Contact: {', '.join(contacts)}\r\n".encode()


def _is(asked: AnyUri, uri: str) -> bool:
    """Tell whether *uri* is the Request-URI *asked* (RFC 3261 section 8.3)."""
    if isinstance(asked, TelUri):
        return uri[:4].lower() == "tel:" and _same_number(asked, uri)
    if isinstance(asked, OtherUri):
        return uri == asked.text
    # Only escapes can make a user part look different and mean the same: see that first, because
    # comparing in full costs more than all the rest of an answer.
    if (
        "%" not in uri
        and asked.user is not None
        and asked.user not in uri
        and "%" not in asked.user
    ):
        return False
    try:
        return asked.same_as(SipUri(uri))
    except BadUri:
        return False


def _same_number(asked: TelUri, uri: str) -> bool:
    """Tell whether a tel URI is equivalent to *asked* (RFC 3966 section 4)."""
    try:
        return Subscriber.parse(uri[4:]) == asked.subscriber
    except BadUri:
        return False
