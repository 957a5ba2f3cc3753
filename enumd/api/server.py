"""The process: sockets, uvicorn on them, and an end in which no answer is cut off."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn

from enumd.api.application import make
from enumd.errors import ServiceError
from enumd.net.listeners import Address
from enumd.operations.home import Home

STOP_S: Final = 5
"""How long open requests have at the end."""

_IDLE_S: Final = 15
_BACKLOG: Final = 511
_CONNECTIONS: Final = 1000
_HEAD_OCTETS: Final = 16_384


def run(home: Home, listen: Sequence[Address], say: Callable[[Sequence[str]], None]) -> None:
    """Answer at *listen* until SIGTERM or Ctrl-C; *say* is given the URLs when it has begun.

    Raises:
        ServiceError: an address cannot be had.
        ConfigError: the configuration of *home* cannot be used.
    """
    sockets = [_bind(address) for address in listen]
    config = uvicorn.Config(
        make(home),
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody is believed who says for whom they speak
        server_header=False,
        ws="none",
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=STOP_S,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=_HEAD_OCTETS,
        http="h11",
    )
    # uvicorn raises the signal that ended it once more: it has done what that asks for.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    say([url_of(each) for each in sockets])
    uvicorn.Server(config).run(sockets)


def url_of(listening: socket.socket) -> str:
    """Return where the API is to be found behind a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{Address(host, port).reachable}"


def _bind(address: Address) -> socket.socket:
    """Return a socket that listens at *address*: who connects now is answered in a moment.

    Raises:
        ServiceError: the address is in use, or not this machine's.
    """
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named.
    listening = socket.socket(address.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family is socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address.sockaddr())
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ServiceError(f"cannot listen at {address}: {error.strerror}").advise(
            "Choose another with --listen ADDRESS:PORT; port 0 takes any free one."
        ) from None
    return listening
