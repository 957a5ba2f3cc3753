"""The SIP redirect service: what is prepared before the fork, and what each worker does with it.

Transactions live in the worker that got the INVITE. The kernel gives what comes from one address
and port always to the same worker, so retransmissions, ACK and CANCEL of a client port find theirs.
That does not hold for a client that sends its ACK from another port (or over a new connection), nor
when a NAT changes its port in between: the ACK is dropped then, the answer repeated until timer H,
and no call fails for it. A retransmission that meets another worker gets the same answer with the
same To tag, because all of them sign with one secret.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from enumd.config import Config
from enumd.errors import ConfigError, ServiceError
from enumd.net.acceptor import Acceptor
from enumd.net.connections import TcpLimits
from enumd.net.listeners import Address, Listener, bind_all, bind_streams
from enumd.net.log import event
from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.enum.client import EnumClient
from enumd.serve.enum.finding import Finder
from enumd.serve.sip.driver import Find, SipDriver
from enumd.serve.sip.metrics import SipCell, SipCounts, connection_cells
from enumd.serve.sip.peers import peers_of
from enumd.serve.sip.published import PublishedNumbers
from enumd.serve.sip.stream import SipStreamFactory
from enumd.serve.sip.udp import Poll, SipUdp
from enumd.sip.digest import SALT_OCTETS
from enumd.sip.peer import Peers
from enumd.sip.server import RedirectServer
from enumd.sip.transaction import Timers
from enumd.sip.transactions import Transactions

if TYPE_CHECKING:
    from OpenSSL import SSL

SECRET_OCTETS: Final = 32

_LOOK_AGAIN_S: Final = 0.05

_log = logging.getLogger("enumd.serve")


@dataclass(frozen=True, slots=True)
class SipPost:
    """What the workers are given before they are forked."""

    listeners: tuple[Listener, ...]
    tls_listeners: tuple[Listener, ...]
    peers: Peers
    tls: SSL.Context | None
    secret: bytes
    counters: Counters

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return where SIP is answered over UDP and TCP."""
        return tuple(str(one.address) for one in self.listeners)

    @property
    def tls_addresses(self) -> tuple[str, ...]:
        """Return where SIP is answered over TLS."""
        return tuple(str(one.address) for one in self.tls_listeners)

    def renewed(self, config: Config) -> SipPost:
        """Return this with peers and TLS as *config* has them.

        TLS that is struck out stays until the next start, as its addresses do.

        Raises:
            ConfigError, ServiceError: they cannot be used.
        """
        return replace(self, peers=peers_of(config), tls=_tls(config) or self.tls)

    def close_others(self, worker: int) -> None:
        """Close, in a worker, the sockets of the others."""
        for listener in (*self.listeners, *self.tls_listeners):
            listener.close_others(worker)

    def close(self) -> None:
        """Close this process's descriptors."""
        for listener in (*self.listeners, *self.tls_listeners):
            listener.close()


def prepare(config: Config, listeners: Sequence[str], workers: int) -> SipPost:
    """Return all that the SIP service needs: sockets bound, files read, peers known.

    Raises:
        ConfigError: a setting of the service or of a peer cannot be used.
        ServiceError: an address cannot be used.
    """
    sip = config.sip
    addresses = [Address.parse(text, "sip.listen") for text in listeners]
    tls_addresses = [Address.parse(text, "sip.tls_listen") for text in sip.tls_listen]
    peers, tls = peers_of(config), _tls(config)
    with ExitStack() as opened:
        bound = bind_all(addresses, workers)
        for listener in bound:
            opened.callback(listener.close)
        tls_bound = bind_streams(tls_addresses, workers)
        opened.pop_all()
    counters = Counters(workers, SipCell.COUNT)
    return SipPost(bound, tls_bound, peers, tls, os.urandom(SECRET_OCTETS), counters)


