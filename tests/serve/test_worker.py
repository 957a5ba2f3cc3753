"""One worker in a reactor that only notes what it is asked, with real sockets."""

from __future__ import annotations

import logging
import socket
import types

import dns.message
import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from enumd.config import Config, DnsSettings
from enumd.net.connections import GRACE_S, TcpLimits
from enumd.net.descriptors import Shares
from enumd.net.listeners import Address, bind, bind_http
from enumd.net.slab import Counters
from enumd.serve.dns.metrics import Cell
from enumd.serve.worker import (
    DRAIN_S,
    Post,
    WatchedUdp,
    Word,
    Worker,
    authority_for,
    shares_for,
    tcp_limits_for,
)

QUERY = dns.message.make_query("7.1.0.0.6.9.2.3.6.1.enum.example.", "NAPTR").to_wire()


class Port:
    """What a reactor makes of a listening socket."""

    def __init__(self, factory) -> None:
        """Belong to *factory*."""
        self.factory = factory
        self.done: list[str] = []

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Note that waiting connections were accepted."""
        self.done.append("accepted")

    def stopListening(self) -> None:  # noqa: N802 (Twisted's name)
        """Note that no more will be."""
        self.done.append("stopped")


class Reactor(Clock):
    """A clock that notes what a worker asks of a reactor."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.readers: list[object] = []
        self.ports: list[Port] = []
        self.stopped = False

    def addReader(self, reader) -> None:  # noqa: N802 (Twisted's name)
        """Watch a descriptor."""
        self.readers.append(reader)

    def removeReader(self, reader) -> None:  # noqa: N802 (Twisted's name)
        """Watch it no more."""
        self.readers.remove(reader)

    def adoptStreamPort(self, descriptor, family, factory) -> Port:  # noqa: N802
        """Listen."""
        self.ports.append(Port(factory))
        return self.ports[-1]

    def stop(self) -> None:
        """End."""
        self.stopped = True


@pytest.fixture
def bench(home):
    """A started worker, its reactor, its listener, and the parent's end of the line."""
    listener = bind(Address("127.0.0.1", 0), 1)
    parent, child = socket.socketpair()
    reactor = Reactor()
    post = Post(0, Config(home), (listener,), None, Counters(1, Cell.COUNT), child)
    worker = Worker(post, reactor)
    worker.start()
    yield types.SimpleNamespace(
        worker=worker, reactor=reactor, listener=listener, parent=parent, post=post
    )
    worker.close()
    listener.close()
    parent.close()
    child.close()


