"""SIP listeners at real sockets on loopback, driven by hand."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from enumd.net.listeners import Address, bind
from enumd.net.slab import Counters
from enumd.routing.profile import Profile, Status
from enumd.serve.sip.driver import SipDriver
from enumd.serve.sip.metrics import SipCell, SipCounts
from enumd.serve.sip.udp import SipUdp
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import RedirectServer


class Bench:
    """A UDP listener at one address, driven by hand."""

    def __init__(self, host: str, **policy) -> None:
        """Listen at *host*, for peers of that policy."""
        self.listener = bind(Address(host, 0), 1)
        self.lost: list[Failure] = []
        peers = Peers((), Peer("all", **policy))
        self.server = RedirectServer(peers, b"s" * 32, lambda: b"12345678")
        self.slab = Counters(1, SipCell.COUNT).worker(0)
        self.driver = SipDriver(self.server, self.find, Clock(), SipCounts(self.slab))
        self.udp = SipUdp(self.listener.udp[0], self.driver, self.lost.append)

    @property
    def port(self) -> int:
        """Return the port it listens at."""
        return self.listener.address.port

    def counted(self, name: str) -> int:
        """Return how often an event was counted."""
        self.driver.count()
        return self.slab[SipCell.event(name)]

    def find(self, number, now_s, *, dipped=False) -> Profile:
        """Know nobody: every call is answered 404."""
        return Profile(number, Status.FREE)


@pytest.fixture
def listen():
    """A function that listens at an address."""
    benches = []

    def listen(host="127.0.0.1", **policy):
        benches.append(Bench(host, **policy))
        return benches[-1]

    yield listen
    for bench in benches:
        bench.listener.close()


@pytest.fixture
def client():
    """A function that makes a client bound to an address."""
    opened = []

    def client(host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        opened.append(sock)
        sock.settimeout(5)
        sock.bind((host, 0))
        return sock

    yield client
    for sock in opened:
        sock.close()
