"""What a decision may depend on besides the number: the call, and the peer that asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from enumd.core.telephone import Subscriber
from enumd.errors import BadPeer

MAX_CONTACTS: Final = 10
"""Dialogic's gateways follow ten contacts of a redirect, ClearIP gives twelve."""

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*")
_GATEWAY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class PeerPolicy:
    """What whoever asks can do with an answer."""

    contact_schemes: tuple[str, ...] = ("sip", "sips", "tel")
    """The URI schemes it can take."""
    gateway: str = ""
    """The host, with a port if need be, that takes calls to telephone numbers; empty for none."""
    max_contacts: int = MAX_CONTACTS
    """How many targets it tries at most."""

    def __post_init__(self) -> None:
        """Refuse a scheme or a gateway that cannot be written, and a useless maximum."""
        for scheme in self.contact_schemes:
            if not _SCHEME.fullmatch(scheme):
                raise BadPeer(f"{scheme!r} in contact_schemes is no URI scheme in lower case")
        if self.gateway:
            _check_gateway(self.gateway)
        if not 1 <= self.max_contacts <= 50:
            raise BadPeer(f"max_contacts is 1 to 50, not {self.max_contacts}")


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
    is_asked: Callable[[str], bool] = _never
    """Tells whether a URI is the one the call came for: it must not be sent back there."""
