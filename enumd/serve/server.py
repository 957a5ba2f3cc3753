"""A server from its start: every address bound, root given up, the workers supervised."""

from __future__ import annotations

import importlib
import logging
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from enumd.config import Config
from enumd.errors import ConfigError, ServiceError
from enumd.net import descriptors, log, privileges
from enumd.net.listeners import Address, bind_all, bind_http
from enumd.net.log import event
from enumd.serve import runfile, worker
from enumd.serve.runfile import Announcement
from enumd.serve.supervisor import Supervisor

if TYPE_CHECKING:
    from enumd.serve.sip.service import SipPost

_log = logging.getLogger("enumd.serve")


def run(
    config: Config, listeners: Sequence[str] = (), workers: int = 0, sip: Sequence[str] = ()
) -> None:
    """Serve the index of *config* until SIGTERM or SIGINT.

    *listeners* (`HOST:PORT`) for DNS and for *sip*, and *workers*, go before those of the
    configuration.

    Raises:
        ConfigError: an address or the user is not right.
        ServiceError: an address is taken, a server runs already, or the workers do not start.
    """
    began_s = time.monotonic()
    log.configure(config.log.level)
    addresses = [Address.parse(text, "dns.listen") for text in listeners or config.dns.listen]
    sip = sip or config.sip.listen
    if not (addresses or sip or config.sip.tls_listen):
        raise ConfigError("there is no address to listen at, nor one for SIP", "dns.listen")
    if (other := runfile.running(config.home)) is not None:
        raise ServiceError(f"process {other.pid} serves {config.home} already").advise(
            "A change needs no second server. To start it anew, end that one first: kill "
            f"{other.pid}"
        )
    workers = workers or config.dns.workers
    descriptors.raise_limit()  # before root is given up: its own may be higher
    with ExitStack() as opened:
        bound = bind_all(addresses, workers)
        for listener in bound:
            opened.callback(listener.close)
        http = _bind_metrics(config)
        if http is not None:
            opened.enter_context(http)
        sip_post = _prepare_sip(config, sip, workers)
        if sip_post is not None:
            opened.callback(sip_post.close)
        if config.dns.user:
            privileges.become(config.dns.user)
        announcement = opened.enter_context(Announcement(config.home))
        _tell_shares(config, sip_post)
        Supervisor(config, bound, http, workers, announcement, sip_post).serve(began_s)


def _tell_shares(config: Config, sip: SipPost | None) -> None:
    """Log how many connections there is room for; warn where that is less than configured."""
    shares = worker.shares_for(config, sip)
    wanted = config.dns.tcp_connections, config.sip.tcp_connections if sip is not None else 0
    line = event(
        "connections",
        descriptors=shares.limit,
        dns_tcp=shares.dns,
        sip=shares.sip,
        metrics=descriptors.METRICS if config.metrics.listen else 0,
    )
    enough = (shares.dns, shares.sip) == wanted
    _log.log(logging.INFO if enough else logging.WARNING, "%s", line)


def _bind_metrics(config: Config) -> socket.socket | None:
    """Return the socket for /metrics, if one is configured."""
    if not config.metrics.listen:
        return None
    # Loaded here for the worker that will need it: another user may not be able to read it.
    importlib.import_module("enumd.serve.exposition")
    return bind_http(Address.parse(config.metrics.listen, "metrics.listen"))


def _prepare_sip(config: Config, listeners: Sequence[str], workers: int) -> SipPost | None:
    """Return what the workers need to serve SIP, if they are to."""
    if not (listeners or config.sip.tls_listen):
        return None
    # A server without SIP does not pay for it.
    from enumd.serve.sip.service import prepare

    return prepare(config, listeners, workers)
