"""An endpoint as people type it: a URI, a number, or an account at a messenger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from enumd.core.enumservice import MESSENGERS, Enumservice, messenger_uri
from enumd.core.number import Number
from enumd.core.transport import tls_note
from enumd.core.uri import Normalised, Uri
from enumd.errors import BadUri, NumberError

_HOST: Final = re.compile(
    r"(?P<before>[a-zA-Z][\w+.-]*:(?://)?(?:[^@/]*@)?)(?P<host>[^:/;?\[\]]+)(?P<after>.*)",
    re.DOTALL,
)
_NOT_THE_SAME: Final = frozenset("\u00df\u03c2\u200c\u200d")
"""What RFC 3490 and RFC 5891 make different names of."""


class Way(NamedTuple):
    """What an endpoint is made of, and what a person should know about it."""

    service: Enumservice
    uri: Uri
    notes: tuple[str, ...] = ()


def read_way(text: str, service: str | None) -> Way:
    """Return the endpoint a person wrote: a URI, a number, or an account at a messenger.

    Raises:
        BadUri, BadEnumservice: it is none of these, or not one the service leads to.
    """
    if account := _account(text, service):
        return _note(*messenger_uri(*account))
    normalised = _read_uri(text)
    kind = Enumservice.parse(service) if service else Enumservice.of(normalised.uri)
    if kind is None:
        why = f"no Enumservice follows from {normalised.uri.scheme}: say which with --service"
        raise BadUri(why, text, 0, len(normalised.uri.scheme))
    return _note(kind, normalised.uri, [f"in the URI, {note}" for note in normalised.notes])


def read_known(text: str, service: str | None) -> tuple[Uri | None, Enumservice | None]:
    """Return URI and Enumservice as `read_way` would; None where *text* is a part of one."""
    if account := _account(text, service):
        kind, uri = messenger_uri(*account)
        return uri, kind
    chosen = Enumservice.parse(service) if service else None
    try:
        return _read_uri(text).uri, chosen
    except BadUri:
        return None, chosen


def _note(kind: Enumservice, uri: Uri, notes: Sequence[str] = ()) -> Way:
    """Return an endpoint with all a person should know about it."""
    kind.check(uri)
    found = list(notes)
    if uri.long:
        found.append("a URI over 127 octets is cut by some clients")
    if note := tls_note(str(uri)):
        found.append(note)
    if kind.experimental:
        found.append(f"{kind} is experimental: only clients that know it will use it")
    return Way(kind, uri, tuple(found))


def _account(text: str, service: str | None) -> tuple[str, str] | None:
    """Return messenger and account where that is what a person wrote, and no URI."""
    name, colon, account = text.partition(":")
    name = name.lower()
    # Matrix alone has a URI scheme of its own name; its accounts begin with "@" (MSC 2312).
    named = bool(colon) and name in MESSENGERS and (name != "matrix" or account.startswith("@"))
    if service and service.lower() in MESSENGERS:
        return service.lower(), account if named and name == service.lower() else text
    return (name, account) if named and not service else None


def _read_uri(text: str) -> Normalised:
    """Return the URI meant by *text*; a bare number is a telephone."""
    if text.lstrip().startswith("+"):
        try:
            return Uri.normalised(f"tel:{Number.parse(text)}")
        except NumberError as error:
            refused = BadUri(error.why, error.text, error.start, error.end)
            raise refused.advise(error.advice) from None
    try:
        return Uri.normalised(text)
    except BadUri as error:
        if ":" not in text and "@" in text:
            error.add_note(f"Is it sip:{text}, mailto:{text} or xmpp:{text}?")
        elif (ascii_form := _ascii_form(text)) is not None:
            error.advise(f"A host name goes in its ASCII form (RFC 5891): {ascii_form}")
        raise


def _ascii_form(text: str) -> str | None:
    """Return *text* with its host name in the form that begins xn--, where that is all it needs."""
    match = _HOST.fullmatch(text)
    if match is None or set(match["host"]) & _NOT_THE_SAME:
        return None
    labels = match["host"].lower().split(".")
    try:
        named = ".".join(label.encode("idna").decode() for label in labels)
        Uri.normalised(candidate := match["before"] + named + match["after"])
    except (UnicodeError, BadUri):
        return None
    return candidate
