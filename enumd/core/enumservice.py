"""Enumservices: what a way to be reached is for (RFC 6116 section 3.4.3, RFC 6117)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from enumd.core.number import Number
from enumd.core.registrations import REGISTRATIONS as REGISTRATIONS
from enumd.core.registrations import Registration as Registration
from enumd.core.uri import Uri
from enumd.errors import BadEnumservice, BadUri, NumberError

# RFC 6116 section 3.4.3: type and subtype = 1*32(ALPHA / DIGIT / "-").
_TOKEN: Final = r"[A-Za-z0-9\-]{1,32}"
_ENUMSERVICE: Final = re.compile(rf"{_TOKEN}(?::{_TOKEN})*")
_CANONICAL_TYPE: Final = re.compile(r"X-[a-z0-9\-]{1,30}|[a-z0-9\-]{1,32}")
_SUBTYPE: Final = re.compile(r"[a-z0-9\-]{1,32}")
_PREFIX: Final = "e2u+"
_ROOM: Final = 255 - len(_PREFIX)


@dataclass(frozen=True, slots=True)
class Enumservice:
    """One Enumservice: a type and its subtypes, in lower case but for the `X` of `X-`.

    >>> Enumservice.parse("e2u+VOICE:tel").services_field
    'E2U+voice:tel'
    """

    type: str
    subtypes: tuple[str, ...] = ()
    services_field: str = field(init=False, repr=False, compare=False)
    """What the services field of a record says: `E2U` in upper case, which Asterisk insists on."""
    registration: Registration | None = field(init=False, repr=False, compare=False)
    """The row of the IANA registry, or None for `X-` and for what is not registered."""

    def __post_init__(self) -> None:
        """Refuse what the ABNF does not allow, upper case, and the private `P-` types."""
        text = ":".join((self.type, *self.subtypes))
        if self.type.startswith("p-"):
            why = "P- types must not be seen outside a private network (RFC 6116 section 3.4.3.1)"
            raise BadEnumservice(why, text, 0, 2)
        if not _CANONICAL_TYPE.fullmatch(self.type):
            raise BadEnumservice("a type is up to 32 of a-z, 0-9 and -", text, 0, len(self.type))
        if not all(map(_SUBTYPE.fullmatch, self.subtypes)):
            raise BadEnumservice(
                "a subtype is up to 32 of a-z, 0-9 and -", text, len(self.type) + 1
            )
        if len(text) > _ROOM:
            raise BadEnumservice(f"a record has room for {_ROOM} octets of it", text, _ROOM)
        object.__setattr__(self, "services_field", f"E2U+{text}")
        object.__setattr__(self, "registration", _BY_NAME.get(text))

    @classmethod
    def parse(cls, text: str) -> Enumservice:
        """Return the Enumservice written in *text*, with or without `E2U+`, in any case.

        Raises:
            BadEnumservice: it breaks the ABNF, there are several, or it is a `P-` type.
        """
        return _parse(text)

    @classmethod
    def of(cls, uri: Uri) -> Enumservice | None:
        """Return the Enumservice that follows from the scheme of *uri*, or None if none does."""
        service = _OF_SCHEME.get(uri.scheme)
        return _parse(service) if service else None

    @property
    def registered(self) -> bool:
        """Tell whether IANA has it."""
        return self.registration is not None

    @property
    def experimental(self) -> bool:
        """Tell whether its type begins with `X-` (RFC 6116 section 3.4.3.1)."""
        return self.type.startswith("X-")

    def check(self, uri: Uri) -> None:
        """Refuse to lead to *uri* unless the registration says so; `X-` may lead anywhere.

        Raises:
            BadEnumservice: neither registered nor experimental.
            BadUri: the scheme is not one the Enumservice is registered for.
        """
        if self.experimental:
            return
        if self.registration is None:
            raise _unregistered(str(self))
        if uri.scheme not in self.registration.schemes:
            wanted = " or ".join(sorted(self.registration.schemes))
            why = f"{self} leads to {wanted}, not to {uri.scheme}"
            raise BadUri(why, uri.text, 0, len(uri.scheme))

    def __str__(self) -> str:
        """Return `type` or `type:subtype`."""
        return self.services_field[4:]


@lru_cache(maxsize=1024)
def _parse(text: str) -> Enumservice:
    """Return the Enumservice written in *text*; remembered, because imports repeat a few."""
    start = len(_PREFIX) if text[: len(_PREFIX)].lower() == _PREFIX else 0
    if (plus := text.find("+", start)) >= 0:
        why = "one Enumservice a record, written after E2U (RFC 6116 section 3.4.3)"
        raise BadEnumservice(why, text, plus)
    if not _ENUMSERVICE.fullmatch(text, start):
        why = "an Enumservice is type or type:subtype, each up to 32 of a-z, 0-9 and -"
        raise BadEnumservice(why, text, start)
    kind, *subtypes = text[start:].lower().split(":")
    return Enumservice(f"X-{kind[2:]}" if kind.startswith("x-") else kind, tuple(subtypes))


def _unregistered(text: str) -> BadEnumservice:
    """Return the error for a type that IANA does not have, with what was probably meant."""
    family = [name for name in _BY_NAME if name.startswith(f"{text}:")]
    meant = _MEANT.get(text) or " or ".join(family)
    hint = f"; did you mean {meant}?" if meant else ""
    return BadEnumservice(f"IANA has no Enumservice of this name{hint}", text)


@dataclass(frozen=True, slots=True)
class Messenger:
    """A messenger by its short name: which Enumservice says it, and how an account is a URI.

    IANA has no Enumservice for a proprietary messenger. `web:https` with the vendor's own link is
    registered and every client can open it; where no such link exists, an `X-` type has to do.
    """

    name: str
    service: Enumservice
    hosts: frozenset[str]
    """Hosts whose https URLs are taken as they are."""
    of_account: Callable[[str], str]
    """Makes a URI of an account; raises ValueError with the reason where it cannot."""


def messenger_uri(name: str, account: str) -> tuple[Enumservice, Uri]:
    """Return the Enumservice and the URI for *account* (a name, number or URL) at a messenger.

        >>> str(messenger_uri("whatsapp", "+44 1632 960017")[1])
        'https://wa.me/441632960017'

    Raises:
        BadEnumservice: there is no messenger of that short name.
        BadUri: the account is none of the kind this messenger has.
    """
    messenger = MESSENGERS.get(name.lower())
    if messenger is None:
        raise BadEnumservice(f"the messengers known here are {', '.join(MESSENGERS)}", name)
    text = account.strip()
    host = _HTTPS_HOST.match(text)
    if host and host[1].lower() in messenger.hosts and "#" not in text:
        return messenger.service, Uri.parse(text)
    try:
        return messenger.service, Uri.parse(messenger.of_account(text))
    except ValueError as error:
        raise BadUri(str(error), account) from None


def _matrix(account: str) -> str:
    """Return the URI of a Matrix user id such as @ada:example.org."""
    found = _MATRIX_USER.fullmatch(account)
    if found is None:
        raise ValueError("a Matrix account is written @name:server")
    return f"matrix:u/{quote(found[1], safe='._=-+')}:{found[2].lower()}?action=chat"


def _whatsapp(account: str) -> str:
    """Return the link of a WhatsApp account, which is a number."""
    return f"https://wa.me/{_digits(account, 'WhatsApp')}"


def _telegram(account: str) -> str:
    """Return the link of a Telegram user name, or of a number where that is public."""
    # "t.me/+" followed by digits is a number only while it is no invitation: prefer the name.
    if account.startswith("+"):
        return f"https://t.me/+{_digits(account, 'Telegram')}"
    return f"https://t.me/{_name(account, _TELEGRAM_NAME, 'Telegram name: 5 to 32 of a-z, 0-9, _')}"


def _signal(account: str) -> str:
    """Return the number of a Signal account as a tel URI."""
    # Signal's own links keep number and user name in a #fragment, which no record can carry.
    return f"tel:+{_digits(account, 'Signal')}"


def _messenger(account: str) -> str:
    """Return the link of a Messenger user or page."""
    return f"https://m.me/{_name(account, _MESSENGER_NAME, 'Messenger name')}"


def _teams(account: str) -> str:
    """Return the link that opens a Teams chat with somebody, by sign-in address."""
    if not _ADDRESS.fullmatch(account):
        raise ValueError("a Teams account is a sign-in address: name@domain")
    return f"https://teams.microsoft.com/l/chat/0/0?users={account}"


def _digits(account: str, vendor: str) -> str:
    """Return the digits of the number that is somebody's account at *vendor*."""
    # The links of these vendors leave the plus away. A leading 0 is no country code, so what begins
    # with one is a national number, and is refused.
    text = f"+{account}" if account[:1] in set("123456789") else account
    try:
        return Number.parse(text).digits
    except NumberError as error:
        raise ValueError(f"a {vendor} account is an international number: {error.why}") from None