@pytest.fixture
def client(bench):
    """A client of that worker."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(bench.listener.address.sockaddr())
        yield sock


def test_it_tells_when_it_listens(bench):
    """Once every socket is with the reactor the parent is told."""
    udp, line = bench.reactor.readers

    assert bench.parent.recv(10) == Word.LISTENING
    assert isinstance(udp, WatchedUdp)
    assert verifyObject(IReadDescriptor, line)
    assert line.fileno() == bench.post.parent.fileno()
    assert line.logPrefix() == "parent"
    assert len(bench.reactor.ports) == 1


def test_it_answers(bench, client):
    """A query at its UDP socket gets the reply of the index."""
    client.send(QUERY)
    bench.reactor.readers[0].doRead()

    assert dns.message.from_wire(client.recv(4096)).answer


def test_the_metrics_page_is_with_one_worker(home):
    """The worker that is given the socket serves the page."""
    listener = bind(Address("127.0.0.1", 0), 1)
    http = bind_http(Address("127.0.0.1", 0))
    parent, child = socket.socketpair()
    reactor = Reactor()
    worker = Worker(
        Post(0, Config(home), (listener,), http, Counters(1, Cell.COUNT), child), reactor
    )
    worker.start()

    assert [type(port.factory).__name__ for port in reactor.ports] == [
        "DnsTcpFactory",
        "FewConnections",
    ]
    assert http.fileno() == -1
    worker.close()
    listener.close()
    for sock in (parent, child):
        sock.close()


def test_a_reload_takes_up_the_file(bench, client):
    """What the file says now holds for the next query and the next connection."""
    (bench.post.config.home / "enumd.toml").write_text(
        '[dns]\nudp_payload_max = 700\ntcp_idle_s = 3\n[log]\nlevel = "error"\n'
    )
    bench.parent.send(Word.RELOAD)
    assert bench.reactor.readers[1].doRead() is None
    client.send(dns.message.make_query("e164.example.", "NAPTR", use_edns=0).to_wire())
    bench.reactor.readers[0].doRead()

    assert dns.message.from_wire(client.recv(4096)).payload == 700
    assert bench.reactor.ports[0].factory.limits.idle_s == 3
    assert logging.getLogger("enumd").level == logging.ERROR


def test_a_reload_of_a_faulty_file_changes_nothing(bench, caplog):
    """The mistake is logged, and what held before holds."""
    (bench.post.config.home / "enumd.toml").write_text("[dns]\ntcp_idle_s = 0\n")
    bench.worker.reload()

    assert bench.reactor.ports[0].factory.limits.idle_s == 10
    assert "reload-refused worker=0" in caplog.text


@pytest.mark.parametrize("order", [Word.DRAIN, b""], ids=["told", "parent gone"])
def test_a_drain_answers_what_waits_and_ends(bench, client, order):
    """Datagrams in the queue are answered, no more are taken, and the reactor stops."""
    for _ in range(3):
        client.send(QUERY)
    if order:
        bench.parent.send(order)
    else:
        bench.parent.close()
    gone = bench.reactor.readers[1].doRead()
    assert isinstance(gone, ConnectionDone) == (not order)
    bench.worker.drain()

    assert all(dns.message.from_wire(client.recv(4096)).answer for _ in range(3))
    assert bench.reactor.ports[0].done == ["accepted", "stopped"]
    assert bench.listener.udp[0].fileno() == -1
    assert not bench.reactor.stopped
    bench.reactor.advance(GRACE_S)
    assert bench.reactor.stopped
    assert bench.worker.status == 0


def test_a_drain_is_bounded(bench, caplog):
    """A connection that does not end is cut off, and the reactor stops all the same."""
    connection = bench.reactor.ports[0].factory.buildProtocol(None)

    class Stubborn:
        def __getattr__(self, name):
            return lambda *_: None

        def abortConnection(self):  # noqa: N802 (Twisted's name)
            connection.connectionLost(Failure(ConnectionLost()))

    connection.makeConnection(Stubborn())
    connection.dataReceived(b"\x00")
    bench.worker.drain()
    bench.reactor.advance(DRAIN_S - 1)
    assert not bench.reactor.stopped
    bench.reactor.advance(1)

    assert bench.reactor.stopped
    assert "drain-cut-short worker=0" in caplog.text


def test_a_worker_that_cannot_start_ends(home, caplog):
    """What goes wrong at the start ends the worker with an error, so that its parent notices."""
    reactor = Reactor()
    worker = Worker(Post(0, Config(home), (None,), None, Counters(1, Cell.COUNT), None), reactor)
    worker.start()

    assert reactor.stopped
    assert worker.status == 1
    assert "worker-failed worker=0" in caplog.text
    worker.close()


def test_a_lost_socket_ends_the_worker(bench, caplog):
    """A worker that can hear no more queries ends with an error, to be started again."""
    bench.reactor.readers[0].connectionLost(Failure(OSError("broken")))
    bench.worker.fail(Failure(OSError("again")))

    assert bench.reactor.stopped
    assert bench.worker.status == 1
    assert caplog.text.count("listener-lost") == 1


def test_what_is_configured_reaches_the_authority(tmp_path):
    """NSID and payload size are the authority's, the limits are those of TCP."""
    dns_settings = DnsSettings(
        nsid="ns1", tcp_connections=5, tcp_connections_per_peer=2, tcp_idle_s=7
    )
    config = Config(tmp_path, dns=dns_settings)

    assert tcp_limits_for(config, shares_for(config, None)) == TcpLimits(5, 2, 7)
    assert tcp_limits_for(config, Shares(64, 3, 0)) == TcpLimits(3, 2, 7)
    assert authority_for(config).settings.nsid == b"ns1"
