"""The rules a route passes on its way to being a target, in order.

A rule looks at one URI, its scheme in lower case and the route that led there, and at the URIs
taken before it. It returns None when it has no part in the matter; otherwise the URI to go on with,
or None to leave the route out, and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from enumd.core.telephone import Subscriber
from enumd.core.transport import sips_form, without_tls
from enumd.errors import BadUri
from enumd.routing.context import SUPPOSED, Context, Purpose
from enumd.routing.profile import Route


class Ruling(NamedTuple):
    """What a rule has to say: the URI to go on with, or None; and why."""

    uri: str | None
    why: str


class Rule(NamedTuple):
    """A rule and the name people see it under."""

    name: str
    judge: Callable[[str, str, Route, Sequence[str], Context], Ruling | None]


# What may stand between "<" and ">" in a header field, and cannot end it.
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!#-;=?-~]+")

TELEPHONY: Final = frozenset(("sip", "sips", "tel"))
CALLS: Final = frozenset(("sip", "voice", "pstn", "tel"))
"""Types of Enumservice whose sip, sips or tel URI takes a call; `tel` is from before RFC 6118."""
_TAKING: Final = {
    Purpose.CALL: CALLS,
    # A SIP address of record is for whatever SIP does (RFC 3764 section 4).
    Purpose.MESSAGE: frozenset(("sip", "im", "sms")),
    Purpose.PRESENCE: frozenset(("sip", "pres")),
}
NO_CALLS: Final = frozenset().union(*_TAKING.values()) - CALLS
"""Types of Enumservice that are for something else than calls, whatever their URI."""


def scheme_of(uri: str) -> str:
    """Return the scheme of *uri*, in lower case."""
    return uri[: uri.find(":")].lower()


def _writable(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out what is no absolute URI or could end the header field it is put into."""
    if _URI.fullmatch(uri):
        return None
    return Ruling(None, "not a URI that can be passed on")


def _serves(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out where no call can go: a voice mailbox, a number for text messages.

    Messages (RFC 3428) and subscriptions (RFC 6665) have places of their own to go.
    """
    service = route.service
    if service.type in _TAKING[context.purpose]:
        return None
    if scheme not in TELEPHONY and service.type not in NO_CALLS:
        return None
    return Ruling(None, f"{service} takes no {context.purpose.value}")


def _gateway(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Send a telephone number to the peer's gateway, as a SIP URI (RFC 3261 section 19.1.6)."""
    if scheme != "tel":
        return None
    try:
        subscriber = Subscriber.parse(uri[4:])
    except BadUri as error:
        return Ruling(None, error.why)
    dialled, gateway = context.dialled, context.policy.gateway
    if dialled is not None and dialled.parameters and dialled.digits == subscriber.digits:
        # RFC 3966 section 5.4: what a caller added to its number must not get lost on the way.
        subscriber = subscriber.with_missing(dialled.parameters)
    if not gateway:
        why = "no gateway takes telephone numbers for this peer"
        if "tel:" in context.policy.last:
            why += ": it comes last"
        return Ruling(f"tel:{subscriber}", why)
    return Ruling(f"sip:{subscriber.user}@{gateway};user=phone", f"{gateway} takes it")


def _scheme(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out a scheme that the peer cannot take."""
    if scheme in (context.policy.contact_schemes or SUPPOSED[context.purpose]):
        return None
    return Ruling(None, f"the peer does not take {scheme}")


def _contact(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out what says more of the request than where it goes, and mostly `transport=tls`.

    Whoever follows a Contact puts its headers and its method into the next request (RFC 3261
    sections 8.1.3.4 and 19.1.5): that is no business of whom we redirect to.
    """
    if scheme not in ("sip", "sips") or (";" not in uri and "?" not in uri):
        return None
    at = uri.find("@") + 1  # a user part may have ";" and "?" in it, and no "@"
    address, question, _ = uri[at:].partition("?")
    if question:
        return Ruling(None, "its headers would get into the caller's request")
    names = [unquote(one).lower().partition("=")[0] for one in address.split(";")[1:]]
    if "method" in names:
        return Ruling(None, "its method would replace that of the caller's request")
    if (without := without_tls(uri)) is None:
        return None
    # RFC 5630 section 5.4: MUST NOT be used. With sips it says nothing; without it a sip URI
    # would have the call go unencrypted, and making it sips is not ours (the same section).
    if scheme == "sips":
        return Ruling(without, "sips needs no transport=tls")
    if context.policy.pass_transport_tls:
        return Ruling(uri, "the peer wants transport=tls, though RFC 5630 forbids it")
    return Ruling(None, f"transport=tls must not be passed on (RFC 5630); publish {sips_form(uri)}")


def _asked(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out the URI that the call came for (RFC 3261 section 8.3)."""
    if not context.is_asked(uri):
        return None
    return Ruling(None, "the call came for this very URI")


def _once(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out what is tried already."""
    return Ruling(None, "it is there already") if uri in taken else None


def _most(
    uri: str, scheme: str, route: Route, taken: Sequence[str], context: Context
) -> Ruling | None:
    """Leave out what comes after as many targets as the peer tries."""
    most = context.policy.max_contacts
    if len(taken) < most:
        return None
    return Ruling(None, f"the peer is offered {most} at most (max_contacts)")


ASKED: Final = "asked"

RULES: Final = (
    Rule("uri", _writable),
    Rule("service", _serves),
    Rule("gateway", _gateway),
    Rule("scheme", _scheme),
    Rule("contact", _contact),
    Rule(ASKED, _asked),
    Rule("once", _once),
    Rule("most", _most),
    # Rules change URIs: what goes out is looked at again, whatever made it.
    Rule("written", _writable),
)