def _name(account: str, pattern: re.Pattern[str], shape: str) -> str:
    """Return *account* without a leading "@", as a name of that *pattern*."""
    name = account.removeprefix("@")
    if not pattern.fullmatch(name):
        raise ValueError(f"this is no {shape}")
    return name


_HTTPS_HOST: Final = re.compile(r"https://([A-Za-z0-9.\-]+)(?=[/?]|$)")
_MATRIX_USER: Final = re.compile(r"@([a-z0-9._=\-/+]+):([A-Za-z0-9.:\-]+)")
_TELEGRAM_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
_MESSENGER_NAME: Final = re.compile(r"[A-Za-z0-9.]{1,50}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+\-]+@[A-Za-z0-9.\-]+")


def _messengers(*rows: tuple[str, str, str, Callable[[str], str]]) -> Mapping[str, Messenger]:
    """Return the messengers by short name."""
    return MappingProxyType(
        {
            name: Messenger(name, Enumservice.parse(service), frozenset(hosts.split()), of_account)
            for name, service, hosts, of_account in rows
        }
    )


# Never registered and yet in documentation and zones: what the writer wanted to say.
_MEANT: Final = {
    "tel": "voice:tel",
    "voice:sip": "sip",
    "pjsip": "sip",
    "sips": "sip",
    "iax2": "iax",
    "mailto": "email:mailto",
    "smtp": "email:mailto",
    "http": "web:http",
    "https": "web:https",
    "ftp": "ft:ftp",
    "ldap": "vpim:ldap",
}

_BY_NAME: Final = {f"{row.type}:{row.subtype}".rstrip(":"): row for row in REGISTRATIONS}

_OF_SCHEME: Final = {
    "sip": "sip",
    "sips": "sip",
    "tel": "voice:tel",
    "mailto": "email:mailto",
    "http": "web:http",
    "https": "web:https",
    "ftp": "ft:ftp",
    "ldap": "vpim:ldap",
    "xmpp": "xmpp",
    "im": "im",
    "pres": "pres",
    "acct": "acct",
    "h323": "h323",
    "iax": "iax",
    "matrix": "X-matrix",
    "skype": "X-skype",
    "viber": "X-viber",
    "weixin": "X-wechat",
    "tg": "X-telegram",
    "sgnl": "X-signal",
}


MESSENGERS: Final = _messengers(
    ("matrix", "X-matrix", "", _matrix),
    ("whatsapp", "web:https", "wa.me api.whatsapp.com", _whatsapp),
    ("telegram", "web:https", "t.me telegram.me", _telegram),
    ("signal", "X-signal", "", _signal),
    ("messenger", "web:https", "m.me", _messenger),
    ("teams", "web:https", "teams.microsoft.com teams.live.com", _teams),
)
"""The messengers that have a short name in the CLI."""