class SipService:
    """SIP in one worker."""

    def __init__(
        self,
        post: SipPost,
        config: Config,
        number: int,
        directory: Directory,
        reactor: Any,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """Be the worker of that *number*; look numbers up in *directory*, then in other trees.

        *busy* tells whether others, DNS over TCP, wait for the reactor to go on.
        """
        sip = config.sip
        self._post = post
        self._number = number
        self._others_busy = busy
        self._directory = directory
        self._reactor = reactor
        slab = post.counters.worker(number)
        transactions = Transactions(Timers(t1_s=sip.t1_ms / 1000), sip.transactions_per_source)
        published = PublishedNumbers(directory)
        server = RedirectServer(post.peers, post.secret, _salt, transactions, published)
        self._client = EnumClient(reactor, config.enum)
        counts = SipCounts(slab, lambda: self._client.statistics())
        self._driver = SipDriver(server, self._find(self._client), reactor, counts, published)
        self._streams = SipStreamFactory(
            self._driver, _limits(config), reactor, connection_cells(slab)
        )
        self._credentials: Any = None
        self._udp: list[SipUdp] = []
        self._acceptors: list[Acceptor] = []
        self._drained: Deferred[None] = Deferred()

    def listen(self, lost: Callable[[Failure], None]) -> None:
        """Hand every socket to the reactor; *lost* is called should it give one up."""
        for listener in self._post.listeners:
            udp, tcp = listener.sockets(self._number)
            self._udp.append(SipUdp(udp, self._driver, lost, poll_of(self._reactor, self._busy)))
            self._adopt(tcp, self._streams)
        for listener in self._post.tls_listeners:
            (tcp,) = listener.sockets(self._number)
            self._adopt(tcp, self._tls_factory())
        for one in self._udp:
            one.watch(self._reactor)

    def limit(self, config: Config, connections: int) -> None:
        """Have *connections* at most, and otherwise the limits that are configured."""
        self._streams.limits = replace(_limits(config), connections=connections)

    def reload(self, config: Config, connections: int) -> None:
        """Take up peers, limits, trees and certificates as they are configured now, or nothing."""
        try:
            peers, tls = peers_of(config), _tls(config)
            client = self._client.for_settings(config.enum)
        except (ConfigError, ServiceError) as error:
            _log.error(event("sip-reload-refused", worker=self._number, why=error))
            return
        self._client = client
        self._driver.server.peers = peers
        self._driver.find = self._find(client)
        self.limit(config, connections)
        if self._credentials is not None and tls is not None:
            self._credentials.context = tls
        self._driver.count_soon()  # a new client has kept nothing yet

    def drain(self) -> Deferred[None]:
        """Refuse new calls, let those that are open end, close all; fires when that is done."""
        self._driver.server.draining = True
        for acceptor in self._acceptors:
            acceptor.shut()
        self._look_whether_done()
        return self._drained

    def abort(self) -> None:
        """Cut every connection off."""
        self._streams.abort()

    def _busy(self) -> bool:
        """Tell whether a connection waits for its turn."""
        return self._streams.turns.waiting or self._others_busy()

    def _look_whether_done(self) -> None:
        """Close what is left once no call waits for its answer or its ACK."""
        if self._driver.looking_up or self._driver.server.unfinished():
            self._reactor.callLater(_LOOK_AGAIN_S, self._look_whether_done)
            return
        for one in self._udp:
            one.doRead()
            self._reactor.removeReader(one)
            one.close()
        self._driver.stop()
        self._streams.drain().chainDeferred(self._drained)

    def _find(self, client: EnumClient) -> Find:
        """Return what finds numbers, here and by *client*."""
        return Finder(self._directory, client.trees, client.resolve).find

    def _adopt(self, sock: socket.socket, factory: Any) -> None:
        """Have the reactor listen on *sock*."""
        self._acceptors.append(Acceptor(sock, factory, self._reactor))

    def _tls_factory(self) -> Any:
        """Return what makes connections over TLS."""
        from enumd.serve.sip.handshake import PacedTlsFactory, TlsStreamFactory
        from enumd.serve.sip.tls import TlsCredentials

        if self._credentials is None:
            assert self._post.tls is not None
            self._credentials = TlsCredentials(self._post.tls)
        return PacedTlsFactory(self._credentials, TlsStreamFactory(self._streams), self._reactor)


def poll_of(reactor: Any, busy: Callable[[], bool] = lambda: False) -> Poll | None:
    """Return what waits for all that *reactor* watches, where that is epoll.

    It waits for nothing while somebody is *busy*, who needs the reactor to go on. Twisted has no
    public name for it. Where it has another, all works as well and costs more.
    """
    poll = getattr(getattr(reactor, "_poller", None), "poll", None)
    if poll is None:
        return None
    return lambda timeout_s, most: [] if busy() else poll(timeout_s, most)


def _limits(config: Config) -> TcpLimits:
    """Return the limits of connections an operator configured."""
    sip = config.sip
    return TcpLimits(sip.tcp_connections, sip.tcp_connections_per_peer, sip.tcp_idle_s)


def _tls(config: Config) -> SSL.Context | None:
    """Return the TLS context, where there is an address for it."""
    if not config.sip.tls_listen:
        return None
    from enumd.serve.sip.tls import context_for

    return context_for(config)


def _salt() -> bytes:
    """Return random octets for a nonce."""
    return os.urandom(SALT_OCTETS)
