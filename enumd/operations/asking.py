"""The running server asked until it shows a change."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

import dns.rdatatype

from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.operations.live import Expected
from enumd.serve.enum.lookup import ask

DEADLINE_S: Final = 2.0
"""How long a change may take to be live before we say that it is not."""

_ASK_AGAIN_S: Final = 0.001


def ask_until_live(server: Address, expected: Expected, committed_s: float) -> float | None:
    """Return the milliseconds from the commit until *server* shows the change, or None."""
    while (left_s := committed_s + DEADLINE_S - time.perf_counter()) > 0:
        with suppress(ServiceError):  # silent for now; it may be starting again
            if expected.shown_by(ask(server, expected.owner, dns.rdatatype.NAPTR, left_s)):
                return round(1000 * (time.perf_counter() - committed_s), 1)
        time.sleep(_ASK_AGAIN_S)
    return None


def not_live(server: Address, expected: Expected) -> ServiceError:
    """Return the error of a server that does not show a change in time."""
    why = f"{server} does not show the change of {expected.number} after {DEADLINE_S:.0f} s"
    return ServiceError(why).advise(
        "The change is committed and published, do not repeat it. See `enumd doctor`, and whether "
        "the server is overloaded, stopped, or serves another home."
    )
