"""What a decision may depend on besides the number: the call, and the peer that asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from enumd.core.telephone import Subscriber
from enumd.errors import BadPeer

MAX_CONTACTS: Final = 10
"""Dialogic's gateways follow ten contacts of a redirect, ClearIP gives twelve."""


class Purpose(StrEnum):
    """What a request wants of whom it is for."""

    CALL = "calls"
    MESSAGE = "messages"
    PRESENCE = "presence"


_SIP: Final = ("sip", "sips")
SUPPOSED: Final = {
    Purpose.CALL: (*_SIP, "tel"),
    Purpose.MESSAGE: (*_SIP, "tel", "im"),
    Purpose.PRESENCE: (*_SIP, "pres"),
}
"""What a peer takes of which nothing is said, by what it asks for."""
_LAST: Final = ("tel:", "im:", "pres:")

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*")
_GATEWAY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """What whoever asks can do with an answer."""

    contact_schemes: tuple[str, ...] = ()
    """The URI schemes it can take; if nobody said, those of `SUPPOSED`."""
    gateway: str = ""
    """The host, with a port if need be, that takes calls to telephone numbers; empty for none."""
    max_contacts: int = MAX_CONTACTS
    """How many targets it tries at most."""
    pass_transport_tls: bool = False
    """Whether it gets `sip:…;transport=tls`, which RFC 5630 section 5.4 forbids."""
    last: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """How URIs begin that come after all others, whatever is preferred: nobody said that the peer
    takes them, and proxies may try nothing after a tel URI."""

    def __post_init__(self) -> None:
        """Refuse a scheme or a gateway that cannot be written, and a useless maximum."""
        for scheme in self.contact_schemes:
            if not _SCHEME.fullmatch(scheme):
                raise BadPeer(f"{scheme!r} in contact_schemes is no URI scheme in lower case")
        if self.gateway:
            _check_gateway(self.gateway)
        if not 1 <= self.max_contacts <= 50:
            raise BadPeer(f"max_contacts is 1 to 50, not {self.max_contacts}")
        last = () if self.contact_schemes else _LAST[1:] if self.gateway else _LAST
        object.__setattr__(self, "last", last)


def _check_gateway(gateway: str) -> None:
    """Refuse what is no host and no host:port."""
    found = _GATEWAY.fullmatch(gateway)
    if found is None:
        raise BadPeer(f"the gateway {gateway!r} is no host and no host:port")
    if found[1] and not 1 <= int(found[1]) <= 65535:
        raise BadPeer(f"the port of the gateway {gateway!r} is not 1 to 65535")


def _never(uri: str) -> bool:
    """Say of every URI that it is not the one the call came for."""
    return False


class Context(NamedTuple):
    """The call. What decisions come to depend on later gets a field with a default here."""

    now_s: float
    policy: PeerPolicy = PeerPolicy()
    caller: str = ""
    """The URI of whoever calls."""
    dialled: Subscriber | None = None
    """The number as it was dialled, with its parameters."""
    purpose: Purpose = Purpose.CALL
    is_asked: Callable[[str], bool] = _never
    """Tells whether a URI is the one the call came for: it must not be sent back there."""
