"""The page /metrics: what the counters and the index say."""

from __future__ import annotations

import socket
from typing import Any

from prometheus_client import CollectorRegistry

from enumd.net.acceptor import Acceptor
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.exposition import ServerCollector
from enumd.serve.page import FewConnections, MetricsPage, QuietSite


def serve(
    sock: socket.socket,
    counters: Counters,
    directory: Directory,
    reactor: Any,
    sip: Counters | None = None,
) -> None:
    """Serve /metrics, and nothing else, at a listening socket; *sip* are the counters of SIP."""
    site = QuietSite(MetricsPage(collect(counters, directory, sip), reactor), reactor)
    few: Any = FewConnections
    Acceptor(sock, few(site), reactor)


def collect(
    counters: Counters, directory: Directory, sip: Counters | None = None
) -> CollectorRegistry:
    """Return what reads every figure of the page at each scrape; *sip* are the counters of SIP."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServerCollector(counters, directory))
    if sip is not None:
        from enumd.serve.sip.exposition import SipCollector

        registry.register(SipCollector(sip))
    return registry
