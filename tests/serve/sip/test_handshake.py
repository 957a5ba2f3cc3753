"""The beginning of TLS, with transports in memory and a clock that is moved by hand."""

from __future__ import annotations

import contextlib

import pytest
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from enumd.config import Config, SipSettings
from enumd.net.connections import TcpLimits
from enumd.net.slab import Counters
from enumd.serve.sip.driver import SipDriver
from enumd.serve.sip.handshake import TURN, PacedTlsFactory, TlsStreamFactory
from enumd.serve.sip.metrics import SipCell, SipCounts, connection_cells
from enumd.serve.sip.stream import SipStreamFactory
from enumd.serve.sip.tls import TlsCredentials, context_for
from enumd.sip.peer import Peer, Peers
from enumd.sip.server import RedirectServer

HERE = IPv4Address("TCP", "192.0.2.4", 40000)


class Wire(StringTransport):
    """One end of a connection."""

    def __init__(self) -> None:
        """Be open."""
        super().__init__(peerAddress=HERE)

    def abortConnection(self):  # noqa: N802 (Twisted's name)
        """Close."""
        self.disconnecting = True


class Client:
    """A TLS client whose octets are carried by hand."""

    def __init__(self, factory) -> None:
        """Connect."""
        self.server, self.wire = factory.buildProtocol(HERE), Wire()
        self.server.makeConnection(self.wire)
        self.tls = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        self.tls.set_connect_state()

    def speak(self) -> None:
        """Carry what the client has to say to the server."""
        with contextlib.suppress(SSL.WantReadError):
            self.tls.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            self.server.dataReceived(self.tls.bio_read(65536))

    def listen(self) -> int:
        """Carry what the server said to the client; return how much that was."""
        octets = self.wire.value()
        self.wire.clear()
        if octets:
            self.tls.bio_write(octets)
        return len(octets)


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def factory(tmp_path, authority, clock):
    """What makes connections over TLS, with a certificate."""
    authority.sign("sip.example.net")
    sip = SipSettings(
        tls_listen=("127.0.0.1:0",), certificate="sip.example.net.pem", key="sip.example.net.key"
    )
    slab = Counters(1, SipCell.COUNT).worker(0)
    server = RedirectServer(Peers((), Peer("all")), b"s" * 32, lambda: b"12345678")
    driver = SipDriver(server, lambda *_, **__: None, clock, SipCounts(slab))
    streams = SipStreamFactory(driver, TcpLimits(), clock, connection_cells(slab))
    credentials = TlsCredentials(context_for(Config(tmp_path, sip=sip)))
    return PacedTlsFactory(credentials, TlsStreamFactory(streams), clock)


def step(clock: Clock) -> None:
    """Have done what is due by now, and not what that asks for: the way a reactor does it."""
    for call in [call for call in clock.calls if call.getTime() <= clock.seconds()]:
        clock.calls.remove(call)
        call.called = 1
        call.func(*call.args, **call.kw)


def test_only_so_many_signatures_are_made_a_turn(factory, clock):
    """Of many clients that begin together a few are answered before the reactor has its turn."""
    clients = [Client(factory) for _ in range(3 * TURN)]
    for client in clients:
        client.speak()

    answered = 0
    for turn in (1, 2, 3):
        answered += sum(bool(client.listen()) for client in clients)
        assert answered == turn * TURN
        step(clock)
    assert {client.wire.producerState for client in clients} == {"producing"}


def test_what_is_said_inside_is_read(factory, clock):
    """A keep-alive over TLS is answered, and once TLS stands nothing waits for that queue."""
    client = Client(factory)
    for _ in range(3):
        client.speak()
        client.listen()
        clock.advance(0)
    client.tls.send(b"\r\n\r\n")
    client.speak()
    clock.advance(0)
    client.listen()
    assert client.tls.recv(10) == b"\r\n"

    client.tls.send(b"\r\n\r\n")
    client.speak()
    clock.advance(0)
    client.listen()
    assert client.tls.recv(10) == b"\r\n"


def test_who_leaves_before_its_turn_is_forgotten(factory, clock):
    """A client that is gone gets no signature."""
    clients = [Client(factory) for _ in range(TURN + 1)]
    for client in clients:
        client.speak()
    last = clients[-1]
    assert last.wire.producerState == "paused"
    last.server.connectionLost(Failure(ConnectionDone()))
    ended = last.listen()
    step(clock)

    assert ended < 10  # an alert
    assert last.listen() == 0
